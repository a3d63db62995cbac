// The chart of messages per second: samples of the service at first, then the growth of counters that may shrink or stop coming.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { METER_MS, newestRate, pauseMeter, readMeter, startMeter } from '../../web/src/overview/sending-meter.ts';
import type { Meter, Reading } from '../../web/src/overview/sending-meter.ts';

const start = Date.parse('2026-11-21T09:00:00Z');
const at = (seconds: number): string => new Date(start + seconds * 1_000).toISOString();
const empty: Meter = { points: [], last: null };

function reading(seconds: number, done: number, total = 1_000): Reading {
  return { at: start + seconds * 1_000, done, total };
}

function readAll(readings: readonly Reading[], from: Meter = empty): Meter {
  return readings.reduce(readMeter, from);
}

function ratesOf(meter: Meter): (number | null)[] {
  return meter.points.map(({ perSecond }) => perSecond);
}

test('a sample is a rate over its own seconds', () => {
  const meter = startMeter([
    { at: at(2), seconds: 2, messages: 10 },
    { at: at(4), seconds: 2, messages: 0 },
  ]);
  expect(ratesOf(meter)).toEqual([5, 0]);
});

test('between samples that do not meet nothing is known', () => {
  const meter = startMeter([
    { at: at(2), seconds: 2, messages: 10 },
    { at: at(60), seconds: 2, messages: 30 },
  ]);
  expect(ratesOf(meter)).toEqual([5, null, 15]);
  expect(meter.points[1]?.at).toBe(start + 58_000);
});

test('the growth between two readings is a rate over the time between them', () => {
  expect(ratesOf(readAll([reading(0, 100), reading(2, 140), reading(12, 240)]))).toEqual([20, 10]);
});

test('counters that stand still are a rate of zero', () => {
  expect(newestRate(readAll([reading(0, 100), reading(2, 100)]))).toBe(0);
});

test('a deletion, which takes messages and their attempts away, leaves one interval open', () => {
  expect(ratesOf(readAll([reading(0, 500), reading(2, 540), reading(4, 60, 100), reading(6, 80, 100)]))).toEqual([20, null, 10]);
});

test('a deletion that is outweighed by sending is known by the total', () => {
  expect(ratesOf(readAll([reading(0, 500, 1_000), reading(2, 520, 900)]))).toEqual([null]);
});

test('messages that are tried again leave one interval open', () => {
  expect(ratesOf(readAll([reading(0, 500), reading(2, 480), reading(4, 500)]))).toEqual([null, 10]);
});

test('what was sent while the connection was gone belongs to no interval', () => {
  const before = readAll([reading(0, 0), reading(2, 20)]);
  const after = readAll([reading(60, 900), reading(62, 920)], pauseMeter(before));
  expect(ratesOf(after)).toEqual([10, null, 10]);
});

test('a pause before the first reading changes nothing', () => {
  expect(pauseMeter(empty)).toEqual(empty);
});

test('readings carry on where the samples end', () => {
  const samples = startMeter([{ at: at(2), seconds: 2, messages: 10 }]);
  expect(ratesOf(readAll([reading(3, 100), reading(5, 140)], samples))).toEqual([5, 20]);
});

test('while the clock of this machine is behind the samples, none of its points stands before them', () => {
  const samples = startMeter([{ at: at(10), seconds: 2, messages: 10 }]);
  const meter = readAll([reading(4, 100), reading(6, 140), reading(12, 200)], samples);
  expect(ratesOf(meter)).toEqual([5, 10]);
});

test('what is older than the chart is forgotten', () => {
  const meter = readAll([reading(0, 0), reading(2, 20), reading(METER_MS / 1_000 + 4, 40)]);
  expect(meter.points).toHaveLength(1);
});

test('whatever is read, points ascend, no rate is negative, and there are no more than the chart has room for', () => {
  const steps = fc.array(fc.record({ seconds: fc.integer({ min: -5, max: 120 }), done: fc.nat(1_000), isPause: fc.boolean() }));
  fc.assert(
    fc.property(steps, (taken) => {
      let now = 0;
      let meter = startMeter([{ at: at(0), seconds: 2, messages: 4 }]);
      for (const { seconds, done, isPause } of taken) {
        now += seconds;
        meter = isPause ? pauseMeter(meter) : readMeter(meter, reading(now, done));
        const times = meter.points.map((point) => point.at);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(ratesOf(meter).every((rate) => rate === null || rate >= 0)).toBe(true);
      }
    }),
  );
});
