import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { breakerTrips, isBadAnswer, isDegraded, isGoodProbe, rampPerSecond } from '../../src/domain/provider-gate.ts';
import type { SendOutcome } from '../../src/domain/send-outcome.ts';

const counts = (answers: number, bad: number, lateAnswers = answers, lateBad = bad) => ({ answers, bad, lateAnswers, lateBad });

describe('the breaker', () => {
  test.each([
    ['19 answers say nothing, be they all bad', counts(19, 19), false],
    ['20 bad ones are enough', counts(20, 20), true],
    ['70 % bad closes', counts(100, 70), true],
    ['69 % bad does not', counts(100, 69), false],
    ['an outage after a good time closes when the last seconds hold nothing good', counts(30_000, 60, 60, 60), true],
    ['one good answer in the last seconds leaves the decision to the half minute', counts(30_000, 60, 61, 60), false],
    ['19 in the last seconds say nothing', counts(1_000, 19, 19, 19), false],
    ['a quiet provider stays', counts(0, 0), false],
  ])('%s', (_, seen, trips) => {
    expect(breakerTrips(seen)).toBe(trips);
  });

  test('retries stand back from 10 % of at least 20 answers', () => {
    expect(isDegraded(counts(20, 2))).toBe(true);
    expect(isDegraded(counts(100, 9))).toBe(false);
    expect(isDegraded(counts(19, 19))).toBe(false);
    expect(isDegraded(counts(0, 0))).toBe(false);
  });

  const detail = { code: 'X', message: 'x' };
  test.each<[SendOutcome, boolean, boolean]>([
    [{ kind: 'accepted' }, false, true],
    [{ kind: 'refused', ...detail }, false, true],
    [{ kind: 'retry', ...detail }, true, false],
    [{ kind: 'ambiguous', ...detail }, true, false],
    [{ kind: 'throttled', retryAfterMs: 1_000, ...detail }, false, false],
    [{ kind: 'token-refused', ...detail }, false, false],
  ])('$kind: counted as bad %s, passes as a probe %s', (outcome, bad, good) => {
    expect(isBadAnswer(outcome)).toBe(bad);
    expect(isGoodProbe(outcome)).toBe(good);
  });
});

describe('the ramp', () => {
  test('begins with 50 in the second of the opening, doubles, and is gone after ten', () => {
    const openedAt = 1_000_700;
    expect(Array.from({ length: 12 }, (_, age) => rampPerSecond(openedAt, 1_000 + age))).toEqual([
      50,
      100,
      200,
      400,
      800,
      1_600,
      3_200,
      6_400,
      12_800,
      25_600,
      null,
      null,
    ]);
  });

  test('holds for a second that a clock puts before the opening', () => {
    expect(rampPerSecond(1_000_700, 999)).toBe(50);
  });

  test('is not there before the first opening', () => {
    expect(rampPerSecond(null, 5)).toBeNull();
  });

  test('never falls', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), fc.integer({ min: 0, max: 30 }), (openedAt, age) => {
        const second = Math.floor(openedAt / 1000) + age;
        const [now, next] = [rampPerSecond(openedAt, second), rampPerSecond(openedAt, second + 1)];
        return next === null || (now !== null && now <= next);
      }),
    );
  });
});
