// Equal queries that come together, in Apollo as it runs here, on a schema whose field answers when the test says so.
import { setImmediate } from 'node:timers/promises';
import { ApolloServer, HeaderMap } from '@apollo/server';
import { buildSchema, isObjectType } from 'graphql';
import { beforeEach, expect, test, vi } from 'vitest';
import type { GraphqlContext } from '../../src/graphql/context.ts';
import { makeOperationTrace } from '../../src/graphql/operation-trace.ts';
import { makePlannedAnswers } from '../../src/graphql/plan-plugin.ts';
import { makeExecutePlanned } from '../../src/graphql/planned-execution.ts';

interface Thing {
  readonly id: string;
  readonly name: string;
}

/** One for each time that the field was resolved. */
let resolutions: { readonly id: string; readonly answer: (name: string) => void; readonly fail: (error: Error) => void }[];
let server: ApolloServer<GraphqlContext>;

beforeEach(async () => {
  resolutions = [];
  const schema = buildSchema('type Query { thing(id: ID!): Thing! } type Thing { id: ID!, name: String! }');
  Object.assign(schema.getQueryType()?.getFields()['thing'] ?? {}, {
    resolve: async (_source: unknown, { id }: { id: string }, { trace }: GraphqlContext) => {
      trace.touch('clientId', id);
      const { promise, resolve, reject } = Promise.withResolvers<Thing>();
      resolutions.push({ id, answer: (name) => resolve({ id, name }), fail: reject });
      return promise;
    },
  });
  const thing = schema.getType('Thing');
  if (!isObjectType(thing)) throw new Error('the schema has it');
  // Every field has a resolver, as in the service's schema: Apollo gives the others one that looks into info.
  for (const field of Object.values(thing.getFields())) field.resolve = (source: Thing) => Reflect.get(source, field.name);
  const { plugin, stringifyResult } = makePlannedAnswers(makeExecutePlanned(schema));
  server = new ApolloServer<GraphqlContext>({ schema, plugins: [plugin], stringifyResult, includeStacktraceInErrorResponses: false });
  await server.start();
  // Seen once, it has a plan from now on.
  const first = ask('0');
  await resolved(1);
  answerAll('first');
  await first.text;
  resolutions = [];
  // Nobody has waited long enough, however busy the machine is.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  return async () => {
    vi.useRealTimers();
    await server.stop();
  };
});

function ask(id: string, subject = 'anna'): { readonly text: Promise<string>; readonly touched: () => object } {
  const trace = makeOperationTrace();
  const contextValue = { principal: { subject, role: 'viewer', expiresAt: null }, trace } as unknown as GraphqlContext;
  const answered = server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: 'POST',
      headers: new HeaderMap([['content-type', 'application/json']]),
      search: '',
      body: { query: 'query ($id: ID!) { thing(id: $id) { id name } }', variables: { id } },
    },
    context: async () => contextValue,
  });
  const text = answered.then(({ body }) => (body.kind === 'complete' ? body.string : 'in parts'));
  return { text, touched: () => trace.fields() };
}

/** Until everybody who asked has come to the plan, and what can go on has gone on: none of it waits for anything but the next turn. */
async function resolved(times: number): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await setImmediate();
  expect(resolutions).toHaveLength(times);
}

function answerAll(name: string): void {
  for (const { answer } of resolutions) answer(name);
}

const answerOf = (id: string, name: string): string => `${JSON.stringify({ data: { thing: { id, name } } })}\n`;

test('those who come while one is executed share the next execution, and nobody is told what was read before they asked', async () => {
  const first = ask('1');
  await resolved(1);
  const later = [ask('1'), ask('1')];
  await resolved(1);
  resolutions[0]?.answer('before');
  expect(await first.text).toBe(answerOf('1', 'before'));
  await resolved(2);
  resolutions[1]?.answer('after');
  for (const { text } of later) expect(await text).toBe(answerOf('1', 'after'));
  expect(resolutions).toHaveLength(2);
});

test('everybody who is given an answer has what it touched in their log line', async () => {
  const asked = [ask('7'), ask('7'), ask('7')];
  await resolved(1);
  answerAll('a');
  await resolved(2);
  answerAll('b');
  for (const { text } of asked) await text;
  expect(asked.map(({ touched }) => touched())).toEqual([{ clientId: '7' }, { clientId: '7' }, { clientId: '7' }]);
});

test('other variables and other callers do not share', async () => {
  const asked = [ask('1', 'anna'), ask('2', 'anna'), ask('1', 'boris')];
  await resolved(3);
  answerAll('mine');
  expect(await Promise.all(asked.map(async ({ text }) => text))).toEqual([
    answerOf('1', 'mine'),
    answerOf('2', 'mine'),
    answerOf('1', 'mine'),
  ]);
});

test('when the shared execution does not go well, graphql executes the operation for each of them', async () => {
  const first = ask('1');
  await resolved(1);
  const later = [ask('1'), ask('1')];
  await resolved(1);
  answerAll('before');
  await first.text;
  await resolved(2);
  resolutions[1]?.fail(new Error('cut'));
  await resolved(4);
  resolutions[2]?.answer('second try');
  resolutions[3]?.fail(new Error('cut again'));
  expect(await later[0]?.text).toBe(answerOf('1', 'second try'));
  expect(await later[1]?.text).toContain('"errors":[{"message":"cut again"');
});
