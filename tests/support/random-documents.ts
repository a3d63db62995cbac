// Random GraphQL documents for a schema: mostly valid, with values that are wrong in every way, and the same documents damaged.
import fc from 'fast-check';
import { getNamedType, getNullableType, isEnumType, isInputObjectType, isLeafType, isListType, isNonNullType, isObjectType } from 'graphql';
import type { GraphQLField, GraphQLInputType, GraphQLNamedType, GraphQLSchema, OperationTypeNode } from 'graphql';

export interface RandomRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const words = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '',
      '1',
      '0',
      '-1',
      'x',
      'UTC',
      'Europe/Moscow',
      '+03:00',
      '79001234567',
      '900',
      '09:00',
      '24:00',
      '2026-01-01T00:00:00Z',
      '2026-02-30T00:00:00Z',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '9223372036854775807',
      '9223372036854775808',
      '1e308',
      '0x10',
      'null',
      '__proto__',
      "'; drop table client; --",
      '%_\\',
      '\u0000',
      '\ud800',
      '\ufeff',
      '🙂'.repeat(50),
      '-271821-04-20T00:00:00Z',
      '+275760-09-13T00:00:00Z',
      '10000-01-01T00:00:00Z',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);
const numbers = fc.oneof(
  fc.integer({ min: -3, max: 150 }),
  fc.constantFrom(2_147_483_647, 2_147_483_648, -2_147_483_648, 9_007_199_254_740_991, 1e308, 0.5, -0),
);
const anything = fc.oneof(words, numbers, fc.boolean(), fc.constant(null), fc.constant([]), fc.constant({}), fc.jsonValue({ maxDepth: 2 }));

/** Draws one value; tests hand over fast-check's own. */
export type Draw = <Value>(arbitrary: fc.Arbitrary<Value>) => Value;

const oneIn = (draw: Draw, chances: number): boolean => draw(fc.integer({ min: 1, max: chances })) === chances;

/** One operation with up to three root fields. Every argument is given, as a variable or in place, or left out. */
export function drawRequest(draw: Draw, schema: GraphQLSchema, operations: readonly OperationTypeNode[]): RandomRequest {
  const operation = draw(fc.constantFrom(...operations));
  const root = schema.getRootType(operation);
  if (!root) throw new Error(`the schema has no ${operation}`);
  const definitions: string[] = [];
  const variables: Record<string, unknown> = {};
  const declare = (type: GraphQLInputType): string => {
    const name = `v${definitions.length}`;
    definitions.push(`$${name}: ${String(type)}`);
    if (!oneIn(draw, 12)) variables[name] = drawValue(draw, type);
    return `$${name}`;
  };

  const drawArguments = (field: GraphQLField<unknown, unknown>): string => {
    const given = field.args.filter((argument) => isNonNullType(argument.type) || oneIn(draw, 2));
    const texts = given.map((argument) => {
      const value = oneIn(draw, 2) ? declare(argument.type) : printValue(drawValue(draw, argument.type), argument.type);
      return `${argument.name}: ${value}`;
    });
    return texts.length === 0 ? '' : `(${texts.join(', ')})`;
  };

  const drawSelection = (type: GraphQLNamedType, depth: number): string => {
    if (!isObjectType(type)) return '';
    const fields = Object.values(type.getFields()).filter((field) => depth < 5 || isLeafType(getNamedType(field.type)));
    const chosen =
      fields.length === 0 ? [] : draw(fc.uniqueArray(fc.constantFrom(...fields), { minLength: 1, maxLength: depth === 0 ? 3 : 4 }));
    const texts = chosen.map((field, index) => {
      const alias = oneIn(draw, 4) ? `a${depth}${index}: ` : '';
      const directive = oneIn(draw, 10) ? ` @${draw(fc.constantFrom('include', 'skip'))}(if: ${draw(fc.boolean())})` : '';
      return `${alias}${field.name}${drawArguments(field)}${directive} ${drawSelection(getNamedType(field.type), depth + 1)}`;
    });
    return `{ ${texts.join(' ') || '__typename'} }`;
  };

  const selection = drawSelection(root, 0);
  return { query: `${operation}${definitions.length === 0 ? '' : ` (${definitions.join(', ')})`} ${selection}`, variables };
}

/** Characters taken away, doubled, put in and exchanged. */
export function damage(draw: Draw, text: string): string {
  let damaged = text;
  for (let count = draw(fc.integer({ min: 1, max: 4 })); count > 0; count -= 1) {
    const at = draw(fc.nat({ max: Math.max(0, damaged.length - 1) }));
    const length = draw(fc.nat({ max: 8 }));
    const piece = damaged.slice(at, at + length);
    const instead = draw(
      fc.oneof(
        fc.constant(''),
        fc.constant(piece + piece),
        fc.string({ unit: 'binary', maxLength: 3 }),
        fc.constantFrom(...Array.from('{}()[]$!@:"#,&|\\\n\0')),
      ),
    );
    damaged = damaged.slice(0, at) + instead + damaged.slice(at + length);
  }
  return damaged;
}

/** Mostly of the type, as JSON. */
function drawValue(draw: Draw, type: GraphQLInputType): unknown {
  if (oneIn(draw, 15)) return draw(anything);
  if (!isNonNullType(type) && oneIn(draw, 8)) return null;
  const inner = getNullableType(type);
  if (isListType(inner)) return Array.from({ length: draw(fc.nat({ max: 3 })) }, () => drawValue(draw, inner.ofType));
  if (isEnumType(inner)) return draw(fc.constantFrom(...inner.getValues().map(({ name }) => name)));
  if (isInputObjectType(inner)) {
    const fields = Object.values(inner.getFields()).filter((field) => isNonNullType(field.type) || oneIn(draw, 2));
    return Object.fromEntries(fields.map((field) => [field.name, drawValue(draw, field.type)]));
  }
  if (getNamedType(inner).name === 'Int') return draw(numbers);
  return getNamedType(inner).name === 'Boolean' ? draw(fc.boolean()) : draw(words);
}

/** As it stands in a document. */
function printValue(value: unknown, type: GraphQLInputType): string {
  const inner = getNullableType(type);
  if (Array.isArray(value)) return `[${value.map((entry) => printValue(entry, isListType(inner) ? inner.ofType : inner)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = isInputObjectType(inner) ? inner.getFields() : {};
    const texts = Object.entries(value).map(
      ([name, entry]) => `${/^[_a-z]\w*$/i.test(name) ? name : 'x'}: ${printValue(entry, fields[name]?.type ?? inner)}`,
    );
    return `{${texts.join(', ')}}`;
  }
  const named = getNamedType(type);
  if (typeof value === 'string' && isEnumType(named) && /^[_a-z]\w*$/i.test(value)) return value;
  return JSON.stringify(value);
}
