import { buildSchema, getIntrospectionQuery, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { certainSubscriptionRule, makeValidationRules, operationLimits, parseOptions } from '../../src/graphql/limits.ts';

const schema = buildSchema(`
  directive @mark repeatable on FIELD | QUERY | FRAGMENT_SPREAD | INLINE_FRAGMENT | FRAGMENT_DEFINITION
  type Query { node: Node }
  type Node { id: ID name(first: Int): String node: Node nodes: [Node] }
`);

/** Only what our own rules say: documents may break graphql's for brevity. */
const faults = (text: string, { introspection = true } = {}) =>
  validate(schema, parse(text), makeValidationRules({ introspection })).map(({ message }) => message);
const nested = (levels: number) => `{ ${'node { '.repeat(levels - 1)} id ${'}'.repeat(levels - 1)} }`;
const times = (count: number, text: (index: number) => string) => Array.from({ length: count }, (_, index) => text(index)).join(' ');

describe('an operation', () => {
  test.each([
    ['levels of fields', nested(operationLimits.depth), nested(operationLimits.depth + 1)],
    ['aliases', `{ node { ${times(50, (n) => `a${n}: id`)} } }`, `{ node { ${times(51, (n) => `a${n}: id`)} } }`],
    ['directives', `{ node { id ${'@mark '.repeat(50)} } }`, `{ node { id ${'@mark '.repeat(51)} } }`],
    ['directives', `query ${'@mark '.repeat(50)} { node { id } }`, `query ${'@mark '.repeat(51)} { node { id } }`],
    ['fields at its root', `{ ${times(50, () => 'node { id }')} }`, `{ ${times(51, () => 'node { id }')} }`],
    ['fields', `{ node { ${times(999, () => 'id')} } }`, `{ node { ${times(1_000, () => 'id')} } }`],
  ])('may have as many %s as the limit says and not one more', (name, most, tooMany) => {
    expect(faults(most)).toEqual([]);
    expect(faults(tooMany)).toEqual([expect.stringContaining(`too many ${name}:`)]);
  });

  test('is weighed with its fragments in place', () => {
    const text = `{ node { ...Two ... on Node { ...Two } } } fragment Two on Node { ${times(26, (n) => `a${n}: id`)} }`;
    expect(faults(text)).toEqual([expect.stringContaining('too many aliases')]);
  });

  test('of fragments that double each other is refused in no time', () => {
    const fragments = times(100, (n) => `fragment F${n} on Node { ...F${n + 1} ...F${n + 1} }`);
    expect(faults(`{ node { ...F0 } } ${fragments} fragment F100 on Node { id }`)).toEqual([expect.stringContaining('too many fields')]);
  });

  test('with a cycle of fragments is left to graphql, which refuses it', () => {
    const text = '{ node { ...A } } fragment A on Node { node { ...B } } fragment B on Node { node { ...A } }';
    expect(faults(text)).toEqual([]);
    expect(validate(schema, parse(text), specifiedRules)).not.toEqual([]);
  });

  test('is weighed beside others in its document, each by itself', () => {
    const heavy = (name: string) => `query ${name} { node { ${times(40, (n) => `a${n}: id`)} } }`;
    expect(faults(`${heavy('A')} ${heavy('B')}`)).toEqual([]);
  });

  test('has at most 2,000 tokens', () => {
    expect(() => parse(`{ ${'a '.repeat(1_990)} }`, parseOptions)).not.toThrow();
    expect(() => parse(`{ ${'a '.repeat(2_000)} }`, parseOptions)).toThrow(/2000 tokens/);
  });
});

describe('a subscription', () => {
  const uncertain = (text: string) => validate(schema, parse(text), [certainSubscriptionRule]).map(({ message }) => message);
  const refusal = ['The root field of a subscription takes no @skip and no @include.'];

  test.each([
    'subscription { ticks @include(if: true) }',
    'subscription ($no: Boolean!) { ticks @skip(if: $no) }',
    'subscription { ... @include(if: true) { ticks } }',
    'subscription { ...A } fragment A on Subscription { ... { ...B } } fragment B on Subscription { ticks @skip(if: false) }',
  ])('has its root field for certain: %s', (text) => {
    expect(uncertain(text)).toEqual(refusal);
  });

  test('may leave out what is further inside, and fragments may go in a circle until graphql refuses them', () => {
    expect(uncertain('subscription { ticks { a @skip(if: true) } }')).toEqual([]);
    expect(uncertain('{ node @skip(if: true) { id } }')).toEqual([]);
    expect(uncertain('subscription { ...A } fragment A on Subscription { ...A }')).toEqual([]);
  });

  test('of fragments that double each other is looked through in no time', () => {
    const fragments = times(100, (n) => `fragment F${n} on Subscription { ...F${n + 1} ...F${n + 1} }`);
    expect(uncertain(`subscription { ...F0 } ${fragments} fragment F100 on Subscription { ticks }`)).toEqual([]);
  });
});

describe('introspection', () => {
  const query = getIntrospectionQuery({
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  });

  test('as the playground asks for it is within the limits', () => {
    expect(validate(schema, parse(query, parseOptions), [...specifiedRules, ...makeValidationRules({ introspection: true })])).toEqual([]);
  });

  test('has a depth of its own, which counts nothing of the operation around it', () => {
    const types = (levels: number) => `{ __schema { types { ${'ofType { '.repeat(levels - 3)} name ${'}'.repeat(levels - 3)} } } }`;
    expect(faults(types(20))).toEqual([]);
    expect(faults(types(21))).toEqual([expect.stringContaining('levels of introspection')]);
  });

  test('that is switched off is refused, also inside fragments, with one error; __typename stays', () => {
    const off = { introspection: false };
    expect(faults(query, off)).toEqual(['Introspection is switched off.']);
    expect(faults('{ ...F } fragment F on Query { __type(name: "Node") { name } }', off)).toEqual(['Introspection is switched off.']);
    expect(faults('{ __typename node { __typename } }', off)).toEqual([]);
  });
});
