// The subscription fields between the live feed and graphql's own subscribe; the WebSocket has tests of its own.
import { parse, subscribe } from 'graphql';
import type { ExecutionResult } from 'graphql';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/database/database.ts';
import type { Database } from '../../src/database/database.ts';
import { readProvider } from '../../src/database/gate-queries.ts';
import { readClientMarks, readClientsMark, readMailingMarks, readMailingsMark } from '../../src/database/mark-queries.ts';
import { readStatistics, readTotals } from '../../src/database/statistics-queries.ts';
import { anyone } from '../../src/domain/principal.ts';
import { makeContextFactory } from '../../src/graphql/context.ts';
import type { Operations } from '../../src/graphql/operations.ts';
import { makeSchema } from '../../src/graphql/schema.ts';
import { makeLiveFeeds } from '../../src/live/live-feeds.ts';
import type { Live } from '../../src/live/live-feeds.ts';
import { storeClient, storeMailing, storeMessage } from '../support/stored-rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const log = pino({ level: 'silent' });
const schema = makeSchema();
let db: TestDatabase;
let database: Database;
let live: Live;

beforeAll(async () => {
  db = await createTestDatabase();
  database = await openDatabase({
    url: db.url,
    connections: 2,
    applicationName: 'test',
    statementTimeoutMs: 10_000,
    onConnectionLost: () => undefined,
  });
  live = makeLiveFeeds({
    readStatistics: async (ids) => readStatistics(database, ids),
    readTotals: async () => readTotals(database),
    readMailingMarks: async (ids) => readMailingMarks(database, ids),
    readMailingsMark: async () => readMailingsMark(database),
    readClientMarks: async (ids) => readClientMarks(database, ids),
    readClientsMark: async () => readClientsMark(database),
    readProvider: async () => readProvider(database),
    log,
  });
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await db.drop();
});

const open = async (document: string, variableValues: Record<string, unknown> = {}): Promise<AsyncGenerator<ExecutionResult>> => {
  const makeContext = makeContextFactory({
    log,
    database,
    providerRate: null,
    live,
    rates: { rateOf: () => null },
    operationsFor: () => ({}) as Operations,
  });
  const stream = await subscribe({ schema, document: parse(document), variableValues, contextValue: makeContext('request-1', anyone) });
  if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
  return stream;
};

test('a mailing pushes its state, then every newer one, and completes after the final one', async () => {
  const mailingId = await storeMailing(db.pool);
  const states = await open(
    'subscription ($id: ID!) { mailingStatistics(mailingId: $id) { mailingId mailingStatus total pending sent failed expired cancelled unconfirmed version updatedAt } }',
    { id: mailingId },
  );
  const first = await states.next();
  expect(first.value).toEqual({
    data: {
      mailingStatistics: {
        mailingId,
        mailingStatus: 'RUNNING',
        total: 0,
        pending: 0,
        sent: 0,
        failed: 0,
        expired: 0,
        cancelled: 0,
        unconfirmed: 0,
        version: 1,
        updatedAt: expect.stringMatching(/Z$/),
      },
    },
  });
  await storeMessage(db.pool, { mailingId, clientId: await storeClient(db.pool), status: 'SENT' });
  live.changed(new Set([mailingId]));
  expect((await states.next()).value).toMatchObject({ data: { mailingStatistics: { total: 1, sent: 1, version: 2 } } });

  await db.pool.query(
    `with ended as (update mailing set status = 'COMPLETED', finished_at = instant_now() where id = $1)
     update mailing_statistics set version = version + 1 where mailing_id = $1`,
    [mailingId],
  );
  live.changed(new Set([mailingId]));
  expect((await states.next()).value).toMatchObject({ data: { mailingStatistics: { mailingStatus: 'COMPLETED', version: 3 } } });
  expect(await states.next()).toEqual({ value: undefined, done: true });
});

test.each(['999999', 'x', '9223372036854775808'])('an unknown mailing (%s) is NOT_FOUND', async (id) => {
  const states = await open('subscription ($id: ID!) { mailingStatistics(mailingId: $id) { total } }', { id });
  await expect(states.next()).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a deleted mailing is NOT_FOUND', async () => {
  const id = await storeMailing(db.pool, { deleted: true });
  const states = await open('subscription ($id: ID!) { mailingStatistics(mailingId: $id) { total } }', { id });
  await expect(states.next()).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('the totals are pushed at once and when they change', async () => {
  const states = await open('subscription { statistics { clients mailings { total running } messages { total sent } } }');
  const { value } = await states.next();
  const before = value.data?.['statistics'];
  expect(before).toMatchObject({ clients: expect.any(Number), messages: { total: 1, sent: 1 } });
  await storeClient(db.pool);
  live.changed(new Set());
  const after = (await states.next()).value.data?.['statistics'];
  expect(after).toEqual({ ...Object(before), clients: Object(before).clients + 1 });
  await states.return(undefined);
});
