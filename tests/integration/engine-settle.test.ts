// Settling: outcomes become rows and counters in one statement, once, and only by whoever holds the lease.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freeExpiredLeases, leaseBatch } from '../../src/database/batch-queries.ts';
import type { Database } from '../../src/database/database.ts';
import { settleAccepted, settleMixed } from '../../src/database/settle-queries.ts';
import type { Settled } from '../../src/database/settle-queries.ts';
import { clearEngine, countsOf, expireLeases, faultsOfCounters, given, openEngineDatabase } from '../support/engine-seed.ts';
import { hold, leaseMs, outcome, settledMessages } from '../support/settling.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let database: Database;

beforeAll(async () => {
  db = await createTestDatabase();
  database = await openEngineDatabase(db.url);
});
beforeEach(async () => clearEngine(db.pool));
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await db.drop();
});

/** Everything that settling may change, to prove that it changed nothing. */
async function everything(): Promise<unknown> {
  const { rows } = await db.pool.query<{ all: unknown }>(
    `select jsonb_build_array((select jsonb_agg(m order by id) from message m), (select jsonb_agg(to_jsonb(b) - 'lease_until' order by id) from batch b),
       (select jsonb_agg(a order by id) from message_attempt a), (select jsonb_agg(s) from mailing_statistics s)) as all`,
  );
  return rows[0]?.all;
}

describe('acceptances', () => {
  test('make messages SENT, counted once, and keep the lease', async () => {
    const { mailingId, batch, ids } = await hold(db.pool, database, 5);
    await db.pool.query("update batch set lease_until = instant_now() + interval '1 second'");
    expect(await settleAccepted(database, batch, ids.slice(0, 3), leaseMs)).toEqual({ settled: 3, pending: 2 });
    expect(await countsOf(db.pool, mailingId)).toMatchObject({ total: 5, pending: 2, sent: 3 });
    expect((await settledMessages(db.pool)).map(({ status, attempts, finished }) => [status, attempts, finished])).toEqual([
      ...Array.from({ length: 3 }, () => ['SENT', 1, true]),
      ...Array.from({ length: 2 }, () => ['PENDING', 0, false]),
    ]);
    const { rows } = await db.pool.query("select pending, lease_until > instant_now() + interval '30 seconds' as kept from batch");
    expect(rows).toEqual([{ pending: 2, kept: true }]);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test('settled again change nothing', async () => {
    const { batch, ids } = await hold(db.pool, database, 5);
    await settleAccepted(database, batch, ids.slice(0, 3), leaseMs);
    const before = await everything();
    expect(await settleAccepted(database, batch, ids.slice(0, 3), leaseMs)).toEqual({ settled: 0, pending: null });
    expect(await everything()).toEqual(before);
  });

  test('write no index, also of messages that failed before: no index holds what they change', async () => {
    const { batch, ids } = await hold(db.pool, database, 20);
    await db.pool.query("update message set error_code = 'TIMEOUT', error_message = 'slow', error_at = instant_now() where id % 2 = 0");
    const hot = await database.transaction(async (tx) => {
      await settleAccepted(tx, batch, ids, leaseMs);
      return tx.rows(`select pg_stat_get_xact_tuples_updated('message'::regclass)::int as updated,
        pg_stat_get_xact_tuples_hot_updated('message'::regclass)::int as "updatedInPlace"`);
    });
    expect(hot).toEqual([{ updated: 20, updatedInPlace: 20 }]);
  });

  test('of another mailing are not this batch’s business', async () => {
    const { batch } = await hold(db.pool, database, 1);
    const other = await hold(db.pool, database, 1);
    expect(await settleAccepted(database, batch, other.ids, leaseMs)).toEqual({ settled: 0, pending: null });
    expect(await countsOf(db.pool, other.mailingId)).toMatchObject({ pending: 1, sent: 0 });
  });
});

describe('mixed outcomes', () => {
  const kinds = ['accepted', 'refused', 'retry', 'retry', 'ambiguous', 'held'] as const;
  const mixed = (ids: readonly string[]): Settled[] =>
    kinds.map((kind, index) => outcome(ids[index], kind, index === 3 ? { delayMs: 5_000 } : {}));

  test('each take their way, retries to one new batch per delay, and are counted', async () => {
    const { mailingId, batch, ids } = await hold(db.pool, database, 8);
    expect(await settleMixed(database, batch, mixed(ids), leaseMs)).toEqual({ settled: 6, pending: 5 });
    expect(await countsOf(db.pool, mailingId)).toEqual({
      total: 8,
      pending: 5,
      sent: 1,
      failed: 1,
      expired: 0,
      cancelled: 0,
      unconfirmed: 1,
    });
    const rows = await settledMessages(db.pool);
    expect(rows.map(({ status, attempts, error, ambiguous, finished }) => [status, attempts, error, ambiguous, finished])).toEqual([
      ['SENT', 1, null, false, true],
      ['FAILED', 1, 'HTTP_500', false, true],
      ['PENDING', 1, 'HTTP_500', false, false],
      ['PENDING', 1, 'HTTP_500', false, false],
      ['PENDING', 1, 'HTTP_500', true, false],
      ['UNCONFIRMED', 1, 'HTTP_500', true, true],
      ['PENDING', 0, null, false, false],
      ['PENDING', 0, null, false, false],
    ]);
    expect(rows[2]?.batch).toBe(rows[4]?.batch);
    expect(new Set(rows.map((row) => row.batch)).size).toBe(3);
    const fresh = await db.pool.query(
      `select pending, time_zone as zone, lease_token as token, round(extract(epoch from due_at - (select max(error_at) from message)))::int as seconds,
         not_before = due_at as waits, close_at = (select close_at from batch where id = $1) as "closesAsBefore"
       from batch where id <> $1 order by due_at`,
      [batch.id],
    );
    expect(fresh.rows).toEqual([
      { pending: 2, zone: 'Asia/Omsk', token: null, seconds: 2, waits: true, closesAsBefore: true },
      { pending: 1, zone: 'Asia/Omsk', token: null, seconds: 5, waits: true, closesAsBefore: true },
    ]);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test('leave one row for each attempt that was not an acceptance', async () => {
    const { mailingId, batch, ids } = await hold(db.pool, database, 6);
    await settleMixed(database, batch, mixed(ids), leaseMs);
    const { rows } = await db.pool.query(
      'select message_id::text as id, mailing_id::text as mailing, attempt, outcome, code, http_status as http, latency_ms as latency from message_attempt order by message_id',
    );
    const row = (index: number, what: string): unknown => ({
      id: ids[index],
      mailing: mailingId,
      attempt: 1,
      outcome: what,
      code: 'HTTP_500',
      http: 500,
      latency: 12,
    });
    expect(rows).toEqual([row(1, 'refused'), row(2, 'retry'), row(3, 'retry'), row(4, 'ambiguous'), row(5, 'ambiguous')]);
  });

  test('settled again, because the answer to the commit was lost, change nothing', async () => {
    const { batch, ids } = await hold(db.pool, database, 8);
    await settleMixed(database, batch, mixed(ids), leaseMs);
    const before = await everything();
    expect(await settleMixed(database, batch, mixed(ids), leaseMs)).toEqual({ settled: 0, pending: null });
    expect(await everything()).toEqual(before);
  });

  test('settled by two connections at once count once', async () => {
    const { mailingId, batch, ids } = await hold(db.pool, database, 8);
    const results = await Promise.all([
      settleMixed(database, batch, mixed(ids), leaseMs),
      settleMixed(database, batch, mixed(ids), leaseMs),
      settleAccepted(database, batch, [given(ids[0])], leaseMs),
    ]);
    expect(results.reduce((sum, result) => sum + given(result).settled, 0)).toBe(6);
    expect(await countsOf(db.pool, mailingId)).toMatchObject({ pending: 5, sent: 1, failed: 1, unconfirmed: 1 });
    expect((await db.pool.query('select from message_attempt')).rowCount).toBe(5);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test('of a second attempt are told from those of the first', async () => {
    const { batch, ids } = await hold(db.pool, database, 1);
    await settleMixed(database, batch, [outcome(ids[0], 'ambiguous')], leaseMs);
    await db.pool.query("update batch set due_at = instant_now() - interval '1 second'");
    const again = given(await leaseBatch(database, batch.mailingId, leaseMs, 500));
    // The outcome of the first attempt comes a second time, from whoever thinks it was not settled.
    await settleMixed(database, again, [outcome(ids[0], 'refused')], leaseMs);
    expect(await settledMessages(db.pool)).toMatchObject([{ status: 'PENDING', attempts: 1 }]);
    await settleMixed(database, again, [outcome(ids[0], 'refused', { attemptsBefore: 1 })], leaseMs);
    expect(await settledMessages(db.pool)).toMatchObject([{ status: 'FAILED', attempts: 2, ambiguous: true }]);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });
});

describe('a holder whose lease was lost', () => {
  test('settles nothing at all', async () => {
    const { batch, ids, mailingId } = await hold(db.pool, database, 4);
    await expireLeases(db.pool);
    await freeExpiredLeases(database);
    const holder = given(await leaseBatch(database, mailingId, leaseMs, 500));
    const before = await everything();
    expect(await settleAccepted(database, batch, ids, leaseMs)).toBeNull();
    expect(
      await settleMixed(
        database,
        batch,
        ids.map((id) => outcome(id, 'retry')),
        leaseMs,
      ),
    ).toBeNull();
    expect(await everything()).toEqual(before);
    expect(await settleAccepted(database, holder, ids, leaseMs)).toEqual({ settled: 4, pending: 0 });
  });

  test('by the clock alone still settles, as long as nobody else has it', async () => {
    const { batch, ids } = await hold(db.pool, database, 2);
    await expireLeases(db.pool);
    expect(await settleAccepted(database, batch, ids.slice(0, 1), leaseMs)).toEqual({ settled: 1, pending: 1 });
    expect(await freeExpiredLeases(database)).toEqual([]);
  });
});

test('what goes to a new batch from one that was rescued stays possibly taken; what goes from any other does not', async () => {
  for (const rescued of [true, false]) {
    await clearEngine(db.pool);
    const { batch, ids, mailingId } = await hold(db.pool, database, 1);
    if (rescued) await expireLeases(db.pool);
    if (rescued) await freeExpiredLeases(database);
    const holder = rescued ? given(await leaseBatch(database, mailingId, leaseMs, 500)) : batch;
    await settleMixed(database, holder, [outcome(ids[0], 'retry')], leaseMs);
    expect((await settledMessages(db.pool)).map((message) => message.ambiguous)).toEqual([rescued]);
  }
});
