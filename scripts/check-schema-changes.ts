// Compares schema.graphql with that of the last release. What breaks callers must stand in the changelog, or it fails; --all lists
// everything that has changed.
import { readFile } from 'node:fs/promises';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import type { Change } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';
import { readSection } from './release/changelog.ts';

const releasedText = await readFile('docs/released-schema.graphql', 'utf8');
const currentText = await readFile('schema.graphql', 'utf8');
const unreleased = readSection(await readFile('CHANGELOG.md', 'utf8'), 'Unreleased') ?? '';

const changes = await diff(buildSchema(releasedText), buildSchema(currentText));
const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
const announced = announcedPaths(unreleased);
const unannounced = breaking.filter((change) => !announced.has(pathOf(change)));

console.log(`schema.graphql: ${changes.length} changes since the last release, ${breaking.length} of them breaking`);
if (process.argv.includes('--all')) for (const change of changes) console.log(`${change.criticality.level} ${describe(change)}`);
if (unannounced.length > 0) {
  console.error('These break callers, and CHANGELOG.md does not say so:');
  for (const change of unannounced) console.error(`  ${describe(change)}`);
  console.error('Take them back (deprecate instead), or add an entry for each below [Unreleased]:');
  for (const path of new Set(unannounced.map(pathOf)))
    console.error(`  - **Breaking:** \`${path}\` WHAT HAS CHANGED AND WHAT CALLERS DO NOW`);
  process.exitCode = 1;
}

/** What the entries that begin with **Breaking:** name in backticks. An entry may go on over indented lines. */
function announcedPaths(section: string): ReadonlySet<string> {
  const entries = section.split(/\n(?=\S)/).filter((entry) => /^[-*] \*\*Breaking:\*\*/.test(entry));
  return new Set(entries.flatMap((entry) => [...entry.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path)));
}

/** Type, Type.field, Type.field.argument or Type.VALUE. */
function pathOf({ path }: Change): string {
  return path ?? 'schema';
}

function describe(change: Change): string {
  return `${pathOf(change)}: ${change.message}`;
}
