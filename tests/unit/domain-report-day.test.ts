import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundsOfDay, dayAt, dayBefore, dueReportAt, isCalendarDay } from '../../src/domain/report-day.ts';

const at = (iso: string): number => Date.parse(iso);
const iso = (ms: number): string => new Date(ms).toISOString();

describe('the report that is due', () => {
  test('is about the day before, from its time on until the next one', () => {
    const clock = { at: '08:00', timeZone: 'Europe/Moscow' };
    const before = dueReportAt(at('2026-11-21T04:59:59.999Z'), clock);
    expect({ ...before, dueAt: iso(before.dueAt), nextDueAt: iso(before.nextDueAt) }).toEqual({
      date: '2026-11-19',
      dueAt: '2026-11-20T05:00:00.000Z',
      nextDate: '2026-11-20',
      nextDueAt: '2026-11-21T05:00:00.000Z',
    });
    expect(dueReportAt(at('2026-11-21T05:00:00Z'), clock)).toMatchObject({ date: '2026-11-20', nextDate: '2026-11-21' });
  });

  test('comes an hour later when clocks skip its time', () => {
    const clock = { at: '02:30', timeZone: 'Europe/Berlin' };
    // 2026-03-29: from 02:00 to 03:00.
    expect(iso(dueReportAt(at('2026-03-29T12:00:00Z'), clock).dueAt)).toBe('2026-03-29T01:30:00.000Z');
  });

  test('comes once, at the first pass, when clocks show its time twice', () => {
    const clock = { at: '02:30', timeZone: 'Europe/Berlin' };
    // 2026-10-25: 03:00 is 02:00 again.
    const first = at('2026-10-25T00:30:00Z');
    expect(dueReportAt(first, clock)).toMatchObject({ date: '2026-10-24', dueAt: first });
    expect(dueReportAt(at('2026-10-25T01:30:00Z'), clock)).toMatchObject({ date: '2026-10-24', dueAt: first });
  });
});

describe('a day', () => {
  test('has 23 hours when clocks go forward, 25 when they go back, and begins at 01:00 where midnight is skipped', () => {
    const hoursOf = (date: string, zone: string): number => {
      const { from, to } = boundsOfDay(date, zone);
      return (to - from) / 3_600_000;
    };
    expect(hoursOf('2026-03-29', 'Europe/Berlin')).toBe(23);
    expect(hoursOf('2026-10-25', 'Europe/Berlin')).toBe(25);
    expect(hoursOf('2026-10-04', 'Australia/Lord_Howe')).toBe(23.5);
    expect(iso(boundsOfDay('2026-04-24', 'Africa/Cairo').from)).toBe('2026-04-23T22:00:00.000Z');
  });

  test('is told from a text that only looks like one', () => {
    expect(['2026-11-20', '2024-02-29'].map(isCalendarDay)).toEqual([true, true]);
    expect(['2026-02-29', '2026-13-01', '20-11-2026', '2026-11-20T00:00', ''].map(isCalendarDay)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

const zones = Intl.supportedValuesOf('timeZone');
const instants = fc.integer({ min: at('2024-01-01T00:00:00Z'), max: at('2029-01-01T00:00:00Z') });
const clocks = fc.record({
  timeZone: fc.constantFrom(...zones, '+05:45', '-03:30'),
  at: fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':')),
});

test('in every zone, at every time: reports follow each other day by day without a gap, and each is due when its day is over', () => {
  fc.assert(
    fc.property(instants, clocks, (now, clock) => {
      const due = dueReportAt(now, clock);
      expect(due.dueAt).toBeLessThanOrEqual(now);
      expect(due.nextDueAt).toBeGreaterThan(now);
      expect(dayBefore(due.nextDate)).toBe(due.date);
      expect(boundsOfDay(due.date, clock.timeZone).to).toBeLessThanOrEqual(due.dueAt);
      // At its own time the next one is due, and not a moment before.
      expect(dueReportAt(due.nextDueAt, clock)).toMatchObject({ date: due.nextDate, dueAt: due.nextDueAt });
      expect(dueReportAt(due.nextDueAt - 1, clock)).toEqual(due);
    }),
    { numRuns: 3_000 },
  );
});

test('in every zone, a day is from one quarter of an hour to another, and holds the instants whose local date it is', () => {
  fc.assert(
    fc.property(instants, clocks, (now, { timeZone }) => {
      const { from, to } = boundsOfDay(dayAt(now, timeZone), timeZone);
      expect(from <= now && now < to).toBe(true);
      expect([from % 900_000, to % 900_000]).toEqual([0, 0]);
    }),
    { numRuns: 3_000 },
  );
});
