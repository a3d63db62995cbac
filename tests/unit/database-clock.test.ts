import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeDatabaseClock } from '../../src/operations/database-clock.ts';

interface Look {
  /** Milliseconds since the last answer, on the way there, on the way back. */
  readonly waitMs: number;
  readonly thereMs: number;
  readonly backMs: number;
}

const looks = fc.array(
  fc.record({
    waitMs: fc.double({ min: 0, max: 100_000, noNaN: true }),
    thereMs: fc.double({ min: 0, max: 500, noNaN: true }),
    backMs: fc.double({ min: 0, max: 500, noNaN: true }),
  }),
  { minLength: 1, maxLength: 30 },
);

/** Runs the looks against a database whose clock runs `rate` times as fast and is `jumps[i]` further after look i. */
function follow(
  steps: readonly Look[],
  rate: number,
  check: (clock: ReturnType<typeof makeDatabaseClock>, truth: number) => void,
  jumpMs = 0,
): void {
  let monotonic = 5_000;
  let jumped = 0;
  const truth = (): number => 1_700_000_000_000 + jumped + monotonic * rate;
  const clock = makeDatabaseClock(() => monotonic);
  for (const [index, { waitMs, thereMs, backMs }] of steps.entries()) {
    monotonic += waitMs;
    if (index === Math.floor(steps.length / 2)) jumped = jumpMs;
    const askedAt = monotonic;
    monotonic += thereMs;
    const said = Math.floor(truth());
    monotonic += backMs;
    clock.observe(said, askedAt);
    check(clock, truth());
  }
}

// Instants of this size are exact to a quarter of a microsecond.
const roundingMs = 0.001;

describe('the database clock as this process knows it', () => {
  test('knows nothing before the first look', () => {
    const clock = makeDatabaseClock(() => 1);
    expect(clock.now()).toBeNaN();
    expect(clock.earliest()).toBeNaN();
  });

  test('always has the truth between its bounds, also when the clocks drift', () => {
    fc.assert(
      fc.property(looks, fc.double({ min: 0.9995, max: 1.0005, noNaN: true }), (steps, rate) => {
        follow(steps, rate, (clock, truth) => {
          expect(clock.earliest()).toBeLessThanOrEqual(truth + roundingMs);
          expect(clock.now()).toBeGreaterThanOrEqual(truth - roundingMs);
        });
      }),
    );
  });

  test('is as exact as the quickest of recent looks', () => {
    follow(
      [{ waitMs: 0, thereMs: 0.5, backMs: 0.5 }, ...Array.from({ length: 20 }, () => ({ waitMs: 100, thereMs: 200, backMs: 100 }))],
      1,
      (clock) => expect(clock.now() - clock.earliest()).toBeLessThan(2 + 20 * 0.8 + 1),
    );
  });

  test('follows a clock that is set', () => {
    fc.assert(
      fc.property(looks, fc.constantFrom(-3_600_000, 3_600_000, 5_000), (steps, jumpMs) => {
        follow(
          steps,
          1,
          (clock, truth) => {
            expect(clock.earliest()).toBeLessThanOrEqual(truth + roundingMs);
            expect(clock.now()).toBeGreaterThanOrEqual(truth - roundingMs);
          },
          jumpMs,
        );
      }),
    );
  });
});
