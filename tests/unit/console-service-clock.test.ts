// The service's clock, as a page knows it: by whole seconds, from answers that were on their way for an unknown time.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearestOffset } from '../../web/src/api/service-clock.ts';

const second = 1_000;

/** What a page whose clock is off sees of an answer. */
function exchange(serviceAt: number, offset: number, thereMs: number, backMs: number) {
  return {
    date: Math.floor(serviceAt / second) * second,
    askedAt: serviceAt - offset - thereMs,
    answeredAt: serviceAt - offset + backMs,
  };
}

const wait = fc.integer({ min: 0, max: 20_000 });
const instant = fc.integer({ min: 0, max: 4_000_000_000_000 });

test('a clock that is right is left as it is', () => {
  fc.assert(
    fc.property(instant, wait, wait, (at, there, back) => {
      expect(nearestOffset(0, exchange(at, 0, there, back))).toBe(0);
    }),
  );
});

test('a clock that is off is known to a second and the way of the answer, whatever was taken for it before', () => {
  const off = fc.integer({ min: -86_400_000, max: 86_400_000 });
  fc.assert(
    fc.property(instant, off, off, wait, wait, (at, real, before, there, back) => {
      const known = nearestOffset(before, exchange(at, real, there, back));
      expect(Math.abs(known - real)).toBeLessThanOrEqual(second + there + back);
    }),
  );
});

test('an answer that was long on its way does not blur what is known', () => {
  expect(nearestOffset(60_000, exchange(1_000_000, 60_000, 20_000, 20_000))).toBe(60_000);
});
