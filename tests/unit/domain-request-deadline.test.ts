import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestTimeoutMs } from '../../src/domain/request-deadline.ts';

const nowAt = Date.parse('2026-11-21T12:00Z');

describe('the timeout of a request', () => {
  test.each([
    ['far away', 10_000, 3_600_000, 10_000],
    ['never', 10_000, Infinity, 10_000],
    ['just far enough', 10_000, 10_150, 10_000],
    ['a millisecond nearer than that', 10_000, 10_149, 9_999],
    ['near', 10_000, 1_000, 850],
    ['as near as is worth starting', 10_000, 400, 250],
    ['too near', 10_000, 399, null],
    ['now', 10_000, 0, null],
    ['past', 10_000, -1, null],
    ['in fractions of a millisecond', 10_000, 1_000.9, 850],
    ['near, with a short timeout', 100, 250, 100],
    ['too near, with a short timeout', 100, 249, null],
  ])('with the deadline %s (timeout %d ms, %d ms left) is %s', (_, timeoutMs, leftMs, expected) => {
    expect(requestTimeoutMs({ timeoutMs, deadlineAt: nowAt + leftMs, nowAt })).toBe(expected);
  });

  test('always ends a guard before the deadline, never exceeds the setting, and a later deadline never shortens it', () => {
    const instants = fc.integer({ min: -60_000, max: 60_000 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30_000 }), instants, fc.nat({ max: 60_000 }), (timeoutMs, leftMs, laterMs) => {
        const given = requestTimeoutMs({ timeoutMs, deadlineAt: nowAt + leftMs, nowAt });
        const later = requestTimeoutMs({ timeoutMs, deadlineAt: nowAt + leftMs + laterMs, nowAt });
        if (given === null) return;
        expect(given).toBeGreaterThan(0);
        expect(given).toBeLessThanOrEqual(timeoutMs);
        expect(given).toBeLessThanOrEqual(leftMs - 150);
        expect(later).not.toBeNull();
        expect(later).toBeGreaterThanOrEqual(given);
      }),
      { numRuns: 1000 },
    );
  });
});
