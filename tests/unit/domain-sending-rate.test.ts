import { describe, expect, test } from 'vitest';
import { rememberSample, toSendingRate } from '../../src/domain/sending-rate.ts';
import type { RateMemory, SendingRate } from '../../src/domain/sending-rate.ts';

/** After samples at 0, 2, 4, ... s. */
function rateAfter(...counts: readonly number[]): SendingRate | null {
  const memory = counts.reduce<RateMemory | undefined>((kept, done, index) => rememberSample(kept, { at: index * 2_000, done }), undefined);
  return memory === undefined ? null : toSendingRate(memory);
}

describe('the rate', () => {
  test('needs two samples', () => {
    expect(rateAfter(100)).toBeNull();
    expect(rateAfter(100, 300)).toEqual({ perSecond: 100, lastPerSecond: 100 });
  });

  test('is that of the last 10 seconds', () => {
    expect(rateAfter(0, 0, 0, 20, 40, 60, 80, 100)?.perSecond).toBe(10);
    expect(rateAfter(0, 5_000, 5_010, 5_020, 5_030, 5_040, 5_050)?.perSecond).toBe(5);
  });

  test('is 0 when nothing moved, and the rate when something last did is remembered', () => {
    expect(rateAfter(0, 20, 40, 40, 40, 40, 40, 40, 40)).toEqual({ perSecond: 0, lastPerSecond: 10 });
    expect(rateAfter(7, 7, 7)).toEqual({ perSecond: 0, lastPerSecond: null });
  });

  test('does not fall below 0 when messages are taken back', () => {
    expect(rateAfter(100, 120, 20, 40)?.perSecond).toBeCloseTo(40 / 6);
  });

  test('takes no notice of a sample that is not later, as after a clock that was set back', () => {
    const memory = rememberSample(rememberSample(undefined, { at: 2_000, done: 1 }), { at: 4_000, done: 5 });
    for (const at of [4_000, 1_000]) expect(rememberSample(memory, { at, done: 9 })).toEqual(memory);
  });
});
