// Caps per second hold over all workers, are used nearly in full, and change while mailings are being sent.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { addRateKeys, takeSlots } from '../../src/database/rate-queries.ts';
import { makeDatabaseClock } from '../../src/operations/database-clock.ts';
import { makeRateLimiter } from '../../src/operations/rate-limiter.ts';
import type { RateLimiter } from '../../src/operations/rate-limiter.ts';
import {
  addBatch,
  addMailing,
  clearEngine,
  faultsOfCounters,
  given,
  openEngineDatabase,
  setClock,
  statusOf,
} from '../support/engine-seed.ts';
import { startTestWorker } from '../support/engine-worker.ts';
import { eventually } from '../support/eventually.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let databases: readonly Database[];

beforeAll(async () => {
  db = await createTestDatabase();
  databases = await Promise.all([openEngineDatabase(db.url), openEngineDatabase(db.url)]);
});
beforeEach(async () => clearEngine(db.pool));
afterAll(async () => {
  await Promise.all(databases.map(async (database) => database[Symbol.asyncDispose]()));
  await db.drop();
});

/** How many instants lie in each whole second; the first and the last second, which are not whole, left out. */
function perSecond(instants: readonly number[]): number[] {
  const seconds = instants.map((at) => Math.floor(at / 1_000));
  const [from, to] = [Math.min(...seconds), Math.max(...seconds)];
  return Array.from({ length: Math.max(0, to - from - 1) }, (_, n) => seconds.filter((second) => second === from + 1 + n).length);
}

function median(values: readonly number[]): number {
  return given(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]);
}

describe('the slots of a second', () => {
  const caps = [
    { key: 'mailing:1', perSecond: 10 },
    { key: 'provider', perSecond: 100 },
  ];
  const at = Date.parse('2027-06-15T09:00:00Z') / 1_000;

  test('need their rows, and are handed out once', async () => {
    const [database] = databases;
    // A tenth into the second: nothing is over yet.
    await setClock(db.pool, '2027-06-15T09:00:00.020Z');
    expect(await takeSlots(given(database), caps, at, 4)).toBeNull();
    await addRateKeys(given(database), ['mailing:1', 'provider']);
    await addRateKeys(given(database), ['mailing:1']);
    await setClock(db.pool, '2027-06-15T09:00:00.020Z');
    const grants = await Promise.all([0, 1, 0, 1].map(async (n) => takeSlots(given(databases[n]), caps, at, 4)));
    expect(grants.map((grant) => given(grant).granted).toSorted((a, b) => b - a)).toEqual([4, 4, 2, 0]);
    expect(given(await takeSlots(given(database), [given(caps[1])], at, 1_000)).granted).toBe(90);
  });

  test('are those of the second that was asked for', async () => {
    const [database] = databases;
    await addRateKeys(given(database), ['mailing:1', 'provider']);
    await setClock(db.pool, '2027-06-15T09:00:01.020Z');
    expect(await takeSlots(given(database), caps, at, 4)).toMatchObject({ granted: 0, second: at + 1 });
  });

  test('whose turn is over are lost: a pause never turns into a burst', async () => {
    const [database] = databases;
    await addRateKeys(given(database), ['mailing:1', 'provider']);
    await setClock(db.pool, '2027-06-15T09:00:00.700Z');
    expect(given(await takeSlots(given(database), [given(caps[1])], at, 1_000)).granted).toBeLessThan(40);
  });
});

describe('two workers', () => {
  interface Use {
    readonly mailing: string;
    readonly at: number;
    readonly limiter: RateLimiter;
  }

  interface Run {
    readonly providerRate: number | null;
    readonly rates: Readonly<Record<string, number | null>>;
    readonly ms: number;
    /** Runs once on the way. */
    readonly midway?: (limiters: readonly RateLimiter[], usesSoFar: number) => void;
  }

  /** Requests of two mailings as fast as permits come, on two limiters with a connection and a clock each. The instants are the database's. */
  async function run({ providerRate, rates, ms, midway }: Run): Promise<Use[]> {
    const uses: Use[] = [];
    let over = false;
    const limiters = databases.map((database) => {
      const clock = makeDatabaseClock(() => performance.now());
      return { limiter: makeRateLimiter({ database, clock, providerRate }), clock, database };
    });
    for (const { clock, database } of limiters) {
      const askedAt = performance.now();
      const [row] = await database.rows<{ now: number }>('select floor(extract(epoch from instant_now()) * 1000)::float8 as now');
      clock.observe(given(row).now, askedAt);
    }
    const requests = limiters.flatMap(({ limiter, clock }) =>
      Object.entries(rates).flatMap(([mailing, rate]) => {
        limiter.observe(mailing, rate, performance.now());
        return Array.from({ length: 8 }, async () => {
          for (;;) {
            const permit = await limiter.acquire(mailing, null, 8, () => over);
            if (permit === null) return;
            if (limiter.isValid(mailing, null, permit)) uses.push({ mailing, at: clock.earliest(), limiter });
          }
        });
      }),
    );
    await delay(ms / 2);
    midway?.(
      limiters.map(({ limiter }) => limiter),
      uses.length,
    );
    await delay(ms / 2);
    over = true;
    await Promise.all(requests);
    return uses;
  }

  beforeEach(async () => setClock(db.pool, '2027-06-15T09:00:00Z'));

  test('keep to the cap of a mailing and to that of the provider in every second, and use them', async () => {
    const uses = await run({ providerRate: 100, rates: { one: 30, two: null }, ms: 5_500 });
    const all = perSecond(uses.map((use) => use.at));
    const one = perSecond(uses.filter((use) => use.mailing === 'one').map((use) => use.at));
    expect(Math.max(...all)).toBeLessThanOrEqual(100);
    expect(Math.max(...one)).toBeLessThanOrEqual(30);
    expect(median(all)).toBeGreaterThanOrEqual(90);
    expect(new Set(uses.map((use) => use.limiter)).size).toBe(2);
  });

  test('keep to another cap from the next second on', async () => {
    let before = 0;
    const uses = await run({
      providerRate: null,
      rates: { one: 200 },
      ms: 6_000,
      midway: (limiters, soFar) => {
        before = soFar;
        for (const limiter of limiters) limiter.observe('one', 20, performance.now());
      },
    });
    const [earlier, later] = [uses.slice(0, before).map((use) => use.at), uses.slice(before).map((use) => use.at)];
    expect(median(perSecond(earlier))).toBeGreaterThanOrEqual(180);
    // The second of the change itself is not whole either.
    expect(Math.max(...perSecond(later))).toBeLessThanOrEqual(20);
    expect(median(perSecond(later))).toBeGreaterThanOrEqual(18);
  });
});

test('the provider sees no more in any second than the caps allow, from two workers with two mailings, and nearly as much', async () => {
  await setClock(db.pool, new Date().toISOString());
  await using stub = await started();
  const rate = { PROVIDER_RATE_PER_SECOND: '100', PROVIDER_CONNECTIONS: '16' };
  const capped = await addMailing(db.pool, { text: 'capped', ratePerSecond: 40 });
  const free = await addMailing(db.pool, { text: 'free' });
  for (let batch = 0; batch < 4; batch += 1) {
    await addBatch(db.pool, capped, { size: 50 });
    await addBatch(db.pool, free, { size: 100 });
  }
  await using _one = await startTestWorker(db.url, stub.url, rate);
  await using _two = await startTestWorker(db.url, stub.url, rate);
  for (const mailingId of [capped, free])
    await eventually(async () => (await statusOf(db.pool, mailingId)) === 'COMPLETED', { timeoutMs: 20_000 });
  const all = perSecond(stub.ledger.map((entry) => entry.at));
  const ofCapped = perSecond(stub.ledger.filter((entry) => entry.body?.text === 'capped').map((entry) => entry.at));
  expect(stub.ledger).toHaveLength(600);
  expect(Math.max(...all)).toBeLessThanOrEqual(100);
  expect(Math.max(...ofCapped)).toBeLessThanOrEqual(40);
  expect(median(all.slice(0, 4))).toBeGreaterThanOrEqual(90);
  expect(await faultsOfCounters(db.pool)).toEqual([]);
});

async function started(): Promise<Awaited<ReturnType<typeof startStubProvider>> & AsyncDisposable> {
  const stub = await startStubProvider();
  return { ...stub, [Symbol.asyncDispose]: async () => stub.close() };
}
