import { expect, it } from 'vitest';
import { makeDeadlineSweep } from '../../src/provider/deadline-sweep.ts';
import type { DeadlineSweep, Timed } from '../../src/provider/deadline-sweep.ts';

/** An item that is due `afterMs` from now, and a promise of when it was told so. */
function makeItem(afterMs: number): Timed & { readonly expired: Promise<number> } {
  const { promise, resolve } = Promise.withResolvers<number>();
  return { deadline: performance.now() + afterMs, expire: () => resolve(performance.now()), expired: promise };
}

function addItem(sweep: DeadlineSweep, afterMs: number) {
  const item = makeItem(afterMs);
  sweep.add(item);
  return item;
}

it('tells each item that its time is up, not before it is', async () => {
  const sweep = makeDeadlineSweep();
  const items = [60, 5, 30].map((afterMs) => addItem(sweep, afterMs));
  for (const item of items) expect(await item.expired).toBeGreaterThanOrEqual(item.deadline);
});

it('tells nothing to an item that was removed', async () => {
  const sweep = makeDeadlineSweep();
  let told = 0;
  const item: Timed = { deadline: performance.now(), expire: () => (told += 1) };
  sweep.add(item);
  sweep.remove(item);
  await addItem(sweep, 30).expired;
  expect(told).toBe(0);
});

it('starts again after it had nothing to watch', async () => {
  const sweep = makeDeadlineSweep();
  await addItem(sweep, 0).expired;
  // Long enough for the timer to find nothing and stop.
  await addItem(makeDeadlineSweep(), 100).expired;
  const late = addItem(sweep, 0);
  expect(await late.expired).toBeGreaterThanOrEqual(late.deadline);
});

it('does not keep the process alive', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const before = timers();
  const sweep = makeDeadlineSweep();
  const item = addItem(sweep, 60_000);
  expect(timers()).toBe(before);
  sweep.remove(item);
});
