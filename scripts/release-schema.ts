// A step of a release: from now on schema.graphql is what callers have, and check-schema-changes.ts compares with it.
import { readFile, writeFile } from 'node:fs/promises';
import { readSection } from './release/changelog.ts';

const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { readonly version: string };

if (readSection(await readFile('CHANGELOG.md', 'utf8'), version) === null) {
  console.error(
    `CHANGELOG.md has no section [${version}], the version in package.json: give the release its number in both, then run this again.`,
  );
  process.exitCode = 1;
} else {
  const schema = await readFile('schema.graphql', 'utf8');
  await writeFile(
    'docs/released-schema.graphql',
    schema.replace(/^#.*\n/, `# The schema of release ${version}, by \`npm run release:schema\`: do not edit.\n`),
  );
  console.log(`docs/released-schema.graphql is the schema of ${version}.`);
}
