// Writes what is printed from the built code (decorators need the compiler), after the API has changed: `npm run schema`.
// schema.graphql at the project's root, and the table of roles in docs/security.md.
import { readFile, writeFile } from 'node:fs/promises';
import type * as Access from '../src/graphql/access.ts';
import type * as Schema from '../src/graphql/schema.ts';

const root = new URL('../', import.meta.url);
const { makeSchema, printSchemaFile }: typeof Schema = await import(new URL('dist/graphql/schema.js', root).href);
const { printRoleTable }: typeof Access = await import(new URL('dist/graphql/access.js', root).href);

await writeFile(new URL('schema.graphql', root), printSchemaFile(makeSchema()));

const securityPage = new URL('docs/security.md', root);
const [before, after] = (await readFile(securityPage, 'utf8')).split(/(?<=<!-- roles:begin -->\n)[^]*(?=<!-- roles:end -->)/);
await writeFile(securityPage, `${before}\n${printRoleTable()}\n\n${after}`);
