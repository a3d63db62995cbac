import { readFile } from 'node:fs/promises';
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType, isSpecifiedScalarType } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { expect, test } from 'vitest';
import { makeSchema, printSchemaFile } from '../../src/graphql/schema.ts';

test('schema.graphql at the root is what the code serves: after a change, run `npm run schema`', async () => {
  const file = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8');
  expect(file).toBe(printSchemaFile(makeSchema()));
});

test('every type, field, argument, input field and enum value is described', () => {
  const elements = elementsOf(makeSchema());
  expect(elements.length).toBeGreaterThan(200);
  expect(elements.filter(({ description }) => !description?.trim()).map(({ name }) => name)).toEqual([]);
});

interface Element {
  readonly name: string;
  readonly description: string | null | undefined;
}

function elementsOf(schema: GraphQLSchema): Element[] {
  const elements: Element[] = [{ name: 'schema', description: schema.description }];
  const add = (name: string, { description }: { readonly description?: string | null | undefined }): void => {
    elements.push({ name, description });
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue;
    add(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) add(`${type.name}.${value.name}`, value);
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) add(`${type.name}.${field.name}`, field);
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        add(`${type.name}.${field.name}`, field);
        for (const argument of field.args) add(`${type.name}.${field.name}(${argument.name})`, argument);
      }
    }
  }
  return elements;
}
