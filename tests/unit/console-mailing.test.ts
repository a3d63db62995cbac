// Small rules of a mailing's page: its history from two sides, the filter in the address, areas that stand on each other.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toChartData } from '../../web/src/components/chart-data.ts';
import { makeTimeLabels } from '../../web/src/components/time-labels.ts';
import { actionsOf } from '../../web/src/mailing/mailing-status.ts';
import { mergeEvents } from '../../web/src/mailing/merge-events.ts';
import { readFilter, writeFilter } from '../../web/src/mailing/message-filter.ts';

const event = (id: number, seconds: number) => ({ id: String(id), at: new Date(seconds * 1_000).toISOString() });

test('events of two pages that overlap stand there once, newest first, of one instant by id', () => {
  const merged = mergeEvents([event(12, 30), event(9, 20)], [event(9, 20), event(10, 20), event(1, 5)]);
  expect(merged.map(({ id }) => id)).toEqual(['12', '10', '9', '1']);
});

test('events that are known already change nothing', () => {
  const known = [event(2, 20), event(1, 10)];
  expect(mergeEvents(known, [event(1, 10)])).toBe(known);
});

test('no event is lost when new ones push others off the live page', () => {
  const live = (newest: number) => Array.from({ length: 3 }, (_, index) => event(newest - index, newest - index));
  const merged = [5, 6, 9].reduce((known, newest) => mergeEvents(known, live(newest)), [] as readonly ReturnType<typeof event>[]);
  expect(merged.map(({ id }) => id)).toEqual(['9', '8', '7', '6', '5', '4', '3']);
});

test('the filter of messages survives the way into the address and back, beside what else stands there', () => {
  const filters = fc.record({
    status: fc.constantFrom(null, 'SENT' as const, 'FAILED' as const),
    errorCode: fc.option(fc.string({ minLength: 1 }), { nil: null }),
  });
  fc.assert(
    fc.property(filters, (filter) => {
      const search = writeFilter(new URLSearchParams('other=1&status=PENDING'), filter);
      expect(readFilter(new URLSearchParams(search.toString()))).toEqual(filter);
      expect(search.get('other')).toBe('1');
    }),
  );
});

test('a status that does not exist does not restrict', () => {
  expect(readFilter(new URLSearchParams('status=LOST'))).toEqual({ status: null, errorCode: null });
});

test('areas are sums, the highest first, so that each one is seen below the one before', () => {
  const series = [{ values: [1, 2] }, { values: [10, null] }, { values: [100, 200] }];
  expect(toChartData([5, 6], series, true)).toEqual([
    [5, 6],
    [111, 202],
    [11, 2],
    [1, 2],
  ]);
});

test('lines keep their values and their gaps', () => {
  expect(toChartData([5, 6], [{ values: [1, null] }], false)).toEqual([
    [5, 6],
    [1, null],
  ]);
});

test('labels along an axis are as exact as their distance asks for', () => {
  const labels = makeTimeLabels('en-GB', 'Europe/Moscow');
  const at = Date.parse('2026-11-21T09:05:06Z') / 1_000;
  expect(labels.axis(at, 10)).toBe('12:05:06');
  expect(labels.axis(at, 300)).toBe('12:05');
  expect(labels.axis(at, 86_400)).toBe('21 Nov');
});

test('what is over can only be duplicated and deleted', () => {
  expect(actionsOf('RUNNING')).toEqual({ toggle: 'pause', live: true });
  expect(actionsOf('PAUSED')).toEqual({ toggle: 'resume', live: true });
  expect(actionsOf('SCHEDULED')).toEqual({ toggle: null, live: true });
  expect(actionsOf('COMPLETED')).toEqual({ toggle: null, live: false });
  expect(actionsOf('CANCELLED')).toEqual({ toggle: null, live: false });
});
