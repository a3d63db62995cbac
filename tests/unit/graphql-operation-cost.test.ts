import { parse, validate } from 'graphql';
import type { OperationDefinitionNode } from 'graphql';
import { describe, expect, test } from 'vitest';
import { costFaultOf, costLimit, costOf } from '../../src/graphql/operation-cost.ts';
import { makeSchema } from '../../src/graphql/schema.ts';

const schema = makeSchema();

function cost(text: string, variables: Readonly<Record<string, unknown>> = {}): number {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  const operation = document.definitions.find((node): node is OperationDefinitionNode => node.kind === 'OperationDefinition');
  if (operation === undefined) throw new Error('no operation');
  return costOf({ schema, document, operation, variables }).requested;
}

describe('the cost of an operation', () => {
  test.each([
    ['nothing', '{ __typename }', 0],
    ['an object', '{ client(id: 1) { id phone tag } }', 1],
    ['a page of 20 unless it says otherwise', '{ clients { nodes { id } } }', 1 + 20],
    ['the page that is asked for', '{ clients(first: 7) { nodes { id } } }', 1 + 7],
    ['nodes and edges, each', '{ clients(first: 7) { nodes { id } edges { cursor node { id } } pageInfo { endCursor } } }', 1 + 7 + 14 + 1],
    [
      'a page for every entry of a page',
      '{ clients(first: 10) { nodes { messages(first: 5) { nodes { client { id } } } } } }',
      1 + 10 * (1 + 1 + 5 * 2),
    ],
    [
      'ten for counting a whole list',
      '{ clients(first: 10) { totalCount nodes { messages { totalCount } } } }',
      1 + 10 + 10 * (1 + 1 + 10),
    ],
    ['ten for a change, and ten entries for a list without pages', 'mutation { deleteClient(id: 1) { userErrors { code } } }', 10 + 10],
    ['a hundred for an import', 'mutation { importClients(clients: []) { created } }', 100],
    ['ten for a subscription', 'subscription { statistics { clients } }', 10],
    ['nothing for introspection, which has limits of its own', '{ __schema { types { fields { name } } } }', 0],
    ['every alias by itself', '{ a: client(id: 1) { id } b: client(id: 1) { id } }', 2],
  ])('is %s', (_name, text, expected) => {
    expect(cost(text)).toBe(expected);
  });

  test('follows variables, their defaults, and the default of the field', () => {
    const text = 'query ($first: Int! = 30) { clients(first: $first) { nodes { id } } }';
    expect([cost(text, { first: 50 }), cost(text), cost(text, { first: 'many' })]).toEqual([51, 31, 21]);
  });

  test('follows fragments, with the page they are spread in', () => {
    const text = `{ clients(first: 9) { ...Page ... on ClientConnection { nodes { ...Client } } } }
      fragment Page on ClientConnection { nodes { id } } fragment Client on Client { messages(first: 2) { nodes { id } } }`;
    expect(cost(text)).toBe(1 + 9 + 9 * (1 + 1 + 2));
  });

  test('takes a page out of range for the nearest that is allowed: the field refuses it in words of its own', () => {
    expect(cost('{ clients(first: 2000000000) { nodes { id } } }')).toBe(101);
    expect(cost('{ clients(first: -5) { nodes { id } } }')).toBe(2);
  });

  test('counts what @skip and @include may leave out', () => {
    expect(cost('query ($no: Boolean!) { client(id: 1) @include(if: $no) { id } }', { no: false })).toBe(1);
  });
});

test('an operation may cost as much as the limit says and not one more', () => {
  expect(costFaultOf({ requested: costLimit, limit: costLimit })).toBeNull();
  const fault = costFaultOf({ requested: costLimit + 1, limit: costLimit });
  expect(fault?.message).toContain('may cost 5001, and at most 5000 is allowed');
  expect(fault?.extensions).toEqual({ code: 'OPERATION_TOO_EXPENSIVE', cost: { requested: 5_001, limit: 5_000 } });
});
