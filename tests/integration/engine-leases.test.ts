// Leasing a batch: who gets which, when, and what becomes of a holder that is gone or late.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  extendLeases,
  freeExpiredLeases,
  leaseBatch,
  nextDue,
  readPortion,
  recheckPortion,
  releaseBatch,
} from '../../src/database/batch-queries.ts';
import type { LeasedBatch } from '../../src/database/batch-queries.ts';
import type { Database } from '../../src/database/database.ts';
import {
  addBatch,
  addMailing,
  clearEngine,
  expireLeases,
  faultsOfCounters,
  first,
  given,
  openEngineDatabase,
  waitForLock,
} from '../support/engine-seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const leaseMs = 60_000;
const guardMs = 500;
let db: TestDatabase;
let one: Database;
let two: Database;

beforeAll(async () => {
  db = await createTestDatabase();
  [one, two] = await Promise.all([openEngineDatabase(db.url), openEngineDatabase(db.url)]);
});
beforeEach(async () => clearEngine(db.pool));
afterAll(async () => {
  await Promise.all([one[Symbol.asyncDispose](), two[Symbol.asyncDispose]()]);
  await db.drop();
});

const lease = async (mailingId: string, worker = one): Promise<LeasedBatch | null> => leaseBatch(worker, mailingId, leaseMs, guardMs);

async function leaseUntil(batchId: string): Promise<number> {
  const { rows } = await db.pool.query<{ at: number }>(
    'select extract(epoch from lease_until)::float8 * 1000 as at from batch where id = $1',
    [batchId],
  );
  return first(rows).at;
}

describe('a lease', () => {
  test('goes to one worker only, however many ask at once', async () => {
    const mailingId = await addMailing(db.pool);
    for (let batch = 0; batch < 60; batch += 1) await addBatch(db.pool, mailingId, { size: 1 });
    const asked = Array.from({ length: 100 }, async (_, n) => lease(mailingId, n % 2 === 0 ? one : two));
    const got = (await Promise.all(asked)).filter((batch) => batch !== null);
    // Everybody may skip what another is just leasing: who came away empty asks again.
    for (let batch = await lease(mailingId); batch !== null; batch = await lease(mailingId, two)) got.push(batch);
    expect(got.length).toBe(60);
    expect(new Set(got.map((batch) => batch.id)).size).toBe(60);
    expect(new Set(got.map((batch) => batch.token)).size).toBe(60);
  });

  test('is one batch, also by a plan that runs the search for each row of the table', async () => {
    const mailingId = await addMailing(db.pool);
    await addBatch(db.pool, mailingId, { size: 1 });
    // The planner takes the table for a single row.
    await db.pool.query('vacuum analyze batch');
    for (let batch = 0; batch < 20; batch += 1) await addBatch(db.pool, mailingId, { size: 1 });
    const without = ['indexscan', 'bitmapscan', 'hashjoin', 'mergejoin', 'material'].map((plan) => `-c enable_${plan}=off`).join(' ');
    await using planned = await openEngineDatabase(`${db.url}?options=${encodeURIComponent(without)}`, 1);
    expect(await lease(mailingId, planned)).not.toBeNull();
    const { rows } = await db.pool.query('select count(*)::int as leased from batch where lease_token is not null');
    expect(rows).toEqual([{ leased: 1 }]);
  });

  test('takes what is due earliest first, nothing before it is due, nothing that closes within the guard', async () => {
    const mailingId = await addMailing(db.pool);
    const later = await addBatch(db.pool, mailingId, { size: 1, dueInMs: -1_000 });
    const earlier = await addBatch(db.pool, mailingId, { size: 1, dueInMs: -5_000 });
    await addBatch(db.pool, mailingId, { size: 1, dueInMs: 60_000 });
    await addBatch(db.pool, mailingId, { size: 1, dueInMs: -9_000, closeInMs: guardMs - 100 });
    expect((await lease(mailingId))?.id).toBe(earlier.id);
    expect((await lease(mailingId))?.id).toBe(later.id);
    expect(await lease(mailingId)).toBeNull();
  });

  test.each([
    ['is paused', "update mailing set status = 'PAUSED'"],
    ['is cancelled', "update mailing set status = 'CANCELLED', finished_at = instant_now()"],
    ['is deleted', 'update mailing set deleted_at = instant_now()'],
    ['ends within the guard', "update mailing set ends_at = instant_now() + interval '0.3 seconds'"],
  ])('is refused and not announced when the mailing %s', async (_, change) => {
    const mailingId = await addMailing(db.pool);
    await addBatch(db.pool, mailingId, { size: 1 });
    expect((await nextDue(one, mailingId, guardMs)).dueAt).not.toBeNull();
    await db.pool.query(change);
    expect(await lease(mailingId)).toBeNull();
    expect((await nextDue(one, mailingId, guardMs)).dueAt).toBeNull();
  });

  test('is kept by extending it, and tells which are still held', async () => {
    const mailingId = await addMailing(db.pool);
    await addBatch(db.pool, mailingId, { size: 1 });
    await addBatch(db.pool, mailingId, { size: 1 });
    const [mine, lost] = [given(await lease(mailingId)), given(await lease(mailingId))];
    const before = await leaseUntil(mine.id);
    await db.pool.query('update batch set lease_token = lease_token + 1000 where id = $1', [lost.id]);
    expect(await extendLeases(one, [mine, lost], 10 * leaseMs)).toEqual({ extended: [mine.id], busy: [] });
    expect(await leaseUntil(mine.id)).toBeGreaterThan(before + 8 * leaseMs);
  });

  test('is extended whatever becomes of another one whose row is locked, which is not taken for lost', async () => {
    const mailingId = await addMailing(db.pool);
    await addBatch(db.pool, mailingId, { size: 1 });
    await addBatch(db.pool, mailingId, { size: 1 });
    const [locked, free] = [given(await lease(mailingId)), given(await lease(mailingId))];
    const settling = await db.pool.connect();
    try {
      await settling.query('begin');
      await settling.query('select from batch where id = $1 for update', [locked.id]);
      expect(await extendLeases(one, [locked, free], 10 * leaseMs)).toEqual({ extended: [free.id], busy: [locked.id] });
    } finally {
      await settling.query('rollback');
      settling.release();
    }
    expect(await extendLeases(one, [locked, free], 10 * leaseMs)).toEqual({ extended: [locked.id, free.id], busy: [] });
  });

  test('that is given back is there for others; an empty batch goes away', async () => {
    const mailingId = await addMailing(db.pool);
    await addBatch(db.pool, mailingId, { size: 2 });
    const held = given(await lease(mailingId));
    await releaseBatch(one, held);
    await releaseBatch(one, held);
    const again = given(await lease(mailingId, two));
    expect(again).toMatchObject({ id: held.id, rescues: 0 });
    await db.pool.query("update message set status = 'CANCELLED', finished_at = instant_now()");
    await db.pool.query('update batch set pending = 0');
    await releaseBatch(two, again);
    expect((await db.pool.query('select from batch')).rowCount).toBe(0);
  });

  test('that is given back while somebody cancels the last message leaves no batch behind', async () => {
    const mailingId = await addMailing(db.pool);
    await addBatch(db.pool, mailingId, { size: 1 });
    const held = given(await lease(mailingId));
    const person = await db.pool.connect();
    await person.query('begin');
    await person.query('update batch set pending = 0 where id = $1', [held.id]);
    const released = releaseBatch(one, held);
    await waitForLock(db.pool);
    await person.query('commit');
    person.release();
    await released;
    expect((await db.pool.query('select from batch')).rowCount).toBe(0);
  });
});

describe('a lease that ran out', () => {
  test('is freed with its rescue counted, and goes to the next holder', async () => {
    const mailingId = await addMailing(db.pool);
    const batch = await addBatch(db.pool, mailingId, { size: 3 });
    await addBatch(db.pool, mailingId, { size: 3, dueInMs: 60_000 });
    const held = given(await lease(mailingId));
    expect(await freeExpiredLeases(one)).toEqual([]);
    expect(await lease(mailingId, two)).toBeNull();
    await expireLeases(db.pool);
    const freed = await Promise.all([freeExpiredLeases(one), freeExpiredLeases(two)]);
    expect(freed.flat()).toEqual([{ mailingId, batchId: batch.id, rescues: 1 }]);
    const next = given(await lease(mailingId, two));
    expect(next).toMatchObject({ id: batch.id, rescues: 1 });
    expect(BigInt(next.token)).toBeGreaterThan(BigInt(held.token));
  });

  test('tells its late holder so: it reads nothing, keeps nothing, gives nothing back', async () => {
    const mailingId = await addMailing(db.pool);
    const { messageIds } = await addBatch(db.pool, mailingId, { size: 3 });
    const late = given(await lease(mailingId));
    await expireLeases(db.pool);
    await freeExpiredLeases(one);
    const holder = given(await lease(mailingId, two));
    const before = await leaseUntil(holder.id);
    expect(await readPortion(one, late, '0')).toBeNull();
    expect(await recheckPortion(one, late, messageIds)).toBeNull();
    expect(await extendLeases(one, [late], leaseMs)).toEqual({ extended: [], busy: [] });
    await releaseBatch(one, late);
    expect(await leaseUntil(holder.id)).toBe(before);
    expect((await readPortion(two, holder, '0'))?.ids).toEqual(messageIds);
  });

  test('is not freed when its holder extends it at that moment', async () => {
    const mailingId = await addMailing(db.pool);
    await addBatch(db.pool, mailingId, { size: 1 });
    const held = given(await lease(mailingId));
    await expireLeases(db.pool);
    const [kept, freed] = await Promise.all([extendLeases(one, [held], leaseMs), freeExpiredLeases(two)]);
    expect(kept.extended.length + freed.length).toBe(1);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });
});

describe('a portion', () => {
  test('comes in id order, at most 84 at a time, without what is no longer pending or no longer in the batch', async () => {
    const mailingId = await addMailing(db.pool, { text: 'Hi', ratePerSecond: 7 });
    const { id, messageIds } = await addBatch(db.pool, mailingId, { size: 200 });
    const other = await addBatch(db.pool, mailingId, { size: 1, dueInMs: 60_000 });
    await db.pool.query("update message set status = 'CANCELLED', finished_at = instant_now() where id = $1", [messageIds[1]]);
    await db.pool.query('update message set batch_id = $2 where id = $1', [messageIds[2], other.id]);
    const held = given(await lease(mailingId));
    expect(held.id).toBe(id);
    const portion = given(await readPortion(one, held, '0'));
    const left = messageIds.toSpliced(1, 2);
    expect(portion.ids).toEqual(left.slice(0, 84));
    expect(portion).toMatchObject({ text: 'Hi', ratePerSecond: 7, mailingStatus: 'RUNNING', mailingDeleted: false, gateState: 'OPEN' });
    expect((await readPortion(one, held, first(portion.ids?.slice(-1) ?? [])))?.ids).toEqual(left.slice(84, 168));
    expect((await recheckPortion(one, held, messageIds.slice(0, 4)))?.ids).toEqual([messageIds[0], messageIds[3]]);
    expect((await readPortion(one, held, given(left.at(-1))))?.ids).toBeNull();
  });

  test('carries the earlier of the end and the closing as its deadline', async () => {
    const mailingId = await addMailing(db.pool, { endsInMs: 60_000 });
    await addBatch(db.pool, mailingId, { size: 1, closeInMs: 30_000 });
    const held = given(await lease(mailingId));
    const portion = given(await readPortion(one, held, '0'));
    expect(Math.abs(portion.deadlineAt - portion.now - 30_000)).toBeLessThan(9_000);
    await db.pool.query("update mailing set ends_at = instant_now() + interval '10 seconds'");
    const sooner = given(await readPortion(one, held, '0'));
    expect(Math.abs(sooner.deadlineAt - sooner.now - 10_000)).toBeLessThan(9_000);
  });
});
