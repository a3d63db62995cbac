// Writes schema.graphql at the project's root from the built code (decorators need the compiler): `npm run schema`, after the API has changed.
import { writeFile } from 'node:fs/promises';
import type * as Schema from '../src/graphql/schema.ts';

const builtSchema = new URL('../dist/graphql/schema.js', import.meta.url).href;
const { makeSchema, printSchemaFile }: typeof Schema = await import(builtSchema);

await writeFile(new URL('../schema.graphql', import.meta.url), printSchemaFile(makeSchema()));
