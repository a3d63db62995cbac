import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeLatestValue } from '../../src/live/latest-value.ts';

const make = ({ gapMs = 0 } = {}) => {
  const returns = { count: 0 };
  return { ...makeLatestValue<number>({ gapMs, onReturn: () => (returns.count += 1) }), returns };
};

describe('a latest value', () => {
  test('gives a waiting reader what is offered, and a late one only the newest', async () => {
    const { offer, reader } = make();
    const read = reader.next();
    offer(1);
    offer(2);
    offer(3);
    expect([await read, await reader.next()]).toEqual([
      { value: 1, done: false },
      { value: 3, done: false },
    ]);
  });

  test('gives the last value before the end, and nothing after', async () => {
    const { offer, end, reader } = make();
    offer(1);
    end();
    offer(2);
    expect([await reader.next(), await reader.next(), await reader.next()].map(({ value }) => value)).toEqual([1, undefined, undefined]);
  });

  test('ends a read that waits, when the reader leaves', async () => {
    const { reader, returns, offer } = make();
    const read = reader.next();
    await reader.return?.();
    offer(1);
    expect([await read, await reader.next()]).toEqual([
      { value: undefined, done: true },
      { value: undefined, done: true },
    ]);
    expect(returns.count).toBe(1);
  });

  test('tells nobody of a reader that leaves after the end, or twice', async () => {
    const ended = make();
    ended.end();
    await ended.reader.return?.();
    const left = make();
    await left.reader.return?.();
    await left.reader.return?.();
    expect([ended.returns.count, left.returns.count]).toEqual([0, 1]);
  });

  test('fails at once, once', async () => {
    const { offer, fail, reader } = make();
    offer(1);
    fail(new Error('lost'));
    await expect(reader.next()).rejects.toThrow('lost');
    expect(await reader.next()).toEqual({ value: undefined, done: true });
  });

  test('keeps values apart by the gap, and the newest of the pause comes after it', async () => {
    const gapMs = 30;
    const { offer, end, reader } = make({ gapMs });
    offer(1);
    await reader.next();
    const deliveredAt = performance.now();
    const read = reader.next();
    offer(2);
    offer(3);
    end();
    expect(await read).toEqual({ value: 3, done: false });
    expect(performance.now() - deliveredAt).toBeGreaterThanOrEqual(gapMs - 1);
    expect((await reader.next()).done).toBe(true);
  });

  test('under any interleaving gives a rising part of what was offered, and never misses the last', async () => {
    const steps = fc.array(fc.constantFrom('offer', 'read', 'turn'), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(0, 0, 1), async (sequence, gapMs) => {
        const { offer, end, reader } = make({ gapMs });
        const reads: Promise<IteratorResult<number, undefined>>[] = [];
        let offered = 0;
        for (const step of sequence) {
          if (step === 'offer') offer((offered += 1));
          if (step === 'read') reads.push(reader.next());
          if (step === 'turn') await Promise.resolve();
        }
        end();
        const seen = (await Promise.all([...reads, reader.next(), reader.next()])).flatMap(({ value }) =>
          value === undefined ? [] : [value],
        );
        expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
        expect(seen.at(-1)).toBe(offered === 0 ? undefined : offered);
      }),
    );
  });
});
