// Ends: mailings that end, are cancelled or deleted. What is left takes its last state, in steps, after whoever has it in hand.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { leaseBatch, releaseBatch } from '../../src/database/batch-queries.ts';
import type { LeasedBatch } from '../../src/database/batch-queries.ts';
import { completeMailing, endBatches } from '../../src/database/finish-queries.ts';
import { settleAccepted, settleMixed } from '../../src/database/settle-queries.ts';
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

beforeAll(async () => {
  db = await createTestDatabase();
  engine = await startEngine(db.url);
});
beforeEach(async () => clearEngine(db.pool));
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await db.drop();
});

const lease = async (mailingId: string): Promise<LeasedBatch> => given(await leaseBatch(engine.database, mailingId, 60_000, 500));

describe('the end of a mailing', () => {
  test('ends what is left: EXPIRED where nothing can have been taken, UNCONFIRMED where something may', async () => {
    const mailingId = await addMailing(db.pool, { startsInMs: -hour, endsInMs: -10 });
    const ambiguous = await addBatch(db.pool, mailingId, { size: 3 });
    const rescued = await addBatch(db.pool, mailingId, { size: 2 });
    await addBatch(db.pool, mailingId, { size: 4, dueInMs: hour, closeInMs: 2 * hour });
    await db.pool.query('update message set ambiguous = true, attempts = 1 where id = $1', [ambiguous.messageIds[0]]);
    await db.pool.query('update batch set rescues = 1 where id = $1', [rescued.id]);
    await engine.finish(mailingId);
    expect(await countsOf(db.pool, mailingId)).toEqual({
      total: 9,
      pending: 0,
      sent: 0,
      failed: 0,
      expired: 6,
      cancelled: 0,
      unconfirmed: 3,
    });
    expect(await statusOf(db.pool, mailingId)).toBe('COMPLETED');
    expect((await db.pool.query('select from batch')).rowCount).toBe(0);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test('waits for whoever holds a batch: requests in flight keep their outcome, also one that is to be retried', async () => {
    const mailingId = await addMailing(db.pool);
    const { messageIds } = await addBatch(db.pool, mailingId, { size: 3, dueInMs: -5_000 });
    await addBatch(db.pool, mailingId, { size: 2 });
    const held = await lease(mailingId);
    await db.pool.query("update mailing set starts_at = instant_now() - interval '1 hour', ends_at = instant_now() - interval '1 second'");
    await engine.finish(mailingId);
    expect(await statusesOf(db.pool)).toEqual({ PENDING: 3, EXPIRED: 2 });
    expect(await statusOf(db.pool, mailingId)).toBe('RUNNING');
    const [job] = await waitingJobs(db.pool);
    expect(job?.key).toBe(`finish:${mailingId}`);
    expect(job?.inSeconds).toBeLessThanOrEqual(1);
    await settleAccepted(engine.database, held, messageIds.slice(0, 1), 60_000);
    const ambiguous = {
      messageId: given(messageIds[1]),
      attemptsBefore: 0,
      kind: 'ambiguous',
      code: 'TIMEOUT',
      message: 'late',
      httpStatus: null,
      latencyMs: 1,
      delayMs: 2_000,
    } as const;
    await settleMixed(engine.database, held, [ambiguous], 60_000);
    await releaseBatch(engine.database, held);
    await engine.finish(mailingId);
    expect(await statusesOf(db.pool)).toEqual({ SENT: 1, UNCONFIRMED: 1, EXPIRED: 3 });
    expect(await statusOf(db.pool, mailingId)).toBe('COMPLETED');
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test('that a person has moved just then ends nothing', async () => {
    const mailingId = await addMailing(db.pool, { startsInMs: -hour, endsInMs: hour });
    await addBatch(db.pool, mailingId, { size: 2 });
    expect(await endBatches(engine.database, mailingId, 'EXPIRED', null)).toMatchObject({ batches: 0 });
    expect(await statusesOf(db.pool)).toEqual({ PENDING: 2 });
  });

  test('of one whose audience was never passed to its end lets the expansion go on to that', async () => {
    const mailingId = await addMailing(db.pool, { startsInMs: -hour, endsInMs: -10, expanded: false });
    await addBatch(db.pool, mailingId, { size: 2 });
    await engine.finish(mailingId);
    expect(await statusesOf(db.pool)).toEqual({ EXPIRED: 2 });
    expect(await statusOf(db.pool, mailingId)).toBe('RUNNING');
    expect(await waitingJobs(db.pool)).toEqual([{ key: `expand:${mailingId}`, inSeconds: 0 }]);
    await engine.expand(mailingId);
    expect(await statusOf(db.pool, mailingId)).toBe('COMPLETED');
  });

  test('run by several at once is one end', async () => {
    const mailingId = await addMailing(db.pool, { startsInMs: -hour, endsInMs: -10 });
    for (let batch = 0; batch < 100; batch += 1) await addBatch(db.pool, mailingId, { size: 3 });
    await using other = await startEngine(db.url);
    await Promise.all([engine.finish(mailingId), other.finish(mailingId), engine.finish(mailingId)]);
    // Who found the last batches in others' hands leaves the completion to them.
    await engine.finish(mailingId);
    expect(await countsOf(db.pool, mailingId)).toMatchObject({ pending: 0, expired: 300 });
    expect(await statusOf(db.pool, mailingId)).toBe('COMPLETED');
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });
});

describe('completion', () => {
  test.each([
    ['is expanded and has nothing pending', true, 0, true],
    ['still has a pending message', true, 1, false],
    ['is not expanded yet', false, 0, false],
  ])('of a mailing that %s: %#', async (_, expanded, pending, completes) => {
    const mailingId = await addMailing(db.pool, { expanded });
    if (pending > 0) await addBatch(db.pool, mailingId, { size: pending });
    const version = async (): Promise<number> =>
      Number(first((await db.pool.query<{ v: string }>('select version::text as v from mailing_statistics')).rows).v);
    const before = await version();
    expect(await completeMailing(engine.database, mailingId)).toBe(completes);
    expect(await statusOf(db.pool, mailingId)).toBe(completes ? 'COMPLETED' : 'RUNNING');
    expect(await version()).toBe(completes ? before + 1 : before);
    expect(await completeMailing(engine.database, mailingId)).toBe(false);
  });

  test('takes away batches whose last messages went by other hands', async () => {
    const mailingId = await addMailing(db.pool);
    await addBatch(db.pool, mailingId, { size: 1, dueInMs: hour });
    await db.pool.query("update message set status = 'CANCELLED', finished_at = instant_now()");
    await db.pool.query('update batch set pending = 0');
    await db.pool.query('update mailing_statistics set pending = 0, cancelled = 1');
    await engine.finish(mailingId);
    expect(await statusOf(db.pool, mailingId)).toBe('COMPLETED');
    expect((await db.pool.query('select from batch')).rowCount).toBe(0);
    expect(await waitingJobs(db.pool)).toEqual([]);
  });
});

describe('a cancelled mailing', () => {
  test('is swept in several steps; a request in flight still counts', async () => {
    const mailingId = await addMailing(db.pool, { endsInMs: day });
    const { messageIds } = await addBatch(db.pool, mailingId, { size: 3, dueInMs: -5_000 });
    const held = await lease(mailingId);
    for (let batch = 0; batch < 90; batch += 1) await addBatch(db.pool, mailingId, { size: 2, dueInMs: hour });
    await db.pool.query("update mailing set status = 'CANCELLED', finished_at = instant_now()");
    await engine.finish(mailingId);
    expect(await statusesOf(db.pool)).toEqual({ PENDING: 3, CANCELLED: 180 });
    expect((await waitingJobs(db.pool)).map((job) => job.key)).toEqual([`finish:${mailingId}`]);
    await settleAccepted(engine.database, held, messageIds.slice(0, 1), 60_000);
    await releaseBatch(engine.database, held);
    await engine.finish(mailingId);
    expect(await countsOf(db.pool, mailingId)).toMatchObject({ total: 183, pending: 0, sent: 1, cancelled: 182 });
    expect(await statusOf(db.pool, mailingId)).toBe('CANCELLED');
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });
});

describe('a deleted mailing', () => {
  test('goes with its messages, attempts and counters, and leaves others alone', async () => {
    const other = await addMailing(db.pool);
    await addBatch(db.pool, other, { size: 2 });
    const mailingId = await addMailing(db.pool, { status: 'CANCELLED', deleted: true });
    for (let batch = 0; batch < 21; batch += 1) await addBatch(db.pool, mailingId, { size: 500, dueInMs: hour });
    await db.pool.query(
      `insert into message_attempt (message_id, mailing_id, attempt, outcome, code, message, latency_ms)
       select id, mailing_id, 1, 'retry', 'X', 'x', 1 from message where id % 50 = 0 or mailing_id = $1`,
      [other],
    );
    await engine.finish(mailingId);
    expect(await waitingJobs(db.pool)).toEqual([{ key: 'remove', inSeconds: 0 }]);
    await db.pool.query('delete from graphile_worker._private_jobs');
    while ((await db.pool.query('select from mailing where id = $1', [mailingId])).rows.length > 0) await engine.remove();
    const left = await db.pool.query(
      `select (select count(*)::int from mailing) as mailings, (select count(*)::int from mailing_statistics) as counters,
         (select count(*)::int from message) as messages, (select count(*)::int from message_attempt) as attempts, (select count(*)::int from batch) as batches`,
    );
    expect(left.rows).toEqual([{ mailings: 1, counters: 1, messages: 2, attempts: 2, batches: 1 }]);
    await engine.finish(mailingId);
    await engine.remove();
  });

  test('waits for requests in flight', async () => {
    const mailingId = await addMailing(db.pool);
    const { messageIds } = await addBatch(db.pool, mailingId, { size: 2 });
    const held = await lease(mailingId);
    await db.pool.query("update mailing set status = 'CANCELLED', finished_at = instant_now(), deleted_at = instant_now()");
    await engine.finish(mailingId);
    expect(await statusOf(db.pool, mailingId)).toBe('CANCELLED');
    expect((await waitingJobs(db.pool)).map((job) => job.key)).toEqual([`finish:${mailingId}`]);
    await settleAccepted(engine.database, held, messageIds, 60_000);
    await engine.remove();
    expect(await statusOf(db.pool, mailingId)).toBe('CANCELLED');
    await releaseBatch(engine.database, held);
    await engine.finish(mailingId);
    await engine.remove();
    expect(await statusOf(db.pool, mailingId)).toBeNull();
  });
});
