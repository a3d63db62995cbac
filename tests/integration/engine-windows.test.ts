// Windows that close: what is left goes on at the next opening of its client's zone, or ends where there is none.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { leaseBatch, releaseBatch } from '../../src/database/batch-queries.ts';
import type { LeasedBatch } from '../../src/database/batch-queries.ts';
import { endBatches, rollBatches } from '../../src/database/finish-queries.ts';
import { about } from '../support/about.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import {
  addBatch,
  addMailing,
  clearEngine,
  countsOf,
  faultsOfCounters,
  first,
  given,
  setClock,
  statusesOf,
  statusOf,
  waitingJobs,
} from '../support/engine-seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let engine: Engine;

const hour = 3_600_000;
const day = 24 * hour;
const noon = Date.parse('2027-06-15T09:00:00Z');

beforeAll(async () => {
  db = await createTestDatabase();
  engine = await startEngine(db.url);
});
beforeEach(async () => {
  await clearEngine(db.pool);
  // 12:00 in Moscow.
  await setClock(db.pool, new Date(noon).toISOString());
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await db.drop();
});

const lease = async (mailingId: string): Promise<LeasedBatch> => given(await leaseBatch(engine.database, mailingId, 60_000, 500));

interface BatchHours {
  readonly id: string;
  readonly dueAt: number;
  readonly closeAt: number;
  readonly pending: number;
}

async function batches(): Promise<BatchHours[]> {
  const { rows } = await db.pool.query<BatchHours>(
    `select id::text, extract(epoch from due_at)::float8 * 1000 as "dueAt", extract(epoch from close_at)::float8 * 1000 as "closeAt", pending from batch order by id`,
  );
  return rows;
}

const window = ['11:00', '12:00'] as const;

test('a window that closes puts what is left to the next opening, with the jobs that belong to it', async () => {
  const mailingId = await addMailing(db.pool, { window, endsInMs: 3 * day });
  await addBatch(db.pool, mailingId, { size: 5, timeZone: 'Europe/Moscow', closeInMs: -10 });
  const untouched = await addBatch(db.pool, mailingId, { size: 5, timeZone: 'Europe/London', dueInMs: hour, closeInMs: 2 * hour });
  await engine.finish(mailingId);
  expect(await batches()).toMatchObject([
    { dueAt: noon + 23 * hour, closeAt: noon + 24 * hour, pending: 5 },
    { id: untouched.id, pending: 5 },
  ]);
  expect(await waitingJobs(db.pool)).toEqual([
    { key: `finish:${mailingId}`, inSeconds: about(7_200) },
    { key: `send:${mailingId}:0`, inSeconds: about(23 * 3_600) },
  ]);
  expect(await statusOf(db.pool, mailingId)).toBe('RUNNING');
  expect(await faultsOfCounters(db.pool)).toEqual([]);
});

test('a window that closes looks for the next opening after the wait before a retry', async () => {
  const mailingId = await addMailing(db.pool, { window: ['00:00', '12:00'], endsInMs: 3 * day });
  await addBatch(db.pool, mailingId, { size: 1, timeZone: 'Europe/Moscow', closeInMs: -10 });
  await db.pool.query("update batch set not_before = '2027-06-16T05:30:00Z'");
  await engine.finish(mailingId);
  expect(await batches()).toMatchObject([{ dueAt: Date.parse('2027-06-16T05:30:00Z'), closeAt: noon + day }]);
});

test('a window that closes ends what has no further opening, and with it the mailing', async () => {
  const mailingId = await addMailing(db.pool, { window, endsInMs: 5 * hour });
  const batch = await addBatch(db.pool, mailingId, { size: 4, timeZone: 'Europe/Moscow', closeInMs: -10 });
  await db.pool.query('update message set ambiguous = true where id = $1', [batch.messageIds[0]]);
  await engine.finish(mailingId);
  expect(await countsOf(db.pool, mailingId)).toMatchObject({ total: 4, pending: 0, expired: 3, unconfirmed: 1 });
  expect(await statusOf(db.pool, mailingId)).toBe('COMPLETED');
  expect(await batches()).toEqual([]);
  expect(await faultsOfCounters(db.pool)).toEqual([]);
});

test('a window that closes leaves a batch to whoever holds it, and looks again soon', async () => {
  const mailingId = await addMailing(db.pool, { window, endsInMs: 3 * day });
  await addBatch(db.pool, mailingId, { size: 2, timeZone: 'Europe/Moscow' });
  const held = await lease(mailingId);
  await db.pool.query("update batch set close_at = instant_now() - interval '1 second'");
  await engine.finish(mailingId);
  expect(await batches()).toMatchObject([{ id: held.id, pending: 2 }]);
  expect(first(await batches()).closeAt).toBeLessThan(noon + hour);
  expect(first(await waitingJobs(db.pool)).inSeconds).toBeLessThanOrEqual(60);
  await releaseBatch(engine.database, held);
  await engine.finish(mailingId);
  expect(await batches()).toMatchObject([{ id: held.id, dueAt: noon + 23 * hour }]);
});

test('a window that closes lets a person win who moved the batch in the meantime', async () => {
  const mailingId = await addMailing(db.pool, { endsInMs: day });
  const { id } = await addBatch(db.pool, mailingId, { size: 2, closeInMs: -1_000 });
  const { closeAt } = first(await batches());
  const roll = { id, closedAt: closeAt, dueAt: noon + 2 * hour, closeAt: noon + 3 * hour };
  // Never open again by the new hours: closed as of now.
  await db.pool.query('update batch set due_at = instant_now(), close_at = instant_now()');
  expect(await rollBatches(engine.database, [roll])).toBe(0);
  await db.pool.query("update batch set close_at = instant_now() + interval '1 hour'");
  expect(await endBatches(engine.database, mailingId, 'EXPIRED', [id])).toMatchObject({ batches: 0 });
  expect(await statusesOf(db.pool)).toEqual({ PENDING: 2 });
});

test('a window that closes does not go round in circles while somebody has the batch locked', async () => {
  const mailingId = await addMailing(db.pool, { window, endsInMs: 5 * hour });
  await addBatch(db.pool, mailingId, { size: 2, timeZone: 'Europe/Moscow', closeInMs: -1_000 });
  const person = await db.pool.connect();
  await person.query('begin');
  await person.query('select from batch for update');
  await engine.finish(mailingId);
  expect(await statusesOf(db.pool)).toEqual({ PENDING: 2 });
  expect((await waitingJobs(db.pool)).map((job) => job.key)).toEqual([`finish:${mailingId}`]);
  await person.query('commit');
  person.release();
  await engine.finish(mailingId);
  expect(await statusesOf(db.pool)).toEqual({ EXPIRED: 2 });
});
