// Calls that come together, with groups that end when the test says so.
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import { groupCalls } from '../../src/database/grouped-calls.ts';

interface Group {
  readonly items: readonly string[];
  readonly end: (outcomes: readonly (string | Promise<string>)[]) => void;
  readonly fail: (error: Error) => void;
}

let groups: Group[];
let call: (item: string) => Promise<string>;

beforeEach(() => {
  // Nobody has waited long enough, however busy the machine is.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  groups = [];
  call = groupCalls<string, string>({
    run: async (items) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly (string | Promise<string>)[]>();
      groups.push({ items, end: resolve, fail: reject });
      return promise;
    },
    mostTogether: 3,
  });
  return () => void vi.useRealTimers();
});

/** The group of this number, which must have been started. */
const group = (index: number): Group => {
  const started = groups[index];
  if (started === undefined) throw new Error(`only ${groups.length} groups were started`);
  return started;
};
const started = (): string[] => groups.map(({ items }) => items.join(' '));

test('calls of one turn of the event loop go together, each with its own outcome', async () => {
  const calls = [call('a'), call('b')];
  await turn();
  expect(started()).toEqual(['a b']);
  group(0).end(['A', 'B']);
  expect(await Promise.all(calls)).toEqual(['A', 'B']);
});

test('those who come while a group runs go with the next one, which starts when that one ends', async () => {
  const first = call('a');
  await turn();
  const later = [call('b'), call('c')];
  await turn();
  expect(started()).toEqual(['a']);
  group(0).end(['A']);
  expect(await first).toBe('A');
  await turn();
  expect(started()).toEqual(['a', 'b c']);
  group(1).end(['B', 'C']);
  expect(await Promise.all(later)).toEqual(['B', 'C']);
});

test('a group that takes long keeps nobody for longer than 10 ms', async () => {
  const calls = [call('a')];
  await turn();
  calls.push(call('b'));
  vi.advanceTimersByTime(9);
  calls.push(call('c'));
  expect(started()).toEqual(['a']);
  vi.advanceTimersByTime(1);
  expect(started()).toEqual(['a', 'b c']);
  group(1).end(['B', 'C']);
  group(0).end(['A']);
  expect(await Promise.all(calls)).toEqual(['A', 'B', 'C']);
});

test('more than fit into one group are several at once', async () => {
  const calls = ['a', 'b', 'c', 'd'].map(call);
  await turn();
  expect(started()).toEqual(['a b c', 'd']);
  group(0).end(['A', 'B', 'C']);
  group(1).end(['D']);
  expect(await Promise.all(calls)).toEqual(['A', 'B', 'C', 'D']);
});

test('a group that fails fails all of it, and the next one goes on', async () => {
  const failed = Promise.allSettled([call('a'), call('b')]);
  await turn();
  const next = call('c');
  const error = new Error('gone');
  group(0).fail(error);
  expect(await failed).toEqual([
    { status: 'rejected', reason: error },
    { status: 'rejected', reason: error },
  ]);
  await turn();
  group(1).end(['C']);
  expect(await next).toBe('C');
});

test('an outcome that is still to come holds nobody else, and its failure is its own', async () => {
  const outcome = Promise.withResolvers<string>();
  const slow = Promise.allSettled([call('slow')]);
  const quick = call('quick');
  await turn();
  group(0).end([outcome.promise, 'QUICK']);
  expect(await quick).toBe('QUICK');
  const next = call('next');
  await turn();
  group(1).end(['NEXT']);
  expect(await next).toBe('NEXT');
  const error = new Error('its own');
  outcome.reject(error);
  expect(await slow).toEqual([{ status: 'rejected', reason: error }]);
});
