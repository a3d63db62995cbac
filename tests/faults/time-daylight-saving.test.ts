// Nights on which clients' clocks are changed, lived through with a moved clock: every request falls into the client's own hours.
import { beforeEach, describe, expect, test } from 'vitest';
import { setClock } from '../support/engine-seed.ts';
import { eventually } from '../support/eventually.ts';
import { aheadMs, databaseNow } from '../support/movable-clock.ts';
import { expectAccounted, useProcessBench } from '../support/process-bench.ts';
import { addClients, createMailing, finished, readStatistics } from '../support/scenario.ts';
import type { StubEntry } from '../support/stub-provider.ts';

// A jump must not look like a worker that was frozen for its length.
const bench = useProcessBench({ leaseSeconds: 3_600 });
/** By how much the database's clock was ahead of this process's, from when on. */
let moves: { readonly from: number; readonly ahead: number }[] = [];

beforeEach(() => {
  moves = [];
});

/** Set while nothing is being sent, or within the same hours: which side of the jump a request lay on does not matter then. */
async function clockTo(iso: string): Promise<void> {
  await setClock(bench.database.pool, iso);
  const from = Date.now();
  moves.push({ from, ahead: await aheadMs(bench.database.pool) });
}

async function until(iso: string): Promise<void> {
  await eventually(async () => expect(await databaseNow(bench.database.pool)).toBeGreaterThan(Date.parse(iso)));
}

function toDatabaseTime(at: number): number {
  return at + (moves.findLast((move) => move.from <= at)?.ahead ?? 0);
}

/** Requests by the interval they fall into, given as [from, to) in UTC; fails for one that falls into none. */
function byInterval(requests: readonly StubEntry[], intervals: readonly (readonly [from: string, to: string])[]): number[] {
  const counts = intervals.map(() => 0);
  for (const request of requests) {
    const at = toDatabaseTime(request.at);
    // The stub may have stood still before it read it.
    const since = toDatabaseTime(request.since);
    const index = intervals.findIndex(([from, to]) => Date.parse(from) <= at && since < Date.parse(to));
    expect(index, `a request at ${new Date(at).toISOString()}`).toBeGreaterThanOrEqual(0);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

const zoneOf = new Map<string, string>();

function requestsTo(text: string, zone: string): readonly StubEntry[] {
  return bench.requestsFor(text).filter((entry) => zoneOf.get(String(entry.body?.phone)) === zone);
}

async function addClientsIn(zone: string, count: number, from: number): Promise<void> {
  await addClients(bench.database.pool, count, { from, timeZone: zone });
  for (let n = 0; n < count; n += 1) zoneOf.set(String(79_000_000_000 + from + n), zone);
}

describe('the night on which an hour comes twice', () => {
  test('a window inside that hour is open in both, and closed in between', async () => {
    await clockTo('2026-10-25T00:14:56Z');
    await addClientsIn('Europe/Berlin', 60, 0);
    await addClientsIn('UTC', 10, 1_000);
    await bench.start('worker');
    const id = await createMailing(bench.api, {
      text: 'twice',
      startsAt: '2026-10-25T00:00:00Z',
      endsAt: '2026-10-25T12:00:00Z',
      sendWindow: { from: '02:15', to: '02:45' },
      ratePerSecond: 5,
    });
    await eventually(() => expect(bench.requestsFor('twice').length).toBeGreaterThan(10));
    await clockTo('2026-10-25T00:44:57Z');
    await until('2026-10-25T00:45:03Z');
    const first = bench.requestsFor('twice').length;
    expect(first).toBeLessThan(60);
    await clockTo('2026-10-25T01:14:58Z');
    await eventually(() => expect(requestsTo('twice', 'Europe/Berlin').length).toBe(60), { timeoutMs: 60_000 });
    // The last one has been requested, not yet settled.
    await eventually(async () => expect(await readStatistics(bench.api, id)).toMatchObject({ mailingStatus: 'RUNNING', pending: 10 }));
    await clockTo('2026-10-25T02:14:58Z');
    expect(await finished(bench.api, id)).toMatchObject({ sent: 70 });
    expect(
      byInterval(requestsTo('twice', 'Europe/Berlin'), [
        ['2026-10-25T00:15:00Z', '2026-10-25T00:45:00Z'],
        ['2026-10-25T01:15:00Z', '2026-10-25T01:45:00Z'],
      ]),
    ).toEqual([first, 60 - first]);
    expect(byInterval(requestsTo('twice', 'UTC'), [['2026-10-25T02:15:00Z', '2026-10-25T02:45:00Z']])).toEqual([10]);
    await expectAccounted(bench, id, 'twice');
  });
});

describe('the night on which an hour is missing', () => {
  test('a window inside that hour does not open before the next day', async () => {
    await clockTo('2026-03-29T00:59:58Z');
    await addClientsIn('Europe/Berlin', 20, 0);
    await bench.start('worker');
    const id = await createMailing(bench.api, {
      text: 'missing',
      startsAt: '2026-03-29T00:00:00Z',
      endsAt: '2026-03-30T12:00:00Z',
      sendWindow: { from: '02:10', to: '02:50' },
    });
    await eventually(async () => expect(await readStatistics(bench.api, id)).toMatchObject({ pending: 20 }));
    await clockTo('2026-03-29T01:20:00Z');
    await until('2026-03-29T01:20:03Z');
    expect(bench.requestsFor('missing')).toEqual([]);
    await clockTo('2026-03-30T00:09:58Z');
    expect(await finished(bench.api, id)).toMatchObject({ sent: 20 });
    expect(byInterval(bench.requestsFor('missing'), [['2026-03-30T00:10:00Z', '2026-03-30T00:50:00Z']])).toEqual([20]);
  });

  test('a window around that hour is an hour shorter; what it leaves over at the end is EXPIRED', async () => {
    await clockTo('2026-03-29T00:29:57Z');
    await addClientsIn('Europe/Berlin', 80, 0);
    await bench.start('worker');
    const id = await createMailing(bench.api, {
      text: 'shorter',
      startsAt: '2026-03-29T00:00:00Z',
      endsAt: '2026-03-29T20:00:00Z',
      sendWindow: { from: '01:30', to: '03:30' },
      ratePerSecond: 5,
    });
    await eventually(() => expect(bench.requestsFor('shorter').length).toBeGreaterThan(10));
    await clockTo('2026-03-29T01:29:57Z');
    const statistics = await finished(bench.api, id);
    expect(byInterval(bench.requestsFor('shorter'), [['2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z']])).toEqual([
      // One that was cut off at the closing may have been taken.
      statistics.sent + statistics.unconfirmed,
    ]);
    expect(statistics.expired).toBe(80 - statistics.sent - statistics.unconfirmed);
    expect(statistics.expired).toBeGreaterThan(0);
    await expectAccounted(bench, id, 'shorter');
  });
});
