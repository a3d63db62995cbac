import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retryDelayMs } from '../../src/domain/retry-schedule.ts';

const half = (): number => 0.5;
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the wait before the next attempt', () => {
  test.each([
    [1, 2_000],
    [2, 5_000],
    [3, 15_000],
    [4, 45_000],
    [5, 120_000],
    [6, 300_000],
    [7, 300_000],
    [1000, 300_000],
  ])('after %d attempts is %d ms in the middle of its range', (attempts, delayMs) => {
    expect(retryDelayMs(attempts, half)).toBe(delayMs);
  });

  test('is moved by up to a fifth either way', () => {
    expect(retryDelayMs(1, () => 0)).toBe(1_600);
    expect(retryDelayMs(1, () => 1 - Number.EPSILON)).toBe(2_400);
    expect(retryDelayMs(9, () => 0)).toBe(240_000);
    expect(retryDelayMs(9, () => 1 - Number.EPSILON)).toBe(360_000);
    expect(retryDelayMs(3, () => 0.25)).toBe(13_500);
  });

  test('is a whole number within a fifth of its middle, whatever the chance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), chance, (attempts, one) => {
        const delayMs = retryDelayMs(attempts, () => one);
        const middleMs = retryDelayMs(attempts, half);
        expect(Number.isInteger(delayMs)).toBe(true);
        expect(Math.abs(delayMs - middleMs)).toBeLessThanOrEqual(middleMs / 5);
      }),
    );
  });

  test('grows up to the sixth attempt, whatever the chance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), chance, chance, (attempts, one, other) => {
        expect(retryDelayMs(attempts + 1, () => other)).toBeGreaterThan(retryDelayMs(attempts, () => one));
      }),
    );
  });

  test('asks chance once, so that a seeded run stays the same', () => {
    let asked = 0;
    retryDelayMs(3, () => {
      asked += 1;
      return 0.5;
    });
    expect(asked).toBe(1);
  });
});
