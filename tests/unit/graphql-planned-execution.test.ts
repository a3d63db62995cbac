// Planned execution beside graphql's own, on a schema whose fields go well and wrong in every way.
import fc from 'fast-check';
import { GraphQLError, OperationTypeNode, buildSchema, execute, parse, validate } from 'graphql';
import type { ExecutionResult, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { describe, expect, test } from 'vitest';
import { makeExecutePlanned } from '../../src/graphql/planned-execution.ts';
import { drawRequest } from '../support/random-documents.ts';

const text = `
  type Query { thing: Thing, certain: Thing!, count(of: Int! = 3, more: [Int!]): Int!, things(first: Int = 2): [Thing!]! }
  type Mutation { change: Int }
  type Thing { id: ID!, plain: Int, sure: Int!, later: Int, soon: Int!, word: String, kind: Kind, inner: Thing, surely: Thing!, list: [Thing], numbers: [Int!]! }
  enum Kind { A B }
`;

interface Source {
  readonly id: string;
}

/** What a field does is decided by its name, its place and its arguments, so that it does the same in both executions. */
function makeSchema(outcomeOf: (place: string) => number): GraphQLSchema {
  const schema = buildSchema(text);
  const things = (id: string, length: number): Source[] => Array.from({ length }, (_, index) => ({ id: `${id}.${index}` }));
  const good = (typeName: string, id: string): unknown => {
    if (typeName.startsWith('[Thing')) return things(id, 2);
    if (typeName.startsWith('[Int')) return [1, 2];
    if (typeName.startsWith('Thing')) return { id };
    if (typeName.startsWith('Kind')) return 'B';
    return typeName.startsWith('String') ? 'word' : id.length;
  };
  for (const type of [schema.getQueryType(), schema.getType('Thing')]) {
    if (!type || !('getFields' in type)) throw new Error('the schema has it');
    for (const field of Object.values(type.getFields())) {
      if (field.name === 'id' || field.name === 'plain') continue;
      Object.assign(field, {
        resolve: (source: Source | undefined, args: object) => {
          const id = `${source?.id ?? ''}/${field.name}${JSON.stringify(args)}`;
          const value = good(String(field.type), id);
          const outcome = outcomeOf(id);
          // graphql itself leaves rejections unhandled when a later entry of a list fails before the next turn.
          if (id.includes('.') && outcome < 5)
            return outcome % 2 === 0 ? Promise.resolve(null) : Promise.reject(new Error(`rejected at ${id}`));
          switch (outcome) {
            case 0:
              return null;
            case 1:
              throw new Error(`thrown at ${id}`);
            case 2:
              return Promise.reject(new Error(`rejected at ${id}`));
            case 3:
              return new Error(`returned at ${id}`);
            case 4:
              return Number.NaN;
            case 5:
              return Promise.resolve(null);
            case 6:
            case 7:
            case 8:
              return Promise.resolve(value);
            default:
              return value;
          }
        },
      });
    }
  }
  return schema;
}

async function both(
  schema: GraphQLSchema,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<{ result: ExecutionResult; planned: object | null }> {
  const document = parse(query);
  const operation = document.definitions.find((node): node is OperationDefinitionNode => node.kind === 'OperationDefinition');
  if (operation === undefined) throw new Error('no operation');
  const executePlanned = makeExecutePlanned(schema);
  const args = { document, operation, variables, contextValue: {} };
  expect(await executePlanned(args), 'the first time').toBeNull();
  const planned = await executePlanned(args);
  return { planned, result: await execute({ schema, document, variableValues: { ...variables } }) };
}

/** Half of a surrogate pair, escaped as JSON does it, is no GraphQL. */
function isValid(schema: GraphQLSchema, query: string): boolean {
  try {
    return validate(schema, parse(query)).length === 0;
  } catch (error) {
    if (error instanceof GraphQLError) return false;
    throw error;
  }
}

test('whatever a document asks for and its fields do, the answer is the one that graphql gives, or none', async () => {
  let answers = 0;
  await fc.assert(
    fc.asyncProperty(fc.gen(), fc.integer(), fc.constantFrom(9, 40, 400), async (gen, seed, kinds) => {
      const outcomeOf = (place: string): number => {
        let hash = seed;
        for (const letter of place) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
        return Math.abs(hash) % kinds;
      };
      const schema = makeSchema(outcomeOf);
      const { query, variables } = drawRequest((arbitrary) => gen(() => arbitrary), schema, [OperationTypeNode.QUERY]);
      fc.pre(isValid(schema, query));
      const { result, planned } = await both(schema, query, variables);
      if (planned === null) {
        // Conditions are graphql's; else there is always an error to tell of.
        if (!query.includes('@')) expect(result.errors).not.toEqual(undefined);
        return;
      }
      answers += 1;
      expect(JSON.stringify({ data: planned })).toBe(JSON.stringify(result));
    }),
    { numRuns: 1_500 },
  );
  expect(answers).toBeGreaterThan(100);
});

describe('a plan', () => {
  const schema = makeSchema(() => 9);

  test.each([
    [
      'fragments in their places',
      '{ ...q thing { ...t } } fragment q on Query { thing { sure } } fragment t on Thing { plain ... on Thing { soon } }',
    ],
    ['the same field twice', '{ thing { inner { sure } inner { soon sure } } }'],
    ['aliases and type names', '{ __typename a: thing { __typename b: kind } }'],
    ['variables and defaults', 'query ($of: Int = 7, $more: [Int!]) { count(of: $of, more: $more) b: count }'],
  ])('knows %s', async (_, query) => {
    const { result, planned } = await both(schema, query, { more: [1] });
    expect(planned).not.toBeNull();
    expect(JSON.stringify({ data: planned })).toBe(JSON.stringify(result));
  });

  test.each([
    ['conditions', 'query ($no: Boolean = false) { thing { sure @include(if: $no) } }'],
    ['questions about the schema', '{ __schema { types { name } } }'],
    ['names that objects give a meaning', '{ __proto__: thing { sure } }'],
    ['changes', 'mutation { change }'],
  ])('leaves %s to graphql', async (_, query) => {
    expect((await both(schema, query)).planned).toBeNull();
  });

  test('leaves values that do not fit their variables to graphql', async () => {
    const { result, planned } = await both(schema, 'query ($of: Int!) { count(of: $of) }', { of: 'three' });
    expect([planned, result.errors?.length]).toEqual([null, 1]);
  });

  test('leaves fields that want to know where they stand to graphql', async () => {
    const curious = buildSchema('type Query { where: String }');
    Object.assign(curious.getQueryType()?.getFields()['where'] ?? {}, {
      resolve: (_source: unknown, _args: unknown, _context: unknown, { fieldName }: { fieldName: string }) => fieldName,
    });
    const { result, planned } = await both(curious, '{ where }');
    expect([planned, result.data]).toEqual([null, { where: 'where' }]);
  });
});
