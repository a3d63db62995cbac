// The charts of a mailing: a page that stays open for days keeps few points, and never a wrong one.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addCounts, POINT_LIMIT, ratesOf, toCountsOverTime, untilNow } from '../../web/src/mailing/counts-over-time.ts';
import type { CountsAt, CountsOverTime } from '../../web/src/mailing/counts-over-time.ts';

const none = { total: 100_000, pending: 0, sent: 0, failed: 0, expired: 0, cancelled: 0, unconfirmed: 0 };

function state(at: number, sent: number): CountsAt {
  return { ...none, at, sent, pending: none.total - sent };
}

function isAscending(points: readonly CountsAt[]): boolean {
  return points.every((point, index) => index === 0 || point.at > (points[index - 1]?.at ?? 0));
}

test('states of the service in any order become points in the order of time', () => {
  const { points } = toCountsOverTime([state(9_000, 3), state(1_000, 1), state(5_000, 2)]);
  expect(points.map(({ sent }) => sent)).toEqual([1, 2, 3]);
});

test('the newest point is the newest state, however close it is to the one before', () => {
  const { points } = toCountsOverTime([state(0, 0), state(5_000, 1), state(5_100, 2), state(5_200, 3)]);
  expect(points.map(({ sent }) => sent)).toEqual([0, 1, 3]);
});

test('a state of the same instant replaces the one before, an older one is left out', () => {
  const { points } = [state(0, 0), state(5_000, 1), state(5_000, 2), state(4_000, 9)].reduce(addCounts, toCountsOverTime([]));
  expect(points.map(({ sent }) => sent)).toEqual([0, 2]);
});

test('ten states a second for eight hours stay within the limit, from the first state to the newest, evenly spread', () => {
  let series: CountsOverTime = toCountsOverTime([state(0, 0)]);
  const lastAt = 8 * 3_600_000;
  for (let at = 100; at <= lastAt; at += 100) series = addCounts(series, state(at, at / 1_000));
  const { points, stepMs } = series;
  expect(points.length).toBeLessThanOrEqual(POINT_LIMIT);
  expect(points.length).toBeGreaterThan(POINT_LIMIT / 3);
  expect(points[0]?.at).toBe(0);
  expect(points.at(-1)?.at).toBe(lastAt);
  const gaps = points.slice(1).map((point, index) => point.at - (points[index]?.at ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * stepMs);
});

test('whatever comes, points ascend, stay few, and end with the newest state', () => {
  const states = fc.array(fc.record({ stepMs: fc.integer({ min: -3_000, max: 600_000 }), sent: fc.nat(100_000) }), { maxLength: 2_000 });
  fc.assert(
    fc.property(states, (steps) => {
      let at = 0;
      let series = toCountsOverTime([]);
      let newest: CountsAt | undefined;
      for (const { stepMs, sent } of steps) {
        at += stepMs;
        const next = state(at, sent);
        if (newest === undefined || next.at >= newest.at) newest = next;
        series = addCounts(series, next);
      }
      expect(isAscending(series.points)).toBe(true);
      expect(series.points.length).toBeLessThanOrEqual(POINT_LIMIT);
      expect(series.points.at(-1)).toEqual(newest);
    }),
    { numRuns: 30 },
  );
});

test('rates are averages over five seconds, or since the point before where that is longer ago', () => {
  const points = [state(0, 0), state(1_000, 10), state(2_000, 40), state(6_000, 60), state(66_000, 120)];
  expect(ratesOf(points)).toEqual([null, 10, 20, 10, 1]);
});

test('messages that were put back to be tried again count as nothing, not as less', () => {
  const points = [state(0, 100), state(10_000, 60), state(20_000, 80)];
  expect(ratesOf(points)).toEqual([null, 0, 2]);
});

test('messages in all three ends of an attempt count, others do not', () => {
  const later = { ...none, at: 10_000, sent: 10, failed: 10, unconfirmed: 10, expired: 1_000, cancelled: 1_000 };
  expect(ratesOf([state(0, 0), later])).toEqual([null, 3]);
});

test('while nothing changes the newest counts hold until now, and not for a moment between two states', () => {
  const points = [state(0, 0), state(1_000, 10)];
  expect(untilNow(points, 5_000)).toBe(points);
  expect(untilNow(points, 60_000).at(-1)).toEqual(state(60_000, 10));
  expect(untilNow([], 60_000)).toEqual([]);
});
