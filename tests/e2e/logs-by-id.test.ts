// With LOG_LEVEL=debug the real service says everything about a mailing, a message and a client under its id: the request, the jobs, the
// batches, each attempt with the provider's answer. Two mailings to the same clients, so that whatever does not belong would show.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readStory } from '../../scripts/logs/story.ts';
import type { LogLine } from '../../scripts/logs/story.ts';
import { printLine } from '../../scripts/logs/timeline.ts';
import { eventually } from '../support/eventually.ts';
import { createMailing, finished } from '../support/scenario.ts';
import { startTestService } from '../support/service.ts';
import type { TestService } from '../support/service.ts';
import { accept, answer } from '../support/stub-behaviours.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import type { StubProvider } from '../support/stub-provider.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
let stub: StubProvider;
let api: TestService;
let worker: TestService;
let mailingId: string;
let otherId: string;
let clientId: string;
let messageId: string;
let requestId: string;

const phone = '79161234567';

beforeAll(async () => {
  database = await createTestDatabase();
  stub = await startStubProvider();
  const processes = { databaseUrl: database.url, providerUrl: stub.url };
  [api, worker] = await Promise.all([
    startTestService({ ...processes, env: { ROLE: 'api' } }),
    startTestService({ ...processes, env: { ROLE: 'worker' } }),
  ]);
  stub.behave(({ body, attempt }) => {
    if (String(body?.phone) !== phone || body?.text !== 'First') return accept();
    return attempt === 1 ? answer(500, { body: '{"code":7,"message":"out of ink"}' }) : accept();
  });
  const created = await fetch(`${api.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': 'make-the-client' },
    body: JSON.stringify({
      query: 'mutation Make($input: CreateClientInput!) { createClient(input: $input) { client { id } userErrors { message } } }',
      variables: { input: { phone, operatorCode: '916', timeZone: 'Europe/Moscow', tag: 'story' } },
    }),
  });
  const answered = (await created.json()) as { data: { createClient: { client: { id: string } } } };
  clientId = answered.data.createClient.client.id;
  requestId = created.headers.get('x-request-id') ?? '';
  await database.pool.query(
    `insert into client (phone, operator_code, tag, time_zone) select 79990000000 + n, '999', 'story', 'UTC' from generate_series(1, 200) n`,
  );
  mailingId = await createMailing(api, { text: 'First', filter: { tags: ['story'] } });
  otherId = await createMailing(api, { text: 'Second', filter: { tags: ['story'] } });
  await Promise.all([finished(api, mailingId), finished(api, otherId)]);
  messageId = stub.ledger.find(({ body }) => body?.text === 'First' && String(body.phone) === phone)?.msgId ?? '';
  const said = (what: string, about: string): number => worker.log.filter(({ msg, mailingId: id }) => msg === what && id === about).length;
  await eventually(() => {
    expect(said('batch released', mailingId)).toBeGreaterThan(1);
    for (const id of [mailingId, otherId]) {
      expect(said('mailing completed', id)).toBe(1);
      expect(said('job ended', id)).toBe(said('job started', id));
    }
  });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await worker[Symbol.asyncDispose]();
  await stub.close();
  await database.drop();
});

const storyOf = async (kind: 'message' | 'mailing' | 'client' | 'request', id: string): Promise<readonly LogLine[]> => {
  const text = [...api.log, ...worker.log].map((fields) => JSON.stringify(fields));
  const sources = {
    async *lines() {
      yield* text;
    },
  };
  return (await readStory(sources, { kind, id })).lines;
};
const saying = (lines: readonly LogLine[], msg: string) => lines.filter(({ fields }) => fields['msg'] === msg).map(({ fields }) => fields);
const everything = [
  'mailing created',
  'mailing started',
  'job started',
  'job ended',
  'batch leased',
  'batch read',
  'batch settled',
  'batch released',
  'mailing completed',
];

describe('everything is found by the id of', () => {
  test('a message: the request that made its mailing, the jobs, its two batches, both attempts with the answers', async () => {
    const lines = await storyOf('message', messageId);
    expect(saying(lines, 'api operation')).toEqual(
      expect.arrayContaining([expect.objectContaining({ mailingId, operation: 'createMailing', requestId: expect.any(String) })]),
    );
    expect(everything.filter((msg) => saying(lines, msg).length === 0)).toEqual([]);
    expect(saying(lines, 'job started').map(({ task }) => task)).toEqual(expect.arrayContaining(['expand', 'send']));
    expect(saying(lines, 'attempt')).toMatchObject([
      {
        messageId,
        mailingId,
        clientId,
        outcome: 'retry',
        code: 'HTTP_500',
        httpStatus: 500,
        answer: expect.stringContaining('out of ink'),
        process: 'worker',
      },
      { messageId, mailingId, clientId, outcome: 'accepted', durationMs: expect.any(Number) },
    ]);
    const batches = saying(lines, 'attempt').map(({ batchId }) => batchId);
    expect(new Set(batches).size).toBe(2);
    for (const batchId of batches) {
      const about = lines.filter(({ fields }) => fields['batchId'] === batchId).map(({ fields }) => fields['msg']);
      expect(about).toEqual(expect.arrayContaining(['batch leased', 'batch read', 'batch settled', 'batch released']));
    }
    expect(JSON.stringify(lines)).not.toContain(`"mailingId":"${otherId}"`);
    const strangers = lines.filter(({ fields }) => fields['messageId'] !== undefined && fields['messageId'] !== messageId);
    expect(strangers).toEqual([]);
  });

  test('a mailing: its whole life, with an attempt for every request that the provider got, and nothing of the other mailing', async () => {
    const lines = await storyOf('mailing', mailingId);
    expect(
      [...everything, 'api operation', 'request', 'lane ended', 'mailing expanded'].filter((msg) => saying(lines, msg).length === 0),
    ).toEqual([]);
    const requests = stub.ledger.filter(({ body }) => body?.text === 'First').map(({ msgId }) => msgId);
    expect(
      saying(lines, 'attempt')
        .map((fields) => String(fields['messageId']))
        .toSorted(),
    ).toEqual(requests.toSorted());
    expect(lines.filter(({ fields }) => fields['mailingId'] === otherId)).toEqual([]);
  });

  test('a client: the request that made it, and its messages in both mailings', async () => {
    const lines = await storyOf('client', clientId);
    expect(saying(lines, 'api operation')).toEqual(
      expect.arrayContaining([expect.objectContaining({ clientId, operation: 'Make', requestId: 'make-the-client' })]),
    );
    expect(saying(lines, 'client created')).toMatchObject([{ clientId }]);
    expect(saying(lines, 'attempt').map((fields) => [fields['mailingId'], fields['outcome']])).toEqual(
      expect.arrayContaining([
        [mailingId, 'retry'],
        [mailingId, 'accepted'],
        [otherId, 'accepted'],
      ]),
    );
    expect(new Set(saying(lines, 'attempt').map((fields) => fields['clientId']))).toEqual(new Set([clientId]));
    expect(saying(lines, 'job started').map((fields) => fields['mailingId'])).toEqual(expect.arrayContaining([mailingId, otherId]));
  });

  test('a request: its operation and how it was answered, under the id that the answer carried', async () => {
    const lines = await storyOf('request', requestId);
    expect(lines.map(({ fields }) => String(fields['msg'])).toSorted()).toEqual(['api operation', 'request']);
  });
});

test('the timeline tells both processes apart, and shows no phone and no token', async () => {
  const text = (await storyOf('message', messageId)).map(printLine).join('\n');
  expect(text).toMatch(new RegExp(`worker \\d+ +message ${messageId}: retry HTTP_500 \\(HTTP 500\\): .*out of ink`));
  expect(text).toMatch(/ {2}api \d+ +createMailing: ok, \d+ ms/);
  expect(text).not.toMatch(/7916\d{7}|test-token/);
});

test('a job that fails is found by its mailing: graphile-worker itself names the job alone', async () => {
  await database.pool.query(`select graphile_worker.add_job('send', '{"mailingId":"not-a-number"}'::json, max_attempts => 1)`);
  await eventually(() => {
    const failed = worker.log.filter((line) => line['mailingId'] === 'not-a-number');
    expect(failed).toEqual(expect.arrayContaining([expect.objectContaining({ level: 'error', task: 'send', jobId: expect.any(String) })]));
    expect(failed).toEqual(expect.arrayContaining([expect.objectContaining({ msg: 'job ended', result: 'failed' })]));
  });
});
