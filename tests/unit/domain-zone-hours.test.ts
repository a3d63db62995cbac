import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SendWindow } from '../../src/domain/send-window.ts';
import { nextOpenInterval } from '../../src/domain/send-window.ts';
import { hoursAt, inOrderOfHours } from '../../src/domain/zone-hours.ts';

const at = (text: string): number => Date.parse(text);
const hour = 3_600_000;
const now = at('2027-06-15T12:00:00Z');
const daily: SendWindow = { from: '10:00', to: '20:00' };
const week = { startsAt: now - 48 * hour, endsAt: now + 120 * hour, sendWindow: daily };
const never = { isOpen: false, opensAt: null, closesAt: null };

describe('with a window', () => {
  test('an opening that is under way began when the window opened, not now', () => {
    expect(hoursAt(week, 'UTC', now)).toEqual({ isOpen: true, opensAt: now - 2 * hour, closesAt: now + 8 * hour });
  });

  test('a closed zone says when it opens next', () => {
    expect(hoursAt(week, 'America/Los_Angeles', now)).toEqual({
      isOpen: false,
      opensAt: at('2027-06-15T17:00:00Z'),
      closesAt: at('2027-06-16T03:00:00Z'),
    });
  });

  test("nothing opens before the mailing's start or closes after its end", () => {
    expect(hoursAt({ ...week, startsAt: now - hour, endsAt: now + hour }, 'UTC', now)).toEqual({
      isOpen: true,
      opensAt: now - hour,
      closesAt: now + hour,
    });
  });

  test('a zone that does not open again before the end has no hours, nor has any at the end', () => {
    expect(hoursAt({ ...week, endsAt: now + hour }, 'America/Los_Angeles', now)).toEqual(never);
    expect(hoursAt({ ...week, endsAt: now }, 'UTC', now)).toEqual(never);
  });

  test('at the instant of closing it is closed, at that of opening open', () => {
    expect(hoursAt(week, 'UTC', at('2027-06-15T20:00:00Z'))).toMatchObject({ isOpen: false, opensAt: at('2027-06-16T10:00:00Z') });
    expect(hoursAt(week, 'UTC', at('2027-06-16T10:00:00Z'))).toMatchObject({ isOpen: true, opensAt: at('2027-06-16T10:00:00Z') });
  });

  test('an opening that a clock change has made longer than a day is found from its beginning', () => {
    // Closed from 02:30 to 02:31 alone, which the night of 28 March 2027 does not have in Berlin.
    const period = { startsAt: at('2027-03-20T00:00:00Z'), endsAt: at('2027-04-10T00:00:00Z'), sendWindow: { from: '02:31', to: '02:30' } };
    expect(hoursAt(period, 'Europe/Berlin', at('2027-03-28T23:00:00Z'))).toEqual({
      isOpen: true,
      opensAt: at('2027-03-27T01:31:00Z'),
      closesAt: at('2027-03-29T00:30:00Z'),
    });
  });
});

test('without a window a zone is open from the start to the end', () => {
  const period = { startsAt: now - 900 * hour, endsAt: now + hour, sendWindow: null };
  expect(hoursAt(period, 'Asia/Tokyo', now)).toEqual({ isOpen: true, opensAt: period.startsAt, closesAt: period.endsAt });
  expect(hoursAt(period, 'Asia/Tokyo', now + hour)).toEqual(never);
});

test('at any instant the hours are those of the window around it', () => {
  const time = fc
    .integer({ min: 0, max: 1_439 })
    .map((minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`);
  const window = fc.record({ from: time, to: time }).filter(({ from, to }) => from !== to);
  const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', '+03:00');
  const minutes = fc.integer({ min: 0, max: 365 * 24 * 60 });
  fc.assert(
    fc.property(window, zone, minutes, fc.integer({ min: 1, max: 20_000 }), (sendWindow, timeZone, minute, lasts) => {
      const startsAt = at('2027-01-01T00:00:00Z');
      const moment = startsAt + minute * 60_000;
      const endsAt = moment + lasts * 60_000;
      const hours = hoursAt({ startsAt, endsAt, sendWindow }, timeZone, moment);
      const isOpenAt = (instant: number): boolean => nextOpenInterval(sendWindow, timeZone, instant, instant + 1) !== null;

      expect(hours.isOpen).toBe(isOpenAt(moment));
      if (hours.opensAt === null || hours.closesAt === null) {
        expect(nextOpenInterval(sendWindow, timeZone, moment, endsAt)).toBeNull();
        return;
      }
      expect(hours.closesAt).toBe(nextOpenInterval(sendWindow, timeZone, moment, endsAt)?.closesAt);
      expect(isOpenAt(hours.opensAt)).toBe(true);
      expect(hours.opensAt === startsAt || !isOpenAt(hours.opensAt - 1)).toBe(true);
    }),
  );
});

test('open zones come first, then the earliest opening, those that never open last', () => {
  const [open, openLater, soon, late] = [
    { isOpen: true, opensAt: 1, closesAt: 9 },
    { isOpen: true, opensAt: 2, closesAt: 9 },
    { isOpen: false, opensAt: 5, closesAt: 9 },
    { isOpen: false, opensAt: 6, closesAt: 9 },
  ];
  expect([never, late, openLater, soon, open].toSorted(inOrderOfHours)).toEqual([open, openLater, soon, late, never]);
});
