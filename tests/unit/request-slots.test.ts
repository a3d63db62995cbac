import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeRequestSlots } from '../../src/operations/request-slots.ts';

/** Asks for a slot; `order` gets the name when it is there. */
function ask(slots: ReturnType<typeof makeRequestSlots>, name: string, order: string[]): void {
  const slot = slots.acquire();
  if (slot === undefined) order.push(name);
  else void slot.then(() => order.push(name));
}

const settled = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('slots for requests', () => {
  test('are handed out first come first served, also when they become fewer and more meanwhile', async () => {
    const slots = makeRequestSlots(3);
    const order: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) ask(slots, name, order);
    expect(order).toEqual(['a', 'b', 'c']);
    slots.resize(1);
    slots.release();
    slots.release();
    await settled();
    expect(order).toEqual(['a', 'b', 'c']);
    expect(slots.taken()).toBe(1);
    slots.release();
    await settled();
    expect(order).toEqual(['a', 'b', 'c', 'd']);
    slots.resize(3);
    await settled();
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(slots.taken()).toBe(3);
    slots.release();
    await settled();
    expect(order.at(-1)).toBe('g');
  });

  test('are never more than there may be, and nobody waits while one is free', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant('acquire' as const) },
      { weight: 4, arbitrary: fc.constant('release' as const) },
      fc.integer({ min: 1, max: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 200 }), async (steps) => {
        const slots = makeRequestSlots(4);
        const order: string[] = [];
        let [limit, asked, released] = [4, 0, 0];
        for (const next of steps) {
          const before = slots.taken();
          if (next === 'acquire') ask(slots, String((asked += 1)), order);
          else if (next === 'release' && order.length > released) {
            slots.release();
            released += 1;
          } else if (typeof next === 'number') slots.resize((limit = next));
          await settled();
          expect(slots.taken()).toBe(order.length - released);
          expect(slots.taken()).toBeLessThanOrEqual(Math.max(limit, before));
          if (order.length < asked) expect(slots.taken()).toBeGreaterThanOrEqual(limit);
        }
        expect(order).toEqual(order.map((_name, index) => String(index + 1)));
      }),
      { numRuns: 100 },
    );
  });

  test('serve a queue of thousands in its order', async () => {
    const slots = makeRequestSlots(1);
    const order: string[] = [];
    const names = Array.from({ length: 5_000 }, (_name, index) => String(index));
    for (const name of names) ask(slots, name, order);
    for (let turn = 1; turn < names.length; turn += 1) slots.release();
    await settled();
    expect(order).toEqual(names);
  });
});
