import { describe, expect, test } from 'vitest';
import { makeCountRequest, makePlaces } from '../../src/graphql/caller-limits.ts';

describe('requests', () => {
  test('of a caller are counted over ten seconds, and those of others beside them', async () => {
    const count = makeCountRequest({ perSecond: 1 });
    const answers = await Promise.all(Array.from({ length: 12 }, async () => count('a')));
    expect(answers.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => null));
    for (const seconds of answers.slice(10)) {
      expect(seconds).toBeGreaterThanOrEqual(1);
      expect(seconds).toBeLessThanOrEqual(10);
    }
    expect(await count('b')).toBeNull();
  });

  test('without a limit are never too many', async () => {
    const count = makeCountRequest({ perSecond: null });
    const answers = await Promise.all(Array.from({ length: 1_000 }, async () => count('a')));
    expect(new Set(answers)).toEqual(new Set([null]));
  });
});

describe('places', () => {
  test('are as many as the limit says for each caller, and free again when they are given back, once', () => {
    const places = makePlaces({ perCaller: 2 });
    const first = places.take('a');
    const second = places.take('a');
    expect([first === null, second === null, places.take('a'), places.take('b') === null]).toEqual([false, false, null, false]);
    first?.();
    first?.();
    expect([places.take('a') === null, places.take('a')]).toEqual([false, null]);
  });
});
