// Equal queries that come together, in Apollo as it runs here, on a schema whose field answers when the test says so.
import { setImmediate } from 'node:timers/promises';
import { ApolloServer, HeaderMap } from '@apollo/server';
import { buildSchema, isObjectType } from 'graphql';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Principal } from '../../src/domain/principal.ts';
import type { GraphqlContext } from '../../src/graphql/context.ts';
import { makeCostPlugin } from '../../src/graphql/operation-cost.ts';
import { makeOperationTrace } from '../../src/graphql/operation-trace.ts';
import { makePlannedAnswers } from '../../src/graphql/planned-answers.ts';
import { makeExecutePlanned } from '../../src/graphql/planned-execution.ts';

/** One for each time that the field was resolved. */
let resolutions: { readonly answer: (name: string) => void; readonly fail: (error: Error) => void }[];
/** How often a name was written as JSON. */
let written: number;
let server: ApolloServer<GraphqlContext>;

const text = `
  scalar Name
  type Query { thing(id: ID!, most: Float): Thing! }
  type Thing { id: ID!, name: Name! }
`;
const document = `
  query One($id: ID!, $most: Float) { thing(id: $id, most: $most) { id name } }
  query Other($id: ID!, $most: Float) { thing(id: $id, most: $most) { name } }
`;

beforeEach(async () => {
  resolutions = [];
  const schema = buildSchema(text);
  Object.assign(schema.getQueryType()?.getFields()['thing'] ?? {}, {
    resolve: async (_source: unknown, { id }: { id: string }, { trace }: GraphqlContext) => {
      trace.touch('clientId', id);
      const { promise, resolve, reject } = Promise.withResolvers<object>();
      const noted = (name: string): object => ({ toJSON: () => ((written += 1), name) });
      resolutions.push({ answer: (name) => resolve({ id, name: noted(name) }), fail: reject });
      return promise;
    },
  });
  const thing = schema.getType('Thing');
  if (!isObjectType(thing)) throw new Error('the schema has it');
  // Every field has a resolver, as in the service's schema: Apollo gives the others one that looks into info.
  for (const field of Object.values(thing.getFields())) field.resolve = (source: object) => Reflect.get(source, field.name);
  const { plugin, stringifyResult } = makePlannedAnswers(makeExecutePlanned(schema));
  server = new ApolloServer<GraphqlContext>({
    schema,
    plugins: [makeCostPlugin(), plugin],
    stringifyResult,
    includeStacktraceInErrorResponses: false,
  });
  await server.start();
  // Seen once, it has a plan from now on.
  for (const operationName of ['One', 'Other']) {
    const first = ask('0', { operationName });
    await resolved(1);
    answerAll('first');
    await first.text;
    resolutions = [];
  }
  written = 0;
  // Nobody has waited long enough, however busy the machine is.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  return async () => {
    vi.useRealTimers();
    await server.stop();
  };
});

interface Asking {
  readonly principal?: Partial<Principal>;
  readonly operationName?: string;
  readonly most?: number | null;
}

function ask(id: string, asking: Asking = {}): { readonly text: Promise<string>; readonly touched: () => object } {
  const trace = makeOperationTrace();
  const principal = { subject: 'anna', role: 'viewer', expiresAt: null, ...asking.principal };
  const answered = server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: 'POST',
      headers: new HeaderMap([['content-type', 'application/json']]),
      search: '',
      body: { query: document, operationName: asking.operationName ?? 'One', variables: { id, most: asking.most ?? null } },
    },
    context: async () => ({ principal, trace }) as unknown as GraphqlContext,
  });
  return { text: answered.then(({ body }) => (body.kind === 'complete' ? body.string : 'in parts')), touched: () => trace.fields() };
}

/** Until everybody who asked has come to the plan, and what can go on has gone on: none of it waits for anything but the next turn. */
async function resolved(times: number): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await setImmediate();
  expect(resolutions).toHaveLength(times);
}

function answerAll(name: string): void {
  for (const { answer } of resolutions) answer(name);
}

/** Byte by byte: the data, and the cost that every answer declares. */
function expectAnswer(said: string, thing: object): void {
  const { extensions } = JSON.parse(said) as { readonly extensions: { readonly cost: object } };
  expect(extensions.cost).toMatchObject({ requested: expect.any(Number) });
  expect(said).toBe(`${JSON.stringify({ data: { thing }, extensions })}\n`);
}

test('those who come while one is executed share the next execution, and nobody is told what was read before they asked', async () => {
  const first = ask('1');
  await resolved(1);
  const later = [ask('1'), ask('1'), ask('1')];
  await resolved(1);
  resolutions[0]?.answer('before');
  expectAnswer(await first.text, { id: '1', name: 'before' });
  await resolved(2);
  resolutions[1]?.answer('after');
  for (const { text: said } of later) expectAnswer(await said, { id: '1', name: 'after' });
  expect(resolutions).toHaveLength(2);
  expect(written, 'one answer for the first, one for all others').toBe(2);
});

test('an execution that hangs keeps those who come after it for a moment only', async () => {
  const slow = ask('1');
  await resolved(1);
  const quick = ask('1');
  await resolved(1);
  vi.advanceTimersByTime(10);
  await resolved(2);
  resolutions[1]?.answer('quick');
  expectAnswer(await quick.text, { id: '1', name: 'quick' });
  resolutions[0]?.answer('slow');
  expectAnswer(await slow.text, { id: '1', name: 'slow' });
});

test('everybody who is given an answer has what it touched in their log line', async () => {
  const asked = [ask('7'), ask('7'), ask('7')];
  await resolved(1);
  answerAll('a');
  await resolved(2);
  answerAll('b');
  for (const { text: said } of asked) await said;
  expect(asked.map(({ touched }) => touched())).toEqual([{ clientId: '7' }, { clientId: '7' }, { clientId: '7' }]);
});

test('other variables, other operations of the document, and other callers do not share', async () => {
  const asked = [
    ask('1'),
    ask('2'),
    ask('1', { most: 1 }),
    ask('1', { operationName: 'Other' }),
    ask('1', { principal: { subject: 'boris' } }),
    ask('1', { principal: { role: 'operator' } }),
    ask('1', { principal: { expiresAt: 1 } }),
  ];
  await resolved(asked.length);
  answerAll('mine');
  for (const [index, { text: said }] of asked.entries()) {
    expectAnswer(await said, index === 3 ? { name: 'mine' } : { id: index === 1 ? '2' : '1', name: 'mine' });
  }
});

test('a number too large for JSON is told apart from none, and refused', async () => {
  const first = ask('1', { most: null });
  await resolved(1);
  const refused = ask('1', { most: Number.POSITIVE_INFINITY });
  const tooLarge = await refused.text;
  expect(tooLarge).toContain('"code":"BAD_USER_INPUT"');
  answerAll('good');
  expectAnswer(await first.text, { id: '1', name: 'good' });
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
  expectAnswer((await later[0]?.text) ?? '', { id: '1', name: 'second try' });
  expect(await later[1]?.text).toContain('"errors":[{"message":"cut again"');
});
