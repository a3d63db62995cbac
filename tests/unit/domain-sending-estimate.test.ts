import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SendingPlan, WaitingMessages } from '../../src/domain/sending-estimate.ts';
import { estimateSending } from '../../src/domain/sending-estimate.ts';

const now = Date.parse('2026-11-21T12:00Z');
const hour = 3_600_000;
const waiting = (group: Partial<WaitingMessages> = {}): WaitingMessages => ({
  timeZone: 'UTC',
  messages: 3_600,
  opensAt: now - hour,
  closesAt: now + 24 * hour,
  ...group,
});
const plan = (...groups: readonly WaitingMessages[]): SendingPlan => ({ now, endsAt: now + 24 * hour, sendWindow: null, waiting: groups });

describe('without windows', () => {
  test('the waiting messages take their number by the rate', () => {
    expect(estimateSending(plan(waiting()), 1)).toMatchObject({ lastSentAt: now + hour, willNotFit: 0 });
    expect(estimateSending(plan(waiting(), waiting({ timeZone: 'Europe/Moscow' })), 2)).toMatchObject({
      lastSentAt: now + hour,
      willNotFit: 0,
    });
  });

  test('what the time until the end is too short for does not fit', () => {
    expect(estimateSending({ ...plan(waiting({ closesAt: now + hour / 2 })), endsAt: now + hour / 2 }, 1)).toMatchObject({
      lastSentAt: now + hour / 2,
      willNotFit: 1_800,
    });
  });

  test('a retry waits for its time', () => {
    expect(estimateSending(plan(waiting({ messages: 60 }), waiting({ messages: 60, opensAt: now + hour })), 1)).toMatchObject({
      lastSentAt: now + hour + 60_000,
      willNotFit: 0,
    });
  });

  test('nothing that waits is through at once', () => {
    expect(estimateSending(plan(), 1)).toMatchObject({ lastSentAt: now, willNotFit: 0 });
  });
});

describe('with windows', () => {
  const daily = { from: '11:00', to: '13:00' };
  const untilOne = { opensAt: now - hour, closesAt: now + hour };

  test('what is left at a closing goes on at the next opening', () => {
    // An hour today, then half an hour tomorrow.
    expect(
      estimateSending({ ...plan(waiting({ ...untilOne, messages: 5_400 })), sendWindow: daily, endsAt: now + 48 * hour }, 1),
    ).toMatchObject({
      lastSentAt: now + 23.5 * hour,
      willNotFit: 0,
    });
  });

  test('each zone has its own hours; the rate is shared by those that are open together', () => {
    const later = waiting({ timeZone: '-02:00', opensAt: now + hour, closesAt: now + 3 * hour, messages: 3_600 });
    expect(estimateSending({ ...plan(waiting({ ...untilOne, messages: 1_800 }), later), sendWindow: daily }, 1)).toMatchObject({
      lastSentAt: now + 2 * hour,
      willNotFit: 0,
    });
    const together = waiting({ timeZone: '+00:00', ...untilOne, opensAt: now, messages: 3_600 });
    expect(estimateSending({ ...plan(waiting(untilOne), together), sendWindow: daily, endsAt: now + 2 * hour }, 1)).toMatchObject({
      lastSentAt: now + hour,
      willNotFit: 3_600,
    });
  });

  test('what does not fit is told zone by zone', () => {
    const closed = waiting({ timeZone: '-09:00', opensAt: now - 16 * hour, closesAt: now - 14 * hour, messages: 70 });
    const short = waiting({ ...untilOne, messages: 3_650 });
    const estimate = estimateSending({ ...plan(short, closed), sendWindow: daily, endsAt: now + 8 * hour }, 1);
    expect(estimate).toMatchObject({
      willNotFit: 120,
      willNotFitOf: new Map([
        ['UTC', 50],
        ['-09:00', 70],
      ]),
    });
  });

  test('an end beyond all patience has no answer', () => {
    const years = { ...plan(waiting({ ...untilOne, messages: 1e9 })), sendWindow: daily, endsAt: now + 100 * 365 * 24 * hour };
    expect(estimateSending(years, 1)).toBeNull();
  });

  test('never lies before now or after the end, and never loses more than there are', () => {
    const group = fc
      .record({
        timeZone: fc.constantFrom('UTC', 'Europe/Moscow', 'America/New_York', '+05:45'),
        messages: fc.integer({ min: 1, max: 100_000 }),
        opens: fc.integer({ min: -48, max: 48 }),
        lasts: fc.integer({ min: 1, max: 24 }),
      })
      .map(({ timeZone, messages, opens, lasts }) => {
        const opensAt = now + opens * hour;
        return { timeZone, messages, opensAt, closesAt: Math.min(opensAt + lasts * hour, now + 72 * hour) };
      });
    const window = fc.option(fc.constantFrom(daily, { from: '22:00', to: '06:00' }));
    fc.assert(
      fc.property(
        fc.array(group, { maxLength: 6 }),
        window,
        fc.double({ min: 0.01, max: 1_000, noNaN: true }),
        (groups, sendWindow, perSecond) => {
          const estimate = estimateSending({ now, endsAt: now + 72 * hour, sendWindow, waiting: groups }, perSecond);
          if (estimate === null) return;
          const total = groups.reduce((sum, { messages }) => sum + messages, 0);
          expect(estimate.lastSentAt).toBeGreaterThanOrEqual(now);
          expect(estimate.lastSentAt).toBeLessThanOrEqual(now + 72 * hour + 1);
          expect(estimate.willNotFit).toBeGreaterThanOrEqual(0);
          expect(estimate.willNotFit).toBeLessThanOrEqual(total);
          // In whole messages, zone by zone, to the same sum.
          expect([...estimate.willNotFitOf.values()].reduce((sum, part) => sum + part, 0)).toBe(estimate.willNotFit);
          for (const [zone, part] of estimate.willNotFitOf) {
            const waitingThere = groups.reduce((sum, one) => sum + (one.timeZone === zone ? one.messages : 0), 0);
            expect(Number.isInteger(part)).toBe(true);
            expect(part).toBeGreaterThan(0);
            expect(part).toBeLessThanOrEqual(waitingThere);
          }
          // Twice as fast never takes longer and never leaves more.
          const faster = estimateSending({ now, endsAt: now + 72 * hour, sendWindow, waiting: groups }, perSecond * 2);
          expect(faster?.willNotFit).toBeLessThanOrEqual(estimate.willNotFit);
        },
      ),
    );
  });
});
