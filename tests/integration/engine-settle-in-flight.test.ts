// Settling what people changed while its request was in flight: the true outcome wins, and is counted where the message is.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { settleAccepted, settleMixed } from '../../src/database/settle-queries.ts';
import { clearEngine, countsOf, faultsOfCounters, first, openEngineDatabase, waitForLock } from '../support/engine-seed.ts';
import { begin, cancel, hold, leaseMs, move, outcome, settledMessages } from '../support/settling.ts';
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

describe('a message that a person cancelled while its request was in flight', () => {
  test.each(['accepted', 'refused'] as const)('takes its true outcome: %s', async (kind) => {
    const { mailingId, batch, ids } = await hold(db.pool, database, 3);
    await cancel(db.pool, ids[0]);
    expect(await countsOf(db.pool, mailingId)).toMatchObject({ pending: 2, cancelled: 1 });
    const result = await (kind === 'accepted'
      ? settleAccepted(database, batch, ids.slice(0, 2), leaseMs)
      : settleMixed(
          database,
          batch,
          ids.slice(0, 2).map((id) => outcome(id, kind)),
          leaseMs,
        ));
    expect(result).toEqual({ settled: 2, pending: 1 });
    expect(await countsOf(db.pool, mailingId)).toMatchObject({ pending: 1, cancelled: 0, [kind === 'accepted' ? 'sent' : 'failed']: 2 });
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test.each(['retry', 'ambiguous', 'held'] as const)('stays CANCELLED without one: %s', async (kind) => {
    const { mailingId, batch, ids } = await hold(db.pool, database, 2);
    await cancel(db.pool, ids[0]);
    await settleMixed(database, batch, [outcome(ids[0], kind)], leaseMs);
    expect(await countsOf(db.pool, mailingId)).toMatchObject({ pending: 1, cancelled: 1, unconfirmed: 0 });
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test.each(['accepted', 'mixed'] as const)('is counted right when both happen at the same time: %s', async (kind) => {
    const { mailingId, batch, ids } = await hold(db.pool, database, 3);
    const person = await begin(db.pool);
    await cancel(person, ids[0]);
    const settling =
      kind === 'accepted'
        ? settleAccepted(database, batch, ids.slice(0, 2), leaseMs)
        : settleMixed(
            database,
            batch,
            ids.slice(0, 2).map((id) => outcome(id, 'accepted')),
            leaseMs,
          );
    await waitForLock(db.pool);
    await person.commit();
    expect(await settling).toEqual({ settled: 2, pending: 1 });
    expect(await countsOf(db.pool, mailingId)).toMatchObject({ total: 3, pending: 1, sent: 2, cancelled: 0 });
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });
});

describe('a message that went to another batch while in flight', () => {
  test.each(['accepted', 'refused', 'held'] as const)('is counted where it is when its outcome is %s', async (kind) => {
    const { batch, ids, mailingId } = await hold(db.pool, database, 2);
    const there = await move(db.pool, ids[0]);
    const outcomes = ids.map((id) => outcome(id, kind));
    expect(
      await (kind === 'accepted' ? settleAccepted(database, batch, ids, leaseMs) : settleMixed(database, batch, outcomes, leaseMs)),
    ).toEqual({ settled: 2, pending: 0 });
    expect((await db.pool.query('select pending from batch where id = $1', [there])).rows).toEqual([{ pending: 0 }]);
    expect(await countsOf(db.pool, mailingId)).toMatchObject({ pending: 0 });
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test.each(['retry', 'ambiguous'] as const)('stays there, in the hours of its new time zone, when its outcome is %s', async (kind) => {
    const { batch, ids } = await hold(db.pool, database, 2);
    const there = await move(db.pool, ids[0]);
    expect(
      await settleMixed(
        database,
        batch,
        ids.map((id) => outcome(id, kind)),
        leaseMs,
      ),
    ).toEqual({ settled: 2, pending: null });
    const rows = await settledMessages(db.pool);
    expect(rows[0]).toMatchObject({ status: 'PENDING', attempts: 1, batch: there, error: 'HTTP_500' });
    expect(rows[1]).toMatchObject({ status: 'PENDING', attempts: 1 });
    expect([there, batch.id]).not.toContain(rows[1]?.batch);
    expect((await db.pool.query('select from batch where pending > 0')).rowCount).toBe(2);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test.each(['accepted', 'retry'] as const)('at the very time of settling is counted right when its outcome is %s', async (kind) => {
    const { batch, ids } = await hold(db.pool, database, 2);
    const person = await begin(db.pool);
    await person.query('select from batch where id = $1 for update', [batch.id]);
    const settling =
      kind === 'accepted'
        ? settleAccepted(database, batch, ids, leaseMs)
        : settleMixed(
            database,
            batch,
            ids.map((id) => outcome(id, kind)),
            leaseMs,
          );
    await waitForLock(db.pool);
    const { rows } = await person.query<{ id: string }>(
      "insert into batch (mailing_id, time_zone, due_at, close_at, pending) values ($1, 'Asia/Tokyo', instant_now(), 'infinity', 1) returning id::text",
      [batch.mailingId],
    );
    await person.query('update message set batch_id = $2 where id = $1', [ids[0], first(rows).id]);
    await person.query('update batch set pending = pending - 1 where id = $1', [batch.id]);
    await person.commit();
    await settling;
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });
});
