// Quick choices of a period, and the clients' time zones beside the operator's.
import { describe, expect, test } from 'vitest';
import { extremeClocks, offsetName, placeOf, windowHere } from '../../web/src/mailings/client-zones.ts';
import { defaultEnd, endChoices, startChoices } from '../../web/src/mailings/quick-times.ts';

const moscow = 'Europe/Moscow';
/** A Tuesday. */
const noon = Date.parse('2026-12-01T12:00:00+03:00');

describe('quick choices', () => {
  test('start tomorrow morning or on Monday, which on a Sunday are one', () => {
    expect(startChoices(noon, moscow)).toEqual([
      { name: 'tomorrowMorning', clock: '2026-12-02 09:00:00' },
      { name: 'monday', clock: '2026-12-07 09:00:00' },
    ]);
    expect(startChoices(Date.parse('2026-12-06T12:00:00+03:00'), moscow)).toEqual([
      { name: 'tomorrowMorning', clock: '2026-12-07 09:00:00' },
    ]);
    expect(startChoices(Date.parse('2026-12-07T12:00:00+03:00'), moscow)[1]?.clock).toBe('2026-12-14 09:00:00');
  });

  test('end after the start, whether that is in the past or to come', () => {
    const clocks = (start: string): readonly string[] => endChoices(start, noon, moscow).map(({ clock }) => clock);
    expect(clocks('2020-01-01 00:00:00')).toEqual([
      '2026-12-01 21:00:00',
      '2026-12-02 00:00:00',
      '2026-12-02 21:00:00',
      '2026-12-08 21:00:00',
    ]);
    expect(clocks('2026-12-24 22:00:00')).toEqual(['2026-12-25 00:00:00', '2026-12-25 21:00:00', '2026-12-31 21:00:00']);
  });

  test('a new mailing ends in the evening, and has at least an hour', () => {
    expect(defaultEnd(noon, moscow)).toBe('2026-12-01 21:00:00');
    expect(defaultEnd(Date.parse('2026-12-01T20:30:00+03:00'), moscow)).toBe('2026-12-02 21:00:00');
    expect(defaultEnd(Date.parse('2026-12-01T23:30:00+03:00'), moscow)).toBe('2026-12-02 21:00:00');
  });
});

describe("clients' clocks", () => {
  const zones = [
    { timeZone: 'Europe/Moscow', clients: 10 },
    { timeZone: 'Asia/Kamchatka', clients: 1 },
    { timeZone: 'Asia/Anadyr', clients: 5 },
    { timeZone: 'America/New_York', clients: 2 },
  ];

  test('are shown for both ends, with the zone that has the most clients, and their date', () => {
    expect(extremeClocks(zones, Date.parse('2026-12-01T20:00:00+03:00'), moscow)).toEqual([
      { timeZone: 'America/New_York', time: '12:00', days: 0 },
      { timeZone: 'Asia/Anadyr', time: '05:00', days: 1 },
    ]);
    expect(extremeClocks(zones, Date.parse('2026-12-01T05:00:00+03:00'), moscow)[0]).toEqual({
      timeZone: 'America/New_York',
      time: '21:00',
      days: -1,
    });
  });

  test('are one when all zones agree, and none without zones', () => {
    expect(
      extremeClocks(
        [
          { timeZone: '+03:00', clients: 1 },
          { timeZone: moscow, clients: 2 },
        ],
        noon,
        moscow,
      ),
    ).toEqual([{ timeZone: moscow, time: '12:00', days: 0 }]);
    expect(extremeClocks([], noon, moscow)).toEqual([]);
  });
});

describe("the clients' window", () => {
  test.each([
    ['Asia/Vladivostok', '02:00', '14:00'],
    ['Europe/Moscow', '09:00', '21:00'],
    ['America/New_York', '17:00', '05:00'],
    ['+05:45', '06:15', '18:15'],
    ['-12:00', '00:00', '12:00'],
  ])('09:00–21:00 in %s is %s–%s in Moscow', (zone, from, to) => {
    expect(windowHere({ from: '09:00', to: '21:00' }, zone, moscow, noon)).toEqual({ from, to });
  });

  test('follows the clock changes of both zones', () => {
    const window = { from: '09:00', to: '21:00' };
    expect(windowHere(window, 'Europe/Berlin', moscow, Date.parse('2026-07-01T00:00:00Z')).from).toBe('10:00');
    expect(windowHere(window, 'Europe/Berlin', moscow, noon).from).toBe('11:00');
  });
});

test('zones are named by their places', () => {
  expect(placeOf('America/Argentina/Buenos_Aires')).toBe('Buenos Aires');
  expect(placeOf('+03:00')).toBe('+03:00');
  expect(placeOf('UTC')).toBe('UTC');
  expect(offsetName('Asia/Kathmandu', noon)).toBe('UTC+5:45');
  expect(offsetName('America/New_York', noon)).toBe('UTC−5');
});
