// The reconciler: whatever hint was lost, a look at the rows brings it back; what the counters say is proven in passing.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { leaseBatch } from '../../src/database/batch-queries.ts';
import { addJobs, jobKey } from '../../src/database/job-queue.ts';
import { RECONCILE_LOCK } from '../../src/database/locks.ts';
import { about } from '../support/about.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine, LogLine } from '../support/engine.ts';
import { addBatch, addMailing, clearEngine, expireLeases, first, given, waitingJobs } from '../support/engine-seed.ts';
import type { WaitingJob } from '../support/engine-seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let engine: Engine;

const hour = 3_600_000;

beforeAll(async () => {
  db = await createTestDatabase();
  engine = await startEngine(db.url);
});
beforeEach(async () => clearEngine(db.pool));
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await db.drop();
});

/** The jobs of one mailing without its id, after a look of the reconciler. */
async function jobsAfterLook(mailingId: string): Promise<Record<string, number>> {
  await engine.reconcile();
  return toTable(await waitingJobs(db.pool), mailingId);
}

function toTable(jobs: readonly WaitingJob[], mailingId: string): Record<string, number> {
  return Object.fromEntries(jobs.map(({ key, inSeconds }) => [key.replace(`:${mailingId}`, ''), inSeconds]));
}

describe('a job that was lost comes back', () => {
  test('the expansion of a mailing that is to start, and its end', async () => {
    const mailingId = await addMailing(db.pool, { status: 'SCHEDULED', startsInMs: hour, endsInMs: 2 * hour });
    expect(await jobsAfterLook(mailingId)).toEqual({ expand: about(3_600), finish: about(7_200) });
  });

  test('the expansion of one that stopped in the middle', async () => {
    const mailingId = await addMailing(db.pool, { startsInMs: -hour, expanded: false });
    await addBatch(db.pool, mailingId, { size: 1 });
    // Without a job while its counters move: it is being expanded right now.
    expect(await jobsAfterLook(mailingId)).toEqual({ finish: about(3_600), 'send:0': 0 });
    await db.pool.query("update mailing_statistics set updated_at = instant_now() - interval '1 minute'");
    expect(await jobsAfterLook(mailingId)).toEqual({ expand: 0, finish: about(3_600), 'send:0': 0 });
  });

  test('sending: at once what is due, at its hour what is not', async () => {
    const mailingId = await addMailing(db.pool);
    await addBatch(db.pool, mailingId, { size: 1, dueInMs: hour / 2, closeInMs: hour });
    expect(await jobsAfterLook(mailingId)).toEqual({ finish: about(3_600), 'send:0': about(1_800) });
    await addBatch(db.pool, mailingId, { size: 1 });
    expect(await jobsAfterLook(mailingId)).toEqual({ finish: about(3_600), 'send:0': 0 });
  });

  test('nothing to send while it is paused, but its end', async () => {
    const mailingId = await addMailing(db.pool, { status: 'PAUSED' });
    await addBatch(db.pool, mailingId, { size: 1 });
    expect(await jobsAfterLook(mailingId)).toEqual({ finish: about(3_600) });
  });

  test('the closing of a window, also one that is past', async () => {
    const mailingId = await addMailing(db.pool, { endsInMs: 5 * hour });
    await addBatch(db.pool, mailingId, { size: 1, dueInMs: hour, closeInMs: 2 * hour });
    expect(await jobsAfterLook(mailingId)).toMatchObject({ finish: about(7_200) });
    await db.pool.query("update batch set close_at = instant_now() - interval '1 minute'");
    expect(await jobsAfterLook(mailingId)).toMatchObject({ finish: 0 });
  });

  test('the end of a mailing that is past', async () => {
    const mailingId = await addMailing(db.pool, { startsInMs: -hour, endsInMs: -1_000 });
    await addBatch(db.pool, mailingId, { size: 1, closeInMs: -1_000 });
    expect(await jobsAfterLook(mailingId)).toEqual({ finish: 0 });
  });

  test('the end of one that has nothing pending any more', async () => {
    const mailingId = await addMailing(db.pool);
    expect(await jobsAfterLook(mailingId)).toEqual({ finish: 0 });
    await engine.finish(mailingId);
    await db.pool.query('delete from graphile_worker._private_jobs');
    expect(await jobsAfterLook(mailingId)).toEqual({});
  });

  test.each([
    ['cancelled with messages left', { status: 'CANCELLED' }],
    ['deleted', { status: 'CANCELLED', deleted: true }],
  ] as const)('the sweep of one that was %s', async (_, mailing) => {
    const mailingId = await addMailing(db.pool, mailing);
    await addBatch(db.pool, mailingId, { size: 1 });
    expect(await jobsAfterLook(mailingId)).toEqual({ finish: 0 });
    // Of the deleted one the job that removes rows takes care from now on.
    await engine.finish(mailingId);
    await db.pool.query('delete from graphile_worker._private_jobs');
    expect(await jobsAfterLook(mailingId)).toEqual({});
  });

  test('whichever they are: a mailing that has all of them keeps them as they are', async () => {
    const mailingId = await addMailing(db.pool);
    await addBatch(db.pool, mailingId, { size: 1, dueInMs: hour / 2, closeInMs: hour });
    await engine.reconcile();
    const before = await db.pool.query('select id, run_at, revision from graphile_worker._private_jobs order by id');
    await engine.reconcile();
    expect((await db.pool.query('select id, run_at, revision from graphile_worker._private_jobs order by id')).rows).toEqual(before.rows);
  });
});

describe('a job that is there and yet lost', () => {
  test('because it waits for an hour much too late is moved', async () => {
    const mailingId = await addMailing(db.pool);
    await addBatch(db.pool, mailingId, { size: 1 });
    await addJobs(engine.database, [{ task: 'send', key: jobKey.send(mailingId, 0), mailingId, lane: 0, runAt: Date.now() + hour }]);
    expect(await jobsAfterLook(mailingId)).toMatchObject({ 'send:0': 0 });
  });

  test('because a dead worker holds it is added anew', async () => {
    const mailingId = await addMailing(db.pool);
    await addBatch(db.pool, mailingId, { size: 1 });
    await engine.reconcile();
    await db.pool.query("update graphile_worker._private_jobs set locked_at = now(), locked_by = 'dead' where key = $1", [
      jobKey.send(mailingId, 0),
    ]);
    expect(await jobsAfterLook(mailingId)).toMatchObject({ 'send:0': 0 });
    const dead = "select count(*)::int as n from graphile_worker._private_jobs where locked_by = 'dead'";
    expect((await db.pool.query(dead)).rows).toEqual([{ n: 1 }]);
    await db.pool.query("update graphile_worker._private_jobs set locked_at = now() - interval '1 hour' where locked_by = 'dead'");
    await engine.reconcile();
    expect((await db.pool.query(dead)).rows).toEqual([{ n: 0 }]);
  });

  test('because it failed too often to be tried again is added anew', async () => {
    const mailingId = await addMailing(db.pool);
    await addBatch(db.pool, mailingId, { size: 1 });
    await engine.reconcile();
    await db.pool.query('update graphile_worker._private_jobs set attempts = max_attempts');
    await engine.reconcile();
    const { rows } = await db.pool.query('select key from graphile_worker._private_jobs where attempts < max_attempts order by key');
    expect(rows.map(({ key }) => key)).toEqual([`finish:${mailingId}`, `send:${mailingId}:0`]);
  });
});

describe('a lease that ran out', () => {
  test('is freed, told in the log, and its messages have a job at once', async () => {
    const mailingId = await addMailing(db.pool);
    const { id: batchId } = await addBatch(db.pool, mailingId, { size: 1 });
    given(await leaseBatch(engine.database, mailingId, 60_000, 500));
    expect(await jobsAfterLook(mailingId)).not.toHaveProperty('send:0');
    await expireLeases(db.pool);
    expect(await jobsAfterLook(mailingId)).toMatchObject({ 'send:0': 0 });
    expect(engine.lines).toContainEqual(expect.objectContaining({ level: 'warn', mailingId, batchId, rescues: 1 }));
  });
});

describe('two reconcilers', () => {
  test('are one: the second does nothing while the first is at it', async () => {
    const mailingId = await addMailing(db.pool);
    await addBatch(db.pool, mailingId, { size: 1 });
    const other = await db.pool.connect();
    await other.query('begin');
    await other.query('select pg_advisory_xact_lock($1)', [RECONCILE_LOCK]);
    expect(await jobsAfterLook(mailingId)).toEqual({});
    await other.query('commit');
    other.release();
    expect(await jobsAfterLook(mailingId)).toHaveProperty('send:0');
  });
});

describe('the counters of a mailing that is over', () => {
  const faults = (): LogLine[] => engine.lines.filter((line) => line['level'] === 'error');

  async function overSince(seconds: number): Promise<string> {
    const mailingId = await addMailing(db.pool);
    await addBatch(db.pool, mailingId, { size: 5 });
    await db.pool.query("update message set status = 'SENT', finished_at = instant_now()");
    await db.pool.query('delete from batch');
    await db.pool.query('update mailing_statistics set pending = 0, sent = 5');
    await db.pool.query("update mailing set status = 'COMPLETED', finished_at = instant_now() - $1::int * interval '1 second'", [seconds]);
    return mailingId;
  }

  test('are proven once, and not while the last outcomes may still come in', async () => {
    const audited = async (): Promise<boolean> =>
      first((await db.pool.query<{ a: boolean }>('select audited_at is not null as a from mailing_statistics')).rows).a;
    await overSince(1);
    await engine.reconcile();
    expect(await audited()).toBe(false);
    await db.pool.query("update mailing set finished_at = instant_now() - interval '1 minute'");
    await engine.reconcile();
    expect(await audited()).toBe(true);
    expect(faults()).toEqual([]);
  });

  test('are reported when they are not what the rows say', async () => {
    const mailingId = await overSince(60);
    await db.pool.query('update mailing_statistics set sent = 4, failed = 1');
    await engine.reconcile();
    expect(faults()).toMatchObject([
      { mailingId, status: 'SENT', counted: 4, rows: 5 },
      { mailingId, status: 'FAILED', counted: 1, rows: 0 },
    ]);
  });
});

test('grants of caps that nobody used for an hour are forgotten', async () => {
  const now = Math.floor(Date.now() / 1_000);
  await db.pool.query("insert into rate_grant (key, second, granted) values ('mailing:1', $1, 3), ('provider', $2, 3)", [
    now - 4_000,
    now - 100,
  ]);
  await engine.reconcile();
  expect((await db.pool.query('select key from rate_grant')).rows).toEqual([{ key: 'provider' }]);
});
