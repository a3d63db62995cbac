// A lane whose database fails at any one of its statements ends cleanly: nothing is lost, nothing is sent twice, nothing is left running.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { freeExpiredLeases } from '../../src/database/batch-queries.ts';
import { makeHttpProvider } from '../../src/provider/http-provider.ts';
import type { Provider } from '../../src/domain/send-outcome.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { breakAt, makeLane } from '../support/engine-lane.ts';
import type { Break } from '../support/engine-lane.ts';
import { addBatch, addMailing, clearEngine, countsOf, expireLeases, faultsOfCounters, statusOf } from '../support/engine-seed.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import type { StubProvider } from '../support/stub-provider.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const connections = 4;
const size = 12;
let db: TestDatabase;
let engine: Engine;
let stub: StubProvider;
let provider: Provider;
const unhandled: unknown[] = [];
const remember = (reason: unknown): void => void unhandled.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', remember);
  db = await createTestDatabase();
  engine = await startEngine(db.url);
  stub = await startStubProvider();
  provider = makeHttpProvider({ url: stub.url, token: { current: () => 'token', generation: () => 0 }, connections });
});
beforeEach(async () => clearEngine(db.pool));
afterAll(async () => {
  process.off('unhandledRejection', remember);
  await provider.close();
  await stub.close();
  await engine[Symbol.asyncDispose]();
  await db.drop();
});

async function seed(): Promise<string> {
  const mailingId = await addMailing(db.pool);
  for (let batch = 0; batch < 3; batch += 1) await addBatch(db.pool, mailingId, { size: size / 3 });
  return mailingId;
}

/** One slice of a lane under a fault. Says how many statements it asked. */
async function sliceUnder(mailingId: string, nth: number, how: Break): Promise<number> {
  const started = vi.spyOn(globalThis, 'setInterval');
  const ended = vi.spyOn(globalThis, 'clearInterval');
  const database = breakAt(engine.database, nth, how);
  const lane = makeLane({ ...engine, database, gateDatabase: engine.database, provider, connections });
  try {
    // It may reject when the fault is outside of the lane itself: the job then fails and runs again.
    await lane.send(mailingId, 1, new AbortController().signal).catch(() => undefined);
  } finally {
    await lane[Symbol.asyncDispose]();
  }
  // Every connection is free again, and no heartbeat keeps a lease for nobody.
  for (let slot = 0; slot < connections; slot += 1) expect(lane.slots.acquire()).toBeUndefined();
  const running = new Set(started.mock.results.map(({ value }) => value));
  for (const [timer] of ended.mock.calls) running.delete(timer);
  expect([...running].filter((timer) => timer instanceof Object && 'hasRef' in timer && timer.hasRef())).toEqual([]);
  started.mockRestore();
  ended.mockRestore();
  return database.count();
}

describe.each<[string, Break]>([
  ['does not arrive', 'before'],
  ['is done, but its answer is lost', 'after'],
])('a statement that %s', (_, how) => {
  test('wherever it is: the mailing is sent in the end, each message once', async () => {
    let statements = Number.POSITIVE_INFINITY;
    for (let nth = 1; nth <= statements; nth += 1) {
      const requestsBefore = stub.ledger.length;
      const mailingId = await seed();
      statements = await sliceUnder(mailingId, nth, how);
      expect(await faultsOfCounters(db.pool)).toEqual([]);
      // As after the end of its lease: what the lane could not give back is there for the next one.
      await expireLeases(db.pool);
      await freeExpiredLeases(engine.database);
      await sliceUnder(mailingId, Number.POSITIVE_INFINITY, how);
      await engine.finish(mailingId);
      expect({ nth, ...(await countsOf(db.pool, mailingId)) }).toMatchObject({ nth, total: size, sent: size });
      expect(await statusOf(db.pool, mailingId)).toBe('COMPLETED');
      expect({ nth, requests: stub.ledger.length - requestsBefore }).toEqual({ nth, requests: size });
      expect(await faultsOfCounters(db.pool)).toEqual([]);
    }
    // Leases, portions, settlings, releases of three batches, and the job that is left.
    expect(statements).toBeGreaterThan(12);
    expect(unhandled).toEqual([]);
  });
});
