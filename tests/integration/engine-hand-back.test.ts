// Giving a batch back while some of its messages are still in flight: those stay under the lease in a batch of their own, the rest is free.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  beginAlone,
  endAlone,
  freeExpiredLeases,
  leaseBatch,
  newBatchId,
  readPortion,
  releaseAllBut,
  releaseBatch,
} from '../../src/database/batch-queries.ts';
import type { LeasedBatch } from '../../src/database/batch-queries.ts';
import type { Database } from '../../src/database/database.ts';
import { settleAccepted } from '../../src/database/settle-queries.ts';
import { addBatch, addMailing, clearEngine, expireLeases, faultsOfCounters, given, openEngineDatabase } from '../support/engine-seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const leaseMs = 60_000;
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

async function leaseOf(size: number): Promise<{ mailingId: string; messageIds: string[]; batch: LeasedBatch }> {
  const mailingId = await addMailing(db.pool);
  const { messageIds } = await addBatch(db.pool, mailingId, { size });
  return { mailingId, messageIds, batch: given(await leaseBatch(database, mailingId, leaseMs, 500)) };
}

/** As the settler does it; returns the batch that is kept. */
async function keep(batch: LeasedBatch, messageIds: readonly string[]): Promise<LeasedBatch> {
  const id = await newBatchId(database);
  expect(await releaseAllBut(database, batch, messageIds, id, leaseMs)).toBe(true);
  return { ...batch, id };
}

test('what is not kept can be leased at once, what is kept is settled under the old lease', async () => {
  const { mailingId, messageIds, batch } = await leaseOf(10);
  const inFlight = messageIds.slice(2, 5);
  const kept = await keep(batch, inFlight);
  expect(await faultsOfCounters(db.pool)).toEqual([]);

  const next = given(await leaseBatch(database, mailingId, leaseMs, 500));
  expect(next).toMatchObject({ id: batch.id });
  expect(given(await readPortion(database, next, '0')).ids).toEqual(messageIds.toSpliced(2, 3));
  expect(await leaseBatch(database, mailingId, leaseMs, 500)).toBeNull();

  expect(await settleAccepted(database, kept, inFlight, leaseMs)).toMatchObject({ settled: 3, pending: 7 });
  await releaseBatch(database, kept);
  expect(await faultsOfCounters(db.pool)).toEqual([]);
  expect((await db.pool.query('select from batch')).rowCount).toBe(1);
});

test('done again, because the answer to the commit was lost, it changes nothing', async () => {
  const { messageIds, batch } = await leaseOf(10);
  const id = await newBatchId(database);
  const keepThree = async (): Promise<boolean> => releaseAllBut(database, batch, messageIds.slice(0, 3), id, leaseMs);
  expect(await keepThree()).toBe(true);
  const rows = async () => (await db.pool.query('select id, pending, lease_token from batch order by id')).rows;
  const before = await rows();
  expect(await keepThree()).toBe(true);
  expect(await rows()).toEqual(before);
  expect(await faultsOfCounters(db.pool)).toEqual([]);
});

test('with everything in flight nothing is left to give back; with nothing in flight nothing is kept in the end', async () => {
  const all = await leaseOf(3);
  const keptAll = await keep(all.batch, all.messageIds);
  expect((await db.pool.query('select from batch where lease_token is null')).rowCount).toBe(0);
  await releaseBatch(database, keptAll);

  const none = await leaseOf(3);
  const keptNone = await keep(none.batch, []);
  await releaseBatch(database, keptNone);
  expect((await db.pool.query('select pending from batch order by id')).rows).toEqual([{ pending: 3 }, { pending: 3 }]);
  expect(await faultsOfCounters(db.pool)).toEqual([]);
});

test('messages that were settled, cancelled or moved meanwhile stay where they are', async () => {
  const { messageIds, batch } = await leaseOf(5);
  await settleAccepted(database, batch, messageIds.slice(0, 2), leaseMs);
  const kept = await keep(batch, messageIds.slice(0, 3));
  const { rows } = await db.pool.query('select count(*)::int as n from message where batch_id = $1', [kept.id]);
  expect(rows).toEqual([{ n: 1 }]);
  expect(await faultsOfCounters(db.pool)).toEqual([]);
});

test('a lease that is lost gives nothing back', async () => {
  const { messageIds, batch } = await leaseOf(5);
  await expireLeases(db.pool);
  await freeExpiredLeases(database);
  expect(await releaseAllBut(database, batch, messageIds.slice(0, 2), await newBatchId(database), leaseMs)).toBe(false);
  expect((await db.pool.query('select pending, rescues from batch')).rows).toEqual([{ pending: 5, rescues: 1 }]);
  expect(await faultsOfCounters(db.pool)).toEqual([]);
});

test('a message begun alone is counted until another one is, or until it is well; the next holder hears of it', async () => {
  const { mailingId, messageIds, batch } = await leaseOf(3);
  const [one = '', two = ''] = messageIds;
  const begun = [];
  for (const id of [one, one, two, one]) begun.push(await beginAlone(database, batch, id));
  expect(begun).toEqual([1, 2, 1, 1]);
  await releaseBatch(database, batch);
  const next = given(await leaseBatch(database, mailingId, leaseMs, 500));
  expect(next.suspectId).toBe(one);
  expect(await beginAlone(database, next, one)).toBe(2);
  expect(await beginAlone(database, batch, one)).toBeNull();
  await endAlone(database, next);
  expect(await beginAlone(database, next, one)).toBe(1);
});
