import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeRetryBudget } from '../../src/operations/retry-budget.ts';

/** A worker that always wants to send a retry, and a first attempt as often as the schedule says. */
function run(steps: readonly { readonly first: boolean; readonly waitMs: number }[]): { readonly at: number; readonly isRetry: boolean }[] {
  let now = 0;
  const budget = makeRetryBudget(
    () => true,
    () => now,
  );
  const started: { at: number; isRetry: boolean }[] = [];
  const start = (isRetry: boolean): void => {
    budget.started(isRetry);
    started.push({ at: now, isRetry });
  };
  for (const { first, waitMs } of steps) {
    now += waitMs;
    if (first) start(false);
    while (budget.allowsRetry()) start(true);
  }
  return started;
}

const retriesOf = (requests: readonly { readonly isRetry: boolean }[]): number => requests.filter(({ isRetry }) => isRetry).length;

describe('while the provider is degraded', () => {
  test('at most every fifth request is a retry as long as there are first attempts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ first: fc.constant(true), waitMs: fc.integer({ min: 0, max: 999 }) }), { minLength: 1 }),
        (steps) => {
          const started = run(steps);
          expect(retriesOf(started)).toBeLessThanOrEqual(started.length / 5);
        },
      ),
    );
  });

  test('a steady stream lets exactly every fifth be one', () => {
    const started = run(Array.from({ length: 400 }, () => ({ first: true, waitMs: 10 })));
    expect(retriesOf(started)).toBe(100);
  });

  test('nothing but retries: ten a second, after a second without a first attempt', () => {
    const started = run([{ first: true, waitMs: 0 }, ...Array.from({ length: 3_000 }, () => ({ first: false, waitMs: 1 }))]);
    const retries = started.filter(({ isRetry }) => isRetry);
    expect(retries[0]?.at).toBe(1_000);
    expect(retries.length).toBe(21);
    for (const [index, { at }] of retries.entries()) expect(at).toBe(1_000 + 100 * index);
  });

  test('what long quiet first attempts save up is bounded', () => {
    let now = 0;
    const budget = makeRetryBudget(
      () => true,
      () => now,
    );
    for (let first = 0; first < 100_000; first += 1) budget.started(false);
    let retries = 0;
    for (; budget.allowsRetry(); retries += 1) budget.started(true);
    expect(retries).toBe(50);
    now += 1;
    expect(budget.allowsRetry()).toBe(false);
  });
});

test('in good times retries are free, and nothing is saved up for bad ones', () => {
  let degraded = false;
  const budget = makeRetryBudget(
    () => degraded,
    () => 0,
  );
  for (let request = 0; request < 1_000; request += 1) {
    expect(budget.allowsRetry()).toBe(true);
    budget.started(request % 2 === 0);
  }
  degraded = true;
  expect(budget.allowsRetry()).toBe(false);
});
