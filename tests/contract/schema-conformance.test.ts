import { readFile } from 'node:fs/promises';
import { buildSchema, isEnumType, isInputObjectType, isObjectType, isSpecifiedScalarType, print, astFromValue } from 'graphql';
import type { GraphQLArgument, GraphQLInputField, GraphQLSchema } from 'graphql';
import { expect, test } from 'vitest';
import { makeSchema } from '../../src/graphql/schema.ts';

const contract = buildSchema(await readFile(new URL('schema.graphql', import.meta.url), 'utf8'));
const promised = signaturesOf(contract);
const served = signaturesOf(makeSchema());

test('everything in the contract is served with the same type, nullability and default', () => {
  const differences = [...promised]
    .filter(([name, signature]) => served.get(name) !== signature)
    .map(([name, signature]) => `${name}: the contract says ${signature}, served is ${served.get(name) ?? 'nothing'}`);
  expect(differences).toEqual([]);
});

test('what is added never makes a contract caller wrong: new arguments and input fields are optional', () => {
  const demands = [...served].filter(([name, signature]) => !promised.has(name) && isInput(name) && signature.endsWith('!'));
  expect(demands.filter(([name]) => promised.has(ownerOf(name)))).toEqual([]);
});

function isInput(name: string): boolean {
  return name.includes('(') || isInputObjectType(contract.getType(name.split('.')[0] ?? ''));
}

/** Of Type.field(argument) the field, of Type.field the type. */
function ownerOf(name: string): string {
  return name.includes('(') ? name.slice(0, name.indexOf('(')) : name.slice(0, name.indexOf('.'));
}

/** Every element by its path, as text that says all that the contract binds: kind, type, nullability, default. */
function signaturesOf(schema: GraphQLSchema): Map<string, string> {
  const signatures = new Map<string, string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue;
    signatures.set(type.name, String(type.astNode?.kind ?? type.constructor.name).replace(/^GraphQL(\w+)Type$/, '$1TypeDefinition'));
    if (isEnumType(type)) for (const { name } of type.getValues()) signatures.set(`${type.name}.${name}`, 'value');
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) signatures.set(`${type.name}.${field.name}`, inputSignature(field));
    }
    if (isObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        signatures.set(`${type.name}.${field.name}`, String(field.type));
        for (const argument of field.args) signatures.set(`${type.name}.${field.name}(${argument.name})`, inputSignature(argument));
      }
    }
  }
  return signatures;
}

function inputSignature({ type, defaultValue }: GraphQLArgument | GraphQLInputField): string {
  if (defaultValue === undefined) return String(type);
  const value = astFromValue(defaultValue, type);
  return `= ${value === null || value === undefined ? 'nothing' : print(value)} of ${String(type)}`;
}
