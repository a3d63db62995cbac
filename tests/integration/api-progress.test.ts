// How a mailing is getting on: its rate, when it will be through, and who will not fit.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readRateSamples } from '../../src/database/progress-queries.ts';
import type { SendingRate } from '../../src/domain/sending-rate.ts';
import { addBatch, addMailing, clearEngine } from '../support/engine-seed.ts';
import type { SeededMailing } from '../support/engine-seed.ts';
import { openGraphqlApi } from '../support/graphql-api.ts';
import type { GraphqlApi } from '../support/graphql-api.ts';
import { stopClock } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: GraphqlApi;
let rate: SendingRate | null;
beforeAll(async () => {
  db = await createTestDatabase();
  api = await openGraphqlApi({ url: db.url, rates: { rateOf: () => rate } });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});

const now = Date.parse('2027-06-15T09:00:00Z');
const hour = 3_600_000;
const iso = (at: number): string => new Date(at).toISOString();

beforeEach(async () => {
  await clearEngine(db.pool);
  await stopClock(db.pool, iso(now));
  rate = { perSecond: 10, lastPerSecond: 10 };
});

const fields = 'progress { ratePerSecond assumedRatePerSecond estimatedEndAt willNotFit }';

async function progressOf(id: string): Promise<Readonly<Record<string, unknown>> | null> {
  const { data, errors } = await api.ask(`query ($id: ID!) { mailing(id: $id) { ${fields} } }`, { id });
  expect(errors).toEqual([]);
  return data.mailing.progress;
}

/** With messages for an hour at 10 a second, all due. */
async function running(mailing: SeededMailing = {}): Promise<string> {
  const id = await addMailing(db.pool, { endsInMs: 2 * hour, ...mailing });
  for (const closeInMs of [2 * hour, 2 * hour]) await addBatch(db.pool, id, { size: 18_000, closeInMs });
  return id;
}

const noEstimate = { assumedRatePerSecond: null, estimatedEndAt: null, willNotFit: null };

describe('a running mailing', () => {
  test('will be through when its messages have gone out at the present rate', async () => {
    const id = await running();
    expect(await progressOf(id)).toEqual({ ratePerSecond: 10, assumedRatePerSecond: 10, estimatedEndAt: iso(now + hour), willNotFit: 0 });
    // A batch that a worker holds waits like the others.
    await db.pool.query(`update batch set lease_token = 1, lease_until = instant_now() where id = (select min(id) from batch)`);
    expect(await progressOf(id)).toMatchObject({ estimatedEndAt: iso(now + hour) });
  });

  test('says how many will not fit', async () => {
    rate = { perSecond: 4, lastPerSecond: 4 };
    expect(await progressOf(await running())).toMatchObject({ estimatedEndAt: iso(now + 2 * hour), willNotFit: 36_000 - 4 * 7_200 });
  });

  test("is not expected to be faster than its caps, the provider's (500) among them", async () => {
    rate = { perSecond: 4_000, lastPerSecond: 4_000 };
    expect(await progressOf(await running({ ratePerSecond: 20 }))).toMatchObject({ ratePerSecond: 4_000, assumedRatePerSecond: 20 });
    expect(await progressOf(await running())).toMatchObject({ assumedRatePerSecond: 500 });
  });

  test('that only waits for its hours is expected to be as fast as it last was, or as its caps allow', async () => {
    const id = await addMailing(db.pool, { endsInMs: 30 * hour, window: ['12:00', '13:00'], ratePerSecond: 5 });
    // 09:00 in UTC: three hours to wait; what does not fit in this hour goes on tomorrow.
    await addBatch(db.pool, id, { size: 10_000, dueInMs: 3 * hour, closeInMs: 4 * hour });
    await addBatch(db.pool, id, { size: 9_800, dueInMs: 3 * hour, closeInMs: 4 * hour });
    rate = { perSecond: 0, lastPerSecond: 4 };
    expect(await progressOf(id)).toEqual({
      ratePerSecond: 0,
      assumedRatePerSecond: 4,
      estimatedEndAt: iso(now + 27 * hour + (5_400 / 4) * 1_000),
      willNotFit: 0,
    });
    rate = { perSecond: 0, lastPerSecond: null };
    expect(await progressOf(id)).toMatchObject({ assumedRatePerSecond: 5, estimatedEndAt: iso(now + 27 * hour + 360_000) });
    rate = null;
    expect(await progressOf(id)).toMatchObject({ ratePerSecond: null, assumedRatePerSecond: 5 });
  });

  test('has no estimate while nothing moves although it could, while the rate is not known, and while recipients are being selected', async () => {
    const id = await running({ ratePerSecond: 5 });
    rate = { perSecond: 0, lastPerSecond: 10 };
    expect(await progressOf(id)).toEqual({ ...noEstimate, ratePerSecond: 0 });
    rate = null;
    expect(await progressOf(id)).toEqual({ ...noEstimate, ratePerSecond: null });
    rate = { perSecond: 10, lastPerSecond: 10 };
    expect(await progressOf(await running({ expanded: false }))).toEqual({ ...noEstimate, ratePerSecond: 10 });
  });
});

describe('any other mailing', () => {
  test('that is paused stands still; one that is scheduled or over has no progress', async () => {
    rate = null;
    expect(await progressOf(await running({ status: 'PAUSED' }))).toEqual({ ...noEstimate, ratePerSecond: 0 });
    for (const status of ['SCHEDULED', 'COMPLETED', 'CANCELLED'] as const)
      expect(await progressOf(await addMailing(db.pool, { status }))).toBeNull();
  });
});

test('samples are taken of mailings that run, from their counters', async () => {
  const id = await running();
  for (const status of ['SCHEDULED', 'PAUSED', 'COMPLETED', 'CANCELLED'] as const) await addMailing(db.pool, { status });
  await addMailing(db.pool, { deleted: true });
  await db.pool.query('update mailing_statistics set pending = pending - 6, sent = 3, failed = 2, unconfirmed = 1 where mailing_id = $1', [
    id,
  ]);
  expect(await readRateSamples(api.database)).toEqual([{ mailingId: id, at: now, done: 6 }]);
});

test('a page of mailings costs two statements', async () => {
  for (let n = 0; n < 20; n += 1) await addBatch(db.pool, await addMailing(db.pool), { size: 1 });
  const { data, errors, statements } = await api.ask(`{ mailings(first: 20) { nodes { ${fields} } } }`);
  expect(errors).toEqual([]);
  expect(data.mailings.nodes).toHaveLength(20);
  expect(statements).toHaveLength(2);
});

describe('the time zones of a mailing', () => {
  const zoneFields = 'progress { willNotFit } timeZones { timeZone pending isOpen opensAt closesAt willNotFit }';

  interface Zone {
    readonly timeZone: string;
    readonly pending: number;
    readonly willNotFit: number | null;
  }

  async function zonesOf(id: string): Promise<{ readonly progress: { willNotFit: number | null } | null; readonly timeZones: Zone[] }> {
    const { data, errors } = await api.ask(`query ($id: ID!) { mailing(id: $id) { ${zoneFields} } }`, { id });
    expect(errors).toEqual([]);
    return data.mailing;
  }

  /** 09:00 in UTC, 18:00 in Tokyo, 02:00 in Los Angeles; open from 10 to 20 there, until 13:00 in UTC. */
  async function around(mailing: SeededMailing = {}): Promise<string> {
    const id = await addMailing(db.pool, { window: ['10:00', '20:00'], startsInMs: -24 * hour, endsInMs: 4 * hour, ...mailing });
    await addBatch(db.pool, id, { timeZone: 'America/Los_Angeles', size: 70, dueInMs: -10 * hour, closeInMs: -5 * hour });
    await addBatch(db.pool, id, { timeZone: 'UTC', size: 20_000, dueInMs: hour, closeInMs: 4 * hour });
    await addBatch(db.pool, id, { timeZone: 'Asia/Tokyo', size: 900, dueInMs: -8 * hour, closeInMs: 2 * hour });
    return id;
  }
  const tokyo = { timeZone: 'Asia/Tokyo', isOpen: true, opensAt: iso(now - 8 * hour), closesAt: iso(now + 2 * hour) };
  const utc = { timeZone: 'UTC', isOpen: false, opensAt: iso(now + hour), closesAt: iso(now + 4 * hour) };
  const losAngeles = { timeZone: 'America/Los_Angeles', isOpen: false, opensAt: null, closesAt: null };

  test('come with their hours, the open ones first, those that never open again last; what does not fit adds up to the progress', async () => {
    rate = { perSecond: 1, lastPerSecond: 1 };
    const { progress, timeZones } = await zonesOf(await around());
    expect(timeZones).toEqual([
      { ...tokyo, pending: 900, willNotFit: 0 },
      { ...utc, pending: 20_000, willNotFit: 20_000 - 3 * 3_600 },
      { ...losAngeles, pending: 70, willNotFit: 70 },
    ]);
    expect(progress?.willNotFit).toBe(20_000 - 3 * 3_600 + 70);
  });

  test('are the same while it is paused, without an estimate', async () => {
    expect((await zonesOf(await around({ status: 'PAUSED' }))).timeZones).toEqual([
      { ...tokyo, pending: 900, willNotFit: null },
      { ...utc, pending: 20_000, willNotFit: null },
      { ...losAngeles, pending: 70, willNotFit: null },
    ]);
  });

  test('are open although all that waits there are retries that are not due yet', async () => {
    const id = await addMailing(db.pool, { window: ['10:00', '20:00'], startsInMs: -24 * hour, endsInMs: 4 * hour });
    await addBatch(db.pool, id, { timeZone: 'Asia/Tokyo', size: 5, dueInMs: 60_000, closeInMs: 2 * hour });
    await addBatch(db.pool, id, { timeZone: 'Asia/Tokyo', size: 6, dueInMs: 300_000, closeInMs: 2 * hour });
    await db.pool.query('update batch set not_before = due_at');
    expect((await zonesOf(id)).timeZones).toEqual([{ ...tokyo, pending: 11, willNotFit: 0 }]);
  });

  test('without a window are open from the start to the end, the one with most messages first', async () => {
    const id = await addMailing(db.pool, { startsInMs: -hour, endsInMs: hour });
    for (const [timeZone, size] of [
      ['UTC', 2],
      ['Asia/Tokyo', 3],
      ['Asia/Omsk', 2],
    ] as const)
      await addBatch(db.pool, id, { timeZone, size });
    const hours = { isOpen: true, opensAt: iso(now - hour), closesAt: iso(now + hour), willNotFit: 0 };
    expect((await zonesOf(id)).timeZones).toEqual([
      { timeZone: 'Asia/Tokyo', pending: 3, ...hours },
      { timeZone: 'Asia/Omsk', pending: 2, ...hours },
      { timeZone: 'UTC', pending: 2, ...hours },
    ]);
  });

  test('are none when nothing waits, before the start, and when it is over', async () => {
    const cancelled = await around({ status: 'CANCELLED' });
    for (const id of [cancelled, await addMailing(db.pool), await addMailing(db.pool, { status: 'SCHEDULED' })])
      expect((await zonesOf(id)).timeZones).toEqual([]);
  });

  test('of a page of mailings cost no statement beside those of its progress', async () => {
    for (let n = 0; n < 20; n += 1) await addBatch(db.pool, await addMailing(db.pool), { size: 1 });
    const { errors, statements } = await api.ask(`{ mailings(first: 20) { nodes { ${zoneFields} } } }`);
    expect(errors).toEqual([]);
    expect(statements).toHaveLength(2);
  });
});
