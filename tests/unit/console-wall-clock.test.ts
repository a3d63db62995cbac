import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, atTime, daysBetween, offsetMs, toInstant, toWallClock } from '../../web/src/mailings/wall-clock.ts';

const zones = [
  'UTC',
  '+03:00',
  '-09:30',
  'Europe/Moscow',
  'Europe/Berlin',
  'Asia/Kamchatka',
  'Asia/Kathmandu',
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Casablanca',
];
const instant = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2035, 0, 1) });

describe('a wall clock', () => {
  test('is the one that Temporal has, in every zone at every instant', () => {
    fc.assert(
      fc.property(instant, fc.constantFrom(...zones), (at, zone) => {
        const whole = Math.floor(at / 1_000) * 1_000;
        const local = Temporal.Instant.fromEpochMilliseconds(whole).toZonedDateTimeISO(zone);
        expect(toWallClock(whole, zone)).toBe(local.toPlainDateTime().toString({ smallestUnit: 'second' }).replace('T', ' '));
        expect(offsetMs(zone, at)).toBe(local.offsetNanoseconds / 1_000_000);
      }),
      { numRuns: 500 },
    );
  });

  test('becomes the instant that Temporal gives it, clock changes among them', () => {
    fc.assert(
      fc.property(instant, fc.constantFrom(...zones), (at, zone) => {
        const clock = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
        const local = Temporal.PlainDateTime.from(clock.replace(' ', 'T')).toZonedDateTime(zone, { disambiguation: 'compatible' });
        expect(toInstant(clock, zone).at).toBe(local.epochMilliseconds);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['2026-03-29 02:30:00', 'Europe/Berlin', '2026-03-29T01:30:00.000Z', 'SKIPPED'],
    ['2026-03-29 01:59:00', 'Europe/Berlin', '2026-03-29T00:59:00.000Z', null],
    ['2026-03-29 03:00:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z', null],
    ['2026-10-25 02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00.000Z', 'REPEATED'],
    ['2026-10-25 03:00:00', 'Europe/Berlin', '2026-10-25T02:00:00.000Z', null],
    ['2026-10-04 02:15:00', 'Australia/Lord_Howe', '2026-10-03T15:45:00.000Z', 'SKIPPED'],
    ['2026-04-05 01:45:00', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z', 'REPEATED'],
    ['2026-12-01 09:00:00', 'Europe/Moscow', '2026-12-01T06:00:00.000Z', null],
    ['2026-12-01 09:00:00', '-09:30', '2026-12-01T18:30:00.000Z', null],
  ])('%s in %s is %s (%s)', (clock, zone, expected, oddity) => {
    const { at, oddity: found } = toInstant(clock, zone);
    expect([new Date(at).toISOString(), found]).toEqual([expected, oddity]);
  });

  test('an hour that is left out shows as the hour after it', () => {
    expect(toWallClock(toInstant('2026-03-29 02:30:00', 'Europe/Berlin').at, 'Europe/Berlin')).toBe('2026-03-29 03:30:00');
  });
});

describe('days', () => {
  test('are of the calendar: the time of day stays over clock changes, ends of months and years', () => {
    expect(addDays('2026-03-28 09:00:00', 1)).toBe('2026-03-29 09:00:00');
    expect(addDays('2026-12-31 23:59:00', 1)).toBe('2027-01-01 23:59:00');
    expect(addDays('2028-03-01 00:00:00', -1)).toBe('2028-02-29 00:00:00');
    expect(atTime('2026-12-31 23:59:00', '07:05')).toBe('2026-12-31 07:05:00');
  });

  test('between two clocks count midnights', () => {
    expect(daysBetween('2026-12-31 23:59:00', '2027-01-01 00:00:00')).toBe(1);
    expect(daysBetween('2027-01-01 00:00:00', '2026-12-31 23:59:00')).toBe(-1);
    expect(daysBetween('2027-01-01 00:00:00', '2027-01-01 23:00:00')).toBe(0);
  });
});
