// A message that could not be started at its turn (its permit expired, the gate closed, its connection was not ready) gets another one:
// the end of its first turn, however late, must not give its batch away while the second one has a request running.
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { leaseBatch } from '../../src/database/batch-queries.ts';
import type { Database } from '../../src/database/database.ts';
import type { Provider } from '../../src/domain/send-outcome.ts';
import { makeDatabaseClock } from '../../src/operations/database-clock.ts';
import { makeLeasedMessages } from '../../src/operations/leased-messages.ts';
import type { LeasedMessages } from '../../src/operations/leased-messages.ts';
import { makeProviderGate } from '../../src/operations/provider-gate.ts';
import type { ProviderGate } from '../../src/operations/provider-gate.ts';
import { makeRateLimiter } from '../../src/operations/rate-limiter.ts';
import { toSettled } from '../../src/operations/settled-outcome.ts';
import { addBatch, addMailing, clearEngine, countsOf, faultsOfCounters, given, openEngineDatabase } from '../support/engine-seed.ts';
import { silentChanges } from '../support/operations.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const log = pino({ level: 'silent' });
const leaseMs = 60_000;
let db: TestDatabase;
let database: Database;
let gate: ProviderGate;

beforeAll(async () => {
  db = await createTestDatabase();
  database = await openEngineDatabase(db.url);
});
beforeEach(async () => {
  await clearEngine(db.pool);
  gate = makeProviderGate({ database, provider: nobody, probeMs: 5_000, wakeSenders: async () => undefined, changes: silentChanges, log });
});
afterEach(async () => gate[Symbol.asyncDispose]());
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await db.drop();
});

/** The test sends by itself. */
const nobody: Provider = {
  send: async () => Promise.reject(new Error('nobody sends here')),
  tokenGeneration: () => 0,
  giveUp: () => undefined,
  close: async () => undefined,
};

function laneOf(mailingId: string): LeasedMessages {
  const clock = makeDatabaseClock(() => performance.now());
  const limiter = makeRateLimiter({ database, clock, providerRate: null });
  const isOver = (): boolean => false;
  return makeLeasedMessages({ database, clock, gate, limiter, leaseMs, log, isOver, onSettled: () => undefined }, mailingId);
}

const leases = async (): Promise<number | null> => (await db.pool.query('select from batch where lease_token is not null')).rowCount;

test('a message put back and taken again stays under its lease until its second turn is over', async () => {
  const mailingId = await addMailing(db.pool);
  const { messageIds } = await addBatch(db.pool, mailingId, { size: 1 });
  const lane = laneOf(mailingId);
  const first = given(await lane.next());
  lane.putBack(first);
  const second = given(await lane.next());
  expect([first.messageId, second.messageId]).toEqual([messageIds[0], messageIds[0]]);
  second.held.started.add(second.messageId);
  // Nothing else is there to send: only the request of the second turn keeps the batch.
  expect(await lane.next()).toBeNull();

  lane.done(first);
  await second.held.settler.flush();
  expect([...second.held.inFlight], 'in flight').toEqual([second.messageId]);
  expect([...second.held.started], 'started').toEqual([second.messageId]);
  expect(await leases()).toBe(1);
  expect(await leaseBatch(database, mailingId, leaseMs, 500)).toBeNull();

  second.held.settler.add(given(toSettled({ gate, onAmbiguous: 'resend', random: Math.random }, second, { kind: 'accepted' }, 0)));
  lane.done(second);
  expect(await lane.finish()).toEqual({ reason: 'nothing-due' });
  expect(await countsOf(db.pool, mailingId)).toMatchObject({ total: 1, sent: 1, pending: 0 });
  expect(await leases()).toBe(0);
  expect(await faultsOfCounters(db.pool)).toEqual([]);
});

test('a message put back at the end of the lane is given back with its batch, and nothing of it was sent', async () => {
  const mailingId = await addMailing(db.pool);
  await addBatch(db.pool, mailingId, { size: 3 });
  const lane = laneOf(mailingId);
  const message = given(await lane.next());
  await lane.handBack();
  lane.putBack(message);
  expect(await lane.next()).toBeNull();
  lane.done(message);
  expect(await lane.finish()).toEqual({ reason: 'stopped' });
  expect(await leases()).toBe(0);
  expect(await countsOf(db.pool, mailingId)).toMatchObject({ total: 3, pending: 3 });
  expect(given(await leaseBatch(database, mailingId, leaseMs, 500)).rescues).toBe(0);
});
