// Send windows by name: each case is an instant that can be looked up. The comparison with an oracle is in domain-send-window-oracle.test.ts.
import { describe, expect, test } from 'vitest';
import type { SendWindow } from '../../src/domain/send-window.ts';
import { checkSendWindow, nextOpenInterval } from '../../src/domain/send-window.ts';

/** 'HH:MM-HH:MM' as a window. */
function windowOf(text: string): SendWindow {
  return { from: text.slice(0, 5), to: text.slice(6) };
}

/** Every open interval of a period, in UTC to the minute unless it is finer. */
function openIntervals(window: string, timeZone: string, from: string, until: string): string[] {
  const intervals: string[] = [];
  const untilAt = Date.parse(until);
  let next = nextOpenInterval(windowOf(window), timeZone, Date.parse(from), untilAt);
  // Bounded, so that an interval that never ends shows as a wrong list.
  while (next !== null && intervals.length < 1000) {
    intervals.push(`${utc(next.opensAt)}/${utc(next.closesAt)}`);
    next = nextOpenInterval(windowOf(window), timeZone, next.closesAt, untilAt);
  }
  return intervals;
}

function utc(at: number): string {
  return new Date(at).toISOString().replace(/(?::00)?\.000Z$/, 'Z');
}

describe('a send window in a zone without clock changes', () => {
  const day = ['2026-11-20T21:00Z', '2026-11-21T21:00Z'] as const;

  test('opens and closes by the wall clock of the zone, east and west', () => {
    expect(openIntervals('09:00-18:00', 'Europe/Moscow', ...day)).toEqual(['2026-11-21T06:00Z/2026-11-21T15:00Z']);
    expect(openIntervals('09:00-18:00', '+03:00', ...day)).toEqual(['2026-11-21T06:00Z/2026-11-21T15:00Z']);
    expect(openIntervals('09:00-10:00', '-09:30', ...day)).toEqual(['2026-11-21T18:30Z/2026-11-21T19:30Z']);
    expect(openIntervals('09:00-10:00', '+05:45', ...day)).toEqual(['2026-11-21T03:15Z/2026-11-21T04:15Z']);
  });

  test('is cut where the period begins and ends, to the millisecond', () => {
    expect(openIntervals('09:00-18:00', 'UTC', '2026-11-21T12:00:00.123Z', '2026-11-22T09:00:00.001Z')).toEqual([
      '2026-11-21T12:00:00.123Z/2026-11-21T18:00Z',
      '2026-11-22T09:00Z/2026-11-22T09:00:00.001Z',
    ]);
  });

  test('is open at its first instant and closed at its last', () => {
    expect(openIntervals('09:00-18:00', 'UTC', '2026-11-21T09:00Z', '2026-11-21T18:00Z')).toEqual(['2026-11-21T09:00Z/2026-11-21T18:00Z']);
    expect(openIntervals('09:00-18:00', 'UTC', '2026-11-21T18:00Z', '2026-11-22T09:00Z')).toEqual([]);
    expect(openIntervals('09:00-18:00', 'UTC', '2026-11-21T17:59:59.999Z', '2026-11-22T09:00Z')).toEqual([
      '2026-11-21T17:59:59.999Z/2026-11-21T18:00Z',
    ]);
  });

  test('that spans midnight is one interval', () => {
    expect(openIntervals('22:00-06:00', 'UTC', '2026-11-21T12:00Z', '2026-11-22T12:00Z')).toEqual(['2026-11-21T22:00Z/2026-11-22T06:00Z']);
    expect(openIntervals('22:00-06:00', 'UTC', '2026-11-21T03:00Z', '2026-11-21T23:00Z')).toEqual([
      '2026-11-21T03:00Z/2026-11-21T06:00Z',
      '2026-11-21T22:00Z/2026-11-21T23:00Z',
    ]);
  });

  test('may begin or end at midnight', () => {
    expect(openIntervals('00:00-01:00', 'UTC', '2026-11-21T12:00Z', '2026-11-22T12:00Z')).toEqual(['2026-11-22T00:00Z/2026-11-22T01:00Z']);
    expect(openIntervals('23:00-00:00', 'UTC', '2026-11-21T12:00Z', '2026-11-22T12:00Z')).toEqual(['2026-11-21T23:00Z/2026-11-22T00:00Z']);
  });

  test('of a minute less than a day closes for that minute', () => {
    expect(openIntervals('12:01-12:00', 'UTC', '2026-11-21T00:00Z', '2026-11-22T00:00Z')).toEqual([
      '2026-11-21T00:00Z/2026-11-21T12:00Z',
      '2026-11-21T12:01Z/2026-11-22T00:00Z',
    ]);
  });

  test('is right for instants before 1970', () => {
    expect(openIntervals('09:00-18:00', 'UTC', '1965-03-01T00:00Z', '1965-03-02T00:00Z')).toEqual(['1965-03-01T09:00Z/1965-03-01T18:00Z']);
  });

  test('never opens in an empty or reversed period, or between its hours', () => {
    const at = Date.parse('2026-11-21T12:00Z');
    expect(nextOpenInterval(windowOf('09:00-18:00'), 'UTC', at, at)).toBeNull();
    expect(nextOpenInterval(windowOf('09:00-18:00'), 'UTC', at, at - 1)).toBeNull();
    expect(nextOpenInterval(windowOf('09:00-18:00'), 'UTC', Date.parse('2026-11-21T18:00Z'), Date.parse('2026-11-22T09:00Z'))).toBeNull();
  });

  test('left out, everything is open', () => {
    expect(nextOpenInterval(null, 'Europe/Berlin', 5, 7)).toEqual({ opensAt: 5, closesAt: 7 });
    expect(nextOpenInterval(null, 'Europe/Berlin', 7, 7)).toBeNull();
    expect(nextOpenInterval(null, 'Europe/Berlin', 8, 7)).toBeNull();
  });
});

describe('a send window on the day clocks go forward', () => {
  // Europe/Berlin, 2026-03-29 01:00Z: 02:00 -> 03:00.
  const berlin = ['Europe/Berlin', '2026-03-28T12:00Z', '2026-03-29T12:00Z'] as const;

  test('does not open when the skipped hour holds all of it', () => {
    expect(openIntervals('02:00-03:00', ...berlin)).toEqual([]);
    expect(openIntervals('02:15-02:45', ...berlin)).toEqual([]);
    expect(openIntervals('02:15-02:45', 'Europe/Berlin', '2026-03-28T12:00Z', '2026-03-30T12:00Z')).toEqual([
      '2026-03-30T00:15Z/2026-03-30T00:45Z',
    ]);
  });

  test('opens late when it begins in the skipped hour, closes early when it ends there', () => {
    expect(openIntervals('02:30-04:00', ...berlin)).toEqual(['2026-03-29T01:00Z/2026-03-29T02:00Z']);
    expect(openIntervals('01:00-02:30', ...berlin)).toEqual(['2026-03-29T00:00Z/2026-03-29T01:00Z']);
  });

  test('is shorter but one interval when the skipped hour lies inside it', () => {
    expect(openIntervals('01:00-04:00', ...berlin)).toEqual(['2026-03-29T00:00Z/2026-03-29T02:00Z']);
    expect(openIntervals('22:00-06:00', ...berlin)).toEqual(['2026-03-28T21:00Z/2026-03-29T04:00Z']);
  });

  test('closes for nothing when it is closed only in the skipped hour', () => {
    expect(openIntervals('03:00-02:00', ...berlin)).toEqual(['2026-03-28T12:00Z/2026-03-29T12:00Z']);
  });

  test('follows New York', () => {
    // 2026-03-08 07:00Z: 02:00 -> 03:00.
    const newYork = ['America/New_York', '2026-03-08T00:00Z', '2026-03-08T23:00Z'] as const;
    expect(openIntervals('02:10-02:50', ...newYork)).toEqual([]);
    expect(openIntervals('01:30-03:30', ...newYork)).toEqual(['2026-03-08T06:30Z/2026-03-08T07:30Z']);
    expect(openIntervals('09:00-17:00', ...newYork)).toEqual(['2026-03-08T13:00Z/2026-03-08T21:00Z']);
  });

  test('follows Lord Howe, which moves by half an hour', () => {
    // 2026-10-03 15:30Z: 02:00 -> 02:30.
    const lordHowe = ['Australia/Lord_Howe', '2026-10-03T12:00Z', '2026-10-04T10:00Z'] as const;
    expect(openIntervals('02:00-02:30', ...lordHowe)).toEqual([]);
    expect(openIntervals('02:15-02:45', ...lordHowe)).toEqual(['2026-10-03T15:30Z/2026-10-03T15:45Z']);
    expect(openIntervals('01:30-03:00', ...lordHowe)).toEqual(['2026-10-03T15:00Z/2026-10-03T16:00Z']);
  });

  test('follows Beirut and Santiago, which skip the hour of midnight', () => {
    // Asia/Beirut, 2026-03-28 22:00Z: 00:00 -> 01:00. America/Santiago, 2026-09-06 04:00Z: 00:00 -> 01:00.
    expect(openIntervals('00:00-01:00', 'Asia/Beirut', '2026-03-28T12:00Z', '2026-03-29T12:00Z')).toEqual([]);
    expect(openIntervals('23:30-00:30', 'Asia/Beirut', '2026-03-28T12:00Z', '2026-03-29T12:00Z')).toEqual([
      '2026-03-28T21:30Z/2026-03-28T22:00Z',
    ]);
    expect(openIntervals('22:00-02:00', 'America/Santiago', '2026-09-05T12:00Z', '2026-09-06T12:00Z')).toEqual([
      '2026-09-06T02:00Z/2026-09-06T05:00Z',
    ]);
  });

  test('follows Apia across the date line, which skipped a whole day', () => {
    // 2011-12-30 10:00Z: from midnight at the end of the 29th to the beginning of the 31st.
    const apia = ['Pacific/Apia', '2011-12-29T12:00Z', '2011-12-31T10:00Z'] as const;
    expect(openIntervals('09:00-17:00', ...apia)).toEqual(['2011-12-29T19:00Z/2011-12-30T03:00Z', '2011-12-30T19:00Z/2011-12-31T03:00Z']);
    expect(openIntervals('22:00-02:00', ...apia)).toEqual(['2011-12-30T08:00Z/2011-12-30T12:00Z', '2011-12-31T08:00Z/2011-12-31T10:00Z']);
  });
});

describe('a send window on the day clocks go back', () => {
  // Europe/Berlin, 2026-10-25 01:00Z: 03:00 -> 02:00, so 02:00 to 03:00 passes twice, from 00:00Z and from 01:00Z.
  const berlin = ['Europe/Berlin', '2026-10-24T12:00Z', '2026-10-25T12:00Z'] as const;

  test('is open in both passes of the repeated hour', () => {
    expect(openIntervals('02:15-02:45', ...berlin)).toEqual(['2026-10-25T00:15Z/2026-10-25T00:45Z', '2026-10-25T01:15Z/2026-10-25T01:45Z']);
  });

  test('is one interval when both passes touch', () => {
    expect(openIntervals('02:00-03:00', ...berlin)).toEqual(['2026-10-25T00:00Z/2026-10-25T02:00Z']);
    expect(openIntervals('01:00-04:00', ...berlin)).toEqual(['2026-10-24T23:00Z/2026-10-25T03:00Z']);
    expect(openIntervals('22:00-06:00', ...berlin)).toEqual(['2026-10-24T20:00Z/2026-10-25T05:00Z']);
  });

  test('closes and opens again when it begins or ends inside the repeated hour', () => {
    expect(openIntervals('01:00-02:30', ...berlin)).toEqual(['2026-10-24T23:00Z/2026-10-25T00:30Z', '2026-10-25T01:00Z/2026-10-25T01:30Z']);
    expect(openIntervals('02:30-04:00', ...berlin)).toEqual(['2026-10-25T00:30Z/2026-10-25T01:00Z', '2026-10-25T01:30Z/2026-10-25T03:00Z']);
  });

  test('opens once when it begins where the repeated hour ends', () => {
    expect(openIntervals('03:00-04:00', ...berlin)).toEqual(['2026-10-25T02:00Z/2026-10-25T03:00Z']);
  });

  test('is cut by a period that begins between the passes', () => {
    expect(openIntervals('02:15-02:45', 'Europe/Berlin', '2026-10-25T00:45Z', '2026-10-25T01:30Z')).toEqual([
      '2026-10-25T01:15Z/2026-10-25T01:30Z',
    ]);
    expect(openIntervals('02:15-02:45', 'Europe/Berlin', '2026-10-25T00:45Z', '2026-10-25T01:15Z')).toEqual([]);
  });

  test('follows New York', () => {
    // 2026-11-01 06:00Z: 02:00 -> 01:00.
    const newYork = ['America/New_York', '2026-11-01T00:00Z', '2026-11-01T23:00Z'] as const;
    expect(openIntervals('01:10-01:50', ...newYork)).toEqual([
      '2026-11-01T05:10Z/2026-11-01T05:50Z',
      '2026-11-01T06:10Z/2026-11-01T06:50Z',
    ]);
    expect(openIntervals('00:30-02:30', ...newYork)).toEqual(['2026-11-01T04:30Z/2026-11-01T07:30Z']);
  });

  test('follows Lord Howe, which moves by half an hour', () => {
    // 2026-04-04 15:00Z: 02:00 -> 01:30.
    const lordHowe = ['Australia/Lord_Howe', '2026-04-04T12:00Z', '2026-04-05T10:00Z'] as const;
    expect(openIntervals('01:40-01:50', ...lordHowe)).toEqual([
      '2026-04-04T14:40Z/2026-04-04T14:50Z',
      '2026-04-04T15:10Z/2026-04-04T15:20Z',
    ]);
    expect(openIntervals('01:30-02:00', ...lordHowe)).toEqual(['2026-04-04T14:30Z/2026-04-04T15:30Z']);
  });

  test('follows Casablanca, which goes back for Ramadan', () => {
    // 2026-02-15 02:00Z: 03:00 -> 02:00; 2026-03-22 02:00Z: 02:00 -> 03:00.
    expect(openIntervals('02:30-03:30', 'Africa/Casablanca', '2026-02-15T00:00Z', '2026-02-15T12:00Z')).toEqual([
      '2026-02-15T01:30Z/2026-02-15T02:00Z',
      '2026-02-15T02:30Z/2026-02-15T03:30Z',
    ]);
    expect(openIntervals('02:15-02:45', 'Africa/Casablanca', '2026-03-22T00:00Z', '2026-03-22T12:00Z')).toEqual([]);
  });

  test('follows Kwajalein, which in 1969 lived a day nearly twice, and crosses both changes of a year in one period', () => {
    const year = openIntervals('09:00-10:00', 'Europe/Berlin', '2026-01-01T00:00Z', '2027-01-01T00:00Z');
    expect(year).toHaveLength(365);
    expect(year[86]).toBe('2026-03-28T08:00Z/2026-03-28T09:00Z');
    expect(year[87]).toBe('2026-03-29T07:00Z/2026-03-29T08:00Z');
    expect(year[297]).toBe('2026-10-25T08:00Z/2026-10-25T09:00Z');
    // 1969-09-30 13:00Z: from +11:00 to -12:00, 23 hours back.
    expect(openIntervals('20:00-04:00', 'Pacific/Kwajalein', '1969-09-30T06:00Z', '1969-10-02T06:00Z')).toEqual([
      '1969-09-30T09:00Z/1969-09-30T16:00Z',
      '1969-10-01T08:00Z/1969-10-01T16:00Z',
    ]);
  });
});

describe('a send window given by a caller', () => {
  test.each(['00:00-23:59', '23:59-00:00', '09:00-18:00', '22:00-06:00', '09:00-09:01'])('%s is accepted as it is', (text) => {
    expect(checkSendWindow(windowOf(text), ['sendWindow'])).toEqual({ ok: true, value: windowOf(text) });
  });

  test.each(['', '9:00', '24:00', '12:60', '09.00', '0900', '09:00:00', ' 09:00', '09:00\n', '-1:00', '09:00+03:00', '9am', '０９:00'])(
    'with %j at either end is refused, naming the end',
    (time) => {
      const code = 'INVALID_SEND_WINDOW';
      const message = expect.stringContaining('HH:MM');
      expect(checkSendWindow({ from: time, to: '18:00' }, ['input', 'sendWindow'])).toEqual({
        ok: false,
        errors: [{ code, field: ['input', 'sendWindow', 'from'], message }],
      });
      expect(checkSendWindow({ from: '09:00', to: time }, ['input', 'sendWindow'])).toEqual({
        ok: false,
        errors: [{ code, field: ['input', 'sendWindow', 'to'], message }],
      });
      expect(checkSendWindow({ from: time, to: time }, ['w'])).toMatchObject({
        errors: [{ field: ['w', 'from'] }, { field: ['w', 'to'] }],
      });
    },
  );

  test.each(['00:00', '09:00'])('that opens and closes at %s is refused', (time) => {
    expect(checkSendWindow({ from: time, to: time }, ['w'])).toMatchObject({
      ok: false,
      errors: [{ code: 'INVALID_SEND_WINDOW', field: ['w', 'to'] }],
    });
  });
});
