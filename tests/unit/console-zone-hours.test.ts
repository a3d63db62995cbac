// Times of the clients' zones as an operator elsewhere reads them.
import { expect, test } from 'vitest';
import { clockTime, isSameClock, nextToOpen, trackOf } from '../../web/src/mailing/zone-hours.ts';

const noon = Date.parse('2026-11-21T09:00:00Z');
const HOUR = 3_600_000;

test('a time of today is a time of day, one of another day there has its weekday', () => {
  expect(clockTime('en-GB', noon + HOUR, noon, 'Europe/Moscow')).toBe('13:00');
  expect(clockTime('en-GB', noon + 5 * HOUR, noon, 'Asia/Vladivostok')).toMatch(/^Sun\W+00:00$/);
  expect(clockTime('ru', noon + 5 * HOUR, noon, 'Asia/Vladivostok')).toMatch(/^вс\W+00:00$/);
});

test('a time that is a week away or more has its date, as a weekday would be taken for the next one', () => {
  const newYear = Date.parse('2099-01-01T00:00:00Z');
  expect(clockTime('en-GB', newYear, noon, 'Asia/Yekaterinburg')).toMatch(/^1 Jan 2099\W+05:00$/);
  expect(clockTime('ru', newYear, noon, 'Asia/Yekaterinburg')).toMatch(/^1 янв\. 2099 г\.\W+05:00$/);
  expect(clockTime('en-GB', noon + 7 * 24 * HOUR, noon, 'Europe/Moscow')).toMatch(/^28 Nov 2026\W+12:00$/);
  expect(clockTime('en-GB', noon + 5 * 24 * HOUR, noon, 'Europe/Moscow')).toMatch(/^Thu\W+12:00$/);
});

test('fixed offsets are zones too', () => {
  expect(clockTime('en-GB', noon, noon, '+05:30')).toBe('14:30');
});

test('a zone that the browser does not know has no clock', () => {
  expect(clockTime('en-GB', noon, noon, 'Moon/Tranquility')).toBe(null);
});

test('two zones show the same clock when their offsets are the same at that instant', () => {
  expect(isSameClock('Europe/Moscow', noon, '+03:00')).toBe(true);
  expect(isSameClock('Europe/Berlin', noon, 'Europe/Moscow')).toBe(false);
  expect(isSameClock('Europe/Berlin', noon, 'Africa/Algiers')).toBe(true);
  expect(isSameClock('Europe/Berlin', Date.parse('2026-07-21T09:00:00Z'), 'Africa/Algiers')).toBe(false);
});

test('an opening is a piece of the hours ahead, cut off at both ends', () => {
  expect(trackOf(noon + HOUR, noon + 2 * HOUR, noon, noon + 4 * HOUR)).toEqual({ from: 0.25, to: 0.5 });
  expect(trackOf(noon - HOUR, noon + 9 * HOUR, noon, noon + 4 * HOUR)).toEqual({ from: 0, to: 1 });
});

test('an opening outside of the hours ahead is not among them', () => {
  expect(trackOf(noon + 5 * HOUR, noon + 6 * HOUR, noon, noon + 4 * HOUR)).toBe(null);
  expect(trackOf(noon, noon + HOUR, noon, noon)).toBe(null);
});

test('the zone that opens next is named only while none is open', () => {
  const zone = (
    timeZone: string,
    opensAt: string | null,
    isOpen = false,
  ): { timeZone: string; opensAt: string | null; isOpen: boolean } => ({
    timeZone,
    opensAt,
    isOpen,
  });
  const later = zone('Europe/Moscow', '2026-11-21T07:00:00Z');
  const sooner = zone('Asia/Omsk', '2026-11-21T04:00:00Z');
  expect(nextToOpen([later, sooner, zone('Pacific/Niue', null)])).toEqual({
    zone: sooner,
    at: Date.parse('2026-11-21T04:00:00Z'),
  });
  expect(nextToOpen([later, zone('Asia/Tokyo', '2026-11-21T00:00:00Z', true)])).toBe(null);
  expect(nextToOpen([zone('Pacific/Niue', null)])).toBe(null);
  expect(nextToOpen([])).toBe(null);
});
