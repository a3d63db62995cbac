import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toTimeZone } from '../../src/domain/time-zone.ts';

/** What Temporal makes of a stored offset. */
function minutesEastOf(stored: string | null): number | null {
  if (stored === null) return null;
  return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(stored).offsetNanoseconds / 60e9;
}

describe('a time zone', () => {
  test.each([
    ['Europe/Moscow', 'Europe/Moscow'],
    ['europe/moscow', 'Europe/Moscow'],
    ['EUROPE/MOSCOW', 'Europe/Moscow'],
    ['america/argentina/buenos_aires', 'America/Argentina/Buenos_Aires'],
    ['america/port-au-prince', 'America/Port-au-Prince'],
    ['America/Port_Of_Spain', 'America/Port_of_Spain'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['europe/kyiv', 'Europe/Kyiv'],
    ['Africa/Casablanca', 'Africa/Casablanca'],
  ])('named %j is stored in the right case as %s', (text, stored) => {
    expect(toTimeZone(text)).toBe(stored);
  });

  test.each([
    ['US/Pacific', 'America/Los_Angeles'],
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['Europe/Kiev', 'Europe/Kyiv'],
    ['asia/katmandu', 'Asia/Kathmandu'],
    ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['America/Indianapolis', 'America/Indiana/Indianapolis'],
    ['Antarctica/South_Pole', 'Antarctica/McMurdo'],
    ['Japan', 'Asia/Tokyo'],
    ['GB-Eire', 'Europe/London'],
    ['Etc/UTC', 'UTC'],
    ['Etc/Greenwich', 'UTC'],
    ['Zulu', 'UTC'],
  ])('named by the link %j is stored under its canonical name %s', (text, stored) => {
    expect(toTimeZone(text)).toBe(stored);
  });

  test.each([
    ['UTC', 'UTC'],
    ['gmt', 'UTC'],
    ['GMT+3', '+03:00'],
    ['gmt+03', '+03:00'],
    ['UTC+03:00', '+03:00'],
    ['UTC+3:30', '+03:30'],
    ['utc-5', '-05:00'],
    ['UTC\u22125', '-05:00'],
    ['UTC +3', '+03:00'],
    ['GMT+0530', '+05:30'],
    ['GMT+05:45', '+05:45'],
    ['GMT-12', '-12:00'],
    ['UTC+14', '+14:00'],
    ['UTC+0', '+00:00'],
    ['GMT-00:00', '+00:00'],
  ])('written %j means %s, plus being east', (text, stored) => {
    expect(toTimeZone(text)).toBe(stored);
  });

  test.each([
    ['+03:00', '+03:00'],
    ['-03:30', '-03:30'],
    ['\u221203:30', '-03:30'],
    ['+00:00', '+00:00'],
    ['-00:00', '+00:00'],
    ['+14:00', '+14:00'],
    ['-12:00', '-12:00'],
  ])('given as the offset %s is stored as %s', (text, stored) => {
    expect(toTimeZone(text)).toBe(stored);
  });

  test('named Etc/GMT+3 keeps the sense of the IANA database, three hours west', () => {
    expect(toTimeZone('etc/gmt+3')).toBe('Etc/GMT+3');
    expect(Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO('Etc/GMT+3').offset).toBe('-03:00');
  });

  test.each([
    '',
    ' ',
    'Antarctida/South_pole',
    'Europe/Moscow ',
    'Europe\\Moscow',
    'Europe',
    'Moscow',
    'GMT+25',
    'GMT+14:01',
    'GMT+15',
    'UTC-12:30',
    'UTC-13',
    'GMT+3:60',
    'GMT+530',
    'GMT+5:3',
    'GMT+',
    'GMT3',
    'GMT + 3',
    'GMT+3 ',
    'GMT++3',
    '+14:30',
    '-12:01',
    '+24:00',
    '+3:00',
    '+0300',
    '+03',
    '+3',
    '03:00',
    '3',
    '+03:00:00',
    '+03:00[Europe/Moscow]',
    '2026-11-21T09:00:00+03:00',
    '2026-11-21T09:00Z[Europe/Moscow]',
    'Z',
    'EST',
    'est',
    'MST',
    'HST',
    'CET',
    'WET',
    'MSK',
    'IST',
    'PST',
    'EST5EDT',
    'PST8PDT',
    'MSK+3',
    'SystemV/EST5',
    'posix/Europe/Moscow',
    '../Europe/Moscow',
    'Factory',
    'localtime',
    "Europe/Moscow'; drop table client; --",
    'Europe/Moscow\0',
    'Ευρώπη/Μόσχα',
    '\ud800',
    '__proto__',
    'constructor',
  ])('%j names none', (text) => {
    expect(toTimeZone(text)).toBeNull();
  });

  test('named by a very long text is none', () => {
    expect(toTimeZone('x'.repeat(10_000))).toBeNull();
  });

  test('that the platform knows is accepted in any case, under a name that Intl and Temporal take and that means the same', () => {
    for (const name of Intl.supportedValuesOf('timeZone')) {
      const stored = toTimeZone(name);
      if (stored === null) throw new Error(`${name} is refused`);
      expect([toTimeZone(name.toLowerCase()), toTimeZone(name.toUpperCase()), toTimeZone(stored)]).toEqual([stored, stored, stored]);
      expect(new Intl.DateTimeFormat('en', { timeZone: stored }).resolvedOptions().timeZone).toBe(name);
      const inZone = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(stored);
      expect(inZone.timeZoneId).toBe(stored);
      expect(inZone.equals(inZone.withTimeZone(name))).toBe(true);
    }
  });

  test('written as any everyday offset from -12:00 to +14:00 is that many minutes east, any other is refused', () => {
    const prefix = fc.constantFrom('UTC', 'GMT', 'utc', 'Gmt', 'UTC ');
    fc.assert(
      fc.property(prefix, fc.integer({ min: -24 * 60, max: 24 * 60 }), fc.boolean(), (name, minutesEast, colon) => {
        const size = Math.abs(minutesEast);
        const digits = [Math.floor(size / 60), size % 60].map((part) => String(part).padStart(2, '0')).join(colon ? ':' : '');
        const stored = toTimeZone(`${name}${minutesEast < 0 ? '-' : '+'}${digits}`);
        expect(minutesEastOf(stored)).toBe(minutesEast < -12 * 60 || minutesEast > 14 * 60 ? null : minutesEast);
      }),
      { numRuns: 1000 },
    );
  });

  test('is answered the same after more invented names than are remembered', () => {
    for (let index = 0; index < 5000; index += 1) expect(toTimeZone(`Mars/Crater_${index}`)).toBeNull();
    expect(toTimeZone('europe/moscow')).toBe('Europe/Moscow');
    expect(toTimeZone('Mars/Crater_1')).toBeNull();
  });
});
