// What the metrics say of the queue is what is in it.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { leaseBatch } from '../../src/database/batch-queries.ts';
import type { Database } from '../../src/database/database.ts';
import { readQueueState } from '../../src/database/queue-state-queries.ts';
import { addBatch, addMailing, clearEngine, openEngineDatabase } from '../support/engine-seed.ts';
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

const none = { scheduled: 0, running: 0, paused: 0 };

test('an empty queue has nothing in it and an open gate', async () => {
  expect(await readQueueState(database)).toEqual({ gate: 'OPEN', mailings: none, messages: none, oldestDueMs: null, leases: 0 });
});

test('pending messages and mailings are counted by the state of their mailing; those that are over or deleted are not', async () => {
  await addMailing(db.pool, { status: 'SCHEDULED', startsInMs: 60_000 });
  await addBatch(db.pool, await addMailing(db.pool), { size: 30 });
  await addBatch(db.pool, await addMailing(db.pool, { status: 'PAUSED' }), { size: 7 });
  await addMailing(db.pool, { status: 'COMPLETED' });
  await addBatch(db.pool, await addMailing(db.pool, { deleted: true }), { size: 3 });
  expect(await readQueueState(database)).toMatchObject({
    mailings: { scheduled: 1, running: 1, paused: 1 },
    messages: { scheduled: 0, running: 30, paused: 7 },
  });
});

test('the oldest due batch is one that could be leased: of a running mailing, due, open, and held by nobody', async () => {
  const mailingId = await addMailing(db.pool);
  await addBatch(db.pool, mailingId, { size: 1, dueInMs: 60_000 });
  await addBatch(db.pool, mailingId, { size: 1, dueInMs: -900_000, closeInMs: -1 });
  await addBatch(db.pool, await addMailing(db.pool, { status: 'PAUSED' }), { size: 1, dueInMs: -900_000 });
  expect((await readQueueState(database)).oldestDueMs).toBeNull();

  await addBatch(db.pool, mailingId, { size: 1, dueInMs: -300_000 });
  await addBatch(db.pool, mailingId, { size: 1, dueInMs: -100_000 });
  const waitedMs = (await readQueueState(database)).oldestDueMs ?? 0;
  expect(waitedMs).toBeGreaterThanOrEqual(300_000);
  expect(waitedMs).toBeLessThan(400_000);

  await leaseBatch(database, mailingId, 60_000, 0);
  const held = await readQueueState(database);
  expect(held.leases).toBe(1);
  expect(held.oldestDueMs).toBeGreaterThanOrEqual(100_000);
  expect(held.oldestDueMs).toBeLessThan(300_000);
});
