// Rate caps over several workers: which slots of a second are granted, at which instants requests may start, and what the provider sees.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { addRateKeys, removeUnusedRateKeys, takeSlots } from '../../src/database/rate-queries.ts';
import type { RateCap, RateGrant } from '../../src/database/rate-queries.ts';
import { makeDatabaseClock } from '../../src/operations/database-clock.ts';
import { makeRateLimiter } from '../../src/operations/rate-limiter.ts';
import type { RateLimiter } from '../../src/operations/rate-limiter.ts';
import { addBatch, addMailing, clearEngine, faultsOfCounters, first, openEngineDatabase, statusOf } from '../support/engine-seed.ts';
import { startTestWorker } from '../support/engine-worker.ts';
import { eventually } from '../support/eventually.ts';
import { databaseNow, moveClock, resetClock } from '../support/movable-clock.ts';
import { perSecond } from '../support/provider-proof.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let databases: Database[];

beforeAll(async () => {
  db = await createTestDatabase();
  databases = await Promise.all([openEngineDatabase(db.url), openEngineDatabase(db.url)]);
});
beforeEach(async () => {
  await resetClock(db.pool);
  await db.pool.query('truncate rate_grant');
});
afterEach(async () => resetClock(db.pool));
afterAll(async () => {
  await Promise.all(databases.map(async (database) => database[Symbol.asyncDispose]()));
  await db.drop();
});

/** A clock that stands still at this part of a second. */
async function standAt(second: number, part: number): Promise<void> {
  await db.pool.query(
    `create or replace function instant_now() returns timestamptz language sql stable parallel safe return to_timestamp(${second + part})`,
  );
}

const second = 1_800_000_000;

async function take(caps: readonly RateCap[], wanted: number, at = second): Promise<RateGrant> {
  const grant = await takeSlots(first(databases), caps, at, wanted);
  if (grant === null) throw new Error('a key has no row');
  return grant;
}

describe('slots of a second', () => {
  const cap = (perSecond: number, key = 'provider'): RateCap => ({ key, perSecond });

  beforeEach(async () => addRateKeys(first(databases), ['provider', 'mailing:1', 'mailing:2']));

  test.each([
    [0.05, 0],
    [0.11, 0],
    [0.2, 13],
    [0.5, 60],
    [0.69, 89],
  ])('whose turn was over at %d of the second are skipped', async (part, skipped) => {
    await standAt(second, part);
    expect((await take([cap(100)], 1)).firsts).toEqual([skipped]);
  });

  test('of a low cap are not lost to whoever comes a little late: the turn lasts until the next slot', async () => {
    await standAt(second, 0.7);
    expect(await take([cap(1)], 1)).toMatchObject({ granted: 1 });
    expect(await take([cap(1)], 1)).toMatchObject({ granted: 0 });
  });

  test('are taken under all caps at once, the lowest counting', async () => {
    await standAt(second, 0);
    expect(await take([cap(3, 'mailing:1'), cap(5)], 10)).toMatchObject({ granted: 3, firsts: [0, 0], caps: [3, 5] });
    expect(await take([cap(10, 'mailing:2'), cap(5)], 10)).toMatchObject({ granted: 2, firsts: [0, 3] });
    expect(await take([cap(3, 'mailing:1'), cap(5)], 10)).toMatchObject({ granted: 0 });
  });

  test('follow a cap that is changed in the middle of the second', async () => {
    await standAt(second, 0);
    await take([cap(10)], 6);
    expect(await take([cap(5)], 6)).toMatchObject({ granted: 0 });
    expect(await take([cap(8)], 6)).toMatchObject({ granted: 2, firsts: [6] });
    expect(await take([cap(100)], 200)).toMatchObject({ granted: 92, firsts: [8] });
  });

  test('of a second that is over are not to be had: the answer says which second it is', async () => {
    await standAt(second + 1, 0.02);
    expect(await take([cap(10)], 4)).toMatchObject({ granted: 0, second: second + 1 });
  });

  test('are never granted by a statement that a later second has overtaken', async () => {
    await standAt(second + 1, 0);
    await take([cap(10)], 1, second + 1);
    await standAt(second, 0.99);
    expect(await take([cap(10)], 10)).toMatchObject({ granted: 0 });
  });

  test('are each granted once, whoever asks at the same time', async () => {
    await standAt(second, 0);
    const asks = Array.from({ length: 60 }, (_, ask) =>
      takeSlots(
        databases[ask % 2] ?? first(databases),
        [cap(ask % 3 === 0 ? 70 : 90, `mailing:${1 + (ask % 2)}`), cap(100)],
        second,
        1 + (ask % 7),
      ),
    );
    const grants = (await Promise.all(asks)).filter((grant) => grant !== null && grant.granted > 0);
    for (const [key, most] of [
      [1, 100],
      [0, 90],
    ] as const) {
      const ofMailing = key === 0 ? grants.filter((_, index) => index % 2 === 0) : grants;
      const slots = ofMailing.flatMap((grant) =>
        Array.from({ length: grant?.granted ?? 0 }, (_, index) => (grant?.firsts[key] ?? 0) + index),
      );
      if (key === 1) expect(new Set(slots).size).toBe(slots.length);
      expect(Math.max(...slots)).toBeLessThan(most);
    }
    const { rows } = await db.pool.query<{ granted: number }>("select granted from rate_grant where key = 'provider'");
    expect(rows).toEqual([{ granted: 100 }]);
  });

  test('need a row per key; rows that nobody used for an hour go', async () => {
    await standAt(second, 0);
    expect(await takeSlots(first(databases), [cap(5, 'mailing:9'), cap(5)], second, 1)).toBeNull();
    await take([cap(5)], 1);
    await standAt(second + 3_601, 0);
    await take([cap(5, 'mailing:1')], 1, second + 3_601);
    await removeUnusedRateKeys(first(databases));
    const { rows } = await db.pool.query<{ key: string }>('select key from rate_grant');
    expect(rows.map(({ key }) => key)).toEqual(['mailing:1']);
  });
});

interface Start {
  readonly worker: number;
  readonly mailing: string;
  /** By the database's clock. */
  readonly at: number;
  /** When it was allowed to: whatever held it up afterwards. */
  readonly slot: number;
}

interface LaneOptions {
  readonly mailing?: string;
  readonly perSecond: number | null;
  /** Messages in hand at a time. */
  readonly inHand?: number;
}

/** Two workers with lanes that want to send all the time, for so many whole seconds of the database's clock; what they start. */
async function runLanes(options: {
  readonly providerRate?: number;
  readonly openedAt?: (now: number) => number;
  readonly lanes: readonly LaneOptions[];
  readonly seconds: number;
  /** Called once a second, with the limiters of both workers. */
  readonly eachSecond?: (passed: number, limiters: readonly RateLimiter[]) => void;
}): Promise<{ readonly starts: readonly Start[]; readonly buckets: readonly number[] }> {
  const clocks = databases.map(() => makeDatabaseClock(() => performance.now()));
  const limiters = databases.map((database, worker) =>
    makeRateLimiter({ database, clock: clocks[worker] ?? first(clocks), providerRate: options.providerRate ?? null }),
  );
  for (const [worker, clock] of clocks.entries()) {
    const askedAt = performance.now();
    const now = await databaseNow(db.pool);
    clock.observe(Math.floor(now), askedAt);
    for (const { mailing = '1', perSecond } of options.lanes) limiters[worker]?.observe(mailing, perSecond, askedAt);
  }
  const clock = first(clocks);
  const from = Math.ceil(clock.now() / 1000 + 0.2);
  const until = (from + options.seconds) * 1000;
  const openedAt = options.openedAt?.(from * 1000) ?? null;
  const starts: Start[] = [];
  let told = 0;
  const lanes = limiters.flatMap((limiter, worker) =>
    options.lanes.map(async ({ mailing = '1', inHand = 84 }) => {
      for (;;) {
        const permit = await limiter.acquire(mailing, openedAt, inHand, () => clock.now() >= until);
        if (permit === null) return;
        if (!limiter.isValid(mailing, openedAt, permit)) continue;
        starts.push({ worker, mailing, at: Date.now(), slot: permit.startsAt });
        const passed = Math.floor(clock.now() / 1000) - from;
        if (passed > told) {
          told = passed;
          options.eachSecond?.(passed, limiters);
        }
      }
    }),
  );
  await Promise.all(lanes);
  const buckets = Array.from(
    { length: options.seconds },
    (_, passed) => starts.filter(({ at }) => Math.floor(at / 1000) === from + passed).length,
  );
  return { starts, buckets };
}

/** What a limiter must not do, it does in no round; what it can do, it does in one of them: a pause of the machine costs it the others. */
async function expectInOneOf(rounds: number, run: () => Promise<boolean>): Promise<void> {
  let isReached = false;
  for (let round = 0; round < rounds && !isReached; round += 1) isReached = await run();
  expect(isReached).toBe(true);
}

describe('two workers under one cap', { timeout: 180_000 }, () => {
  test.each([
    [1, 6, 5],
    [7, 5, 33],
    [100, 4, 380],
    [1_000, 4, 3_600],
  ])('of %d per second never start more in a second, and use it', async (perSecond, seconds, atLeast) => {
    await expectInOneOf(6, async () => {
      const { buckets } = await runLanes({ lanes: [{ perSecond }, { perSecond }], seconds });
      expect(Math.max(...buckets)).toBeLessThanOrEqual(perSecond);
      // 97 % is what is measured over a minute (bench); here a busy machine must not fail the test.
      return buckets.reduce((sum, count) => sum + count, 0) >= atLeast * 0.8;
    });
  });

  test('spread it over the second instead of sending it in one burst', async () => {
    await expectInOneOf(6, async () => {
      const { starts } = await runLanes({ lanes: [{ perSecond: 100 }], seconds: 3 });
      const tenths = Map.groupBy(starts, ({ slot }) => Math.floor(slot / 100));
      for (const inATenth of tenths.values()) expect(inATenth.length).toBeLessThanOrEqual(30);
      return new Set(starts.map(({ worker }) => worker)).size === 2;
    });
  });

  test('leave what a mailing with few messages cannot use to the others', async () => {
    const small = Array.from({ length: 20 }, (_, mailing) => ({ mailing: `small-${mailing}`, perSecond: null, inHand: 1 }));
    await expectInOneOf(6, async () => {
      const { starts } = await runLanes({ providerRate: 200, lanes: [...small, { mailing: 'large', perSecond: null }], seconds: 4 });
      return starts.length >= 200 * 4 * 0.8;
    });
  });

  test('keep to the cap of each mailing and to that of the provider at once', async () => {
    const { starts, buckets } = await runLanes({
      providerRate: 60,
      lanes: [
        { mailing: '1', perSecond: 40 },
        { mailing: '2', perSecond: 40 },
      ],
      seconds: 4,
    });
    expect(Math.max(...buckets)).toBeLessThanOrEqual(60);
    const bySecondAndMailing = Map.groupBy(starts, ({ mailing, at }) => `${mailing} ${Math.floor(at / 1000)}`);
    for (const group of bySecondAndMailing.values()) expect(group.length).toBeLessThanOrEqual(40);
  });

  test('follow a cap that is changed while they send: down and up', async () => {
    const caps = [100, 100, 10, 10, 200, 200];
    await expectInOneOf(6, async () => {
      const { buckets } = await runLanes({
        lanes: [{ perSecond: 100 }, { perSecond: 100 }],
        seconds: caps.length,
        eachSecond: (passed, limiters) => {
          for (const limiter of limiters) limiter.observe('1', caps[passed] ?? null, performance.now());
        },
      });
      for (const [passed, count] of buckets.entries()) {
        // The change is made by the first request of a second: what was granted before it is void.
        expect(count).toBeLessThanOrEqual((caps[passed] ?? 0) + (passed === 2 ? 1 : 0));
      }
      return (buckets.at(-1) ?? 0) > 120;
    });
  });

  test('keep to the ramp after an outage, whatever the provider may get later', async () => {
    await expectInOneOf(6, async () => {
      const { buckets } = await runLanes({ openedAt: (now) => now, lanes: [{ perSecond: null }, { perSecond: null }], seconds: 4 });
      for (const [passed, count] of buckets.entries()) expect(count).toBeLessThanOrEqual(50 * 2 ** passed);
      return (buckets[2] ?? 0) > 100;
    });
  });
});

test('a clock that is set, forward or back, while permits are awaited delays nothing for long', async () => {
  const database = first(databases);
  const clock = makeDatabaseClock(() => performance.now());
  const limiter = makeRateLimiter({ database, clock, providerRate: 50 });
  clock.observe(await databaseNow(db.pool), performance.now());
  for (const move of [3_600_000, -1_800_000, 3_000]) {
    await limiter.acquire('1', null, 1, () => false);
    await moveClock(db.pool, move);
    const before = await databaseNow(db.pool);
    const permit = await limiter.acquire('1', null, 1, () => false);
    expect(permit?.startsAt).toBeGreaterThan(before - 2_000);
    expect(permit?.startsAt).toBeLessThan((await databaseNow(db.pool)) + 2_000);
  }
});

test(
  'two workers with two mailings start no more requests in any second than the caps allow, and nearly as many',
  { timeout: 180_000 },
  async () => {
    const rate = { PROVIDER_RATE_PER_SECOND: '100', PROVIDER_CONNECTIONS: '16' };
    await expectInOneOf(5, async () => {
      await clearEngine(db.pool);
      await using stack = new AsyncDisposableStack();
      const stub = stack.adopt(await startStubProvider(), async ({ close }) => close());
      const [capped, free] = [await addMailing(db.pool, { ratePerSecond: 40 }), await addMailing(db.pool)];
      for (let batch = 0; batch < 4; batch += 1) {
        await addBatch(db.pool, capped, { size: 50 });
        await addBatch(db.pool, free, { size: 100 });
      }
      const workers = [stack.use(await startTestWorker(db.url, stub.url, rate)), stack.use(await startTestWorker(db.url, stub.url, rate))];
      for (const id of [capped, free]) await eventually(async () => (await statusOf(db.pool, id)) === 'COMPLETED');
      expect(stub.ledger).toHaveLength(600);
      // When they started, not when they arrived: on a busy machine that says how busy it is.
      const attempts = workers.flatMap(({ lines }) => lines.filter(({ msg }) => msg === 'attempt'));
      expect(attempts).toHaveLength(600);
      const starts = attempts.map(({ mailingId, time, durationMs }) => ({ mailingId, at: Number(time) - Number(durationMs) }));
      expect(Math.max(...perSecond(starts).values())).toBeLessThanOrEqual(100);
      expect(Math.max(...perSecond(starts.filter(({ mailingId }) => mailingId === capped)).values())).toBeLessThanOrEqual(40);
      expect(await faultsOfCounters(db.pool)).toEqual([]);
      return Math.max(...perSecond(starts).values()) >= 90;
    });
  },
);
