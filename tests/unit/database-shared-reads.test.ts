// Equal reads that come together, with a database whose statements end when the test says so.
import { beforeEach, expect, test, vi } from 'vitest';
import { shareReads } from '../../src/database/shared-reads.ts';
import type { Sql } from '../../src/database/database.ts';

interface Statement {
  readonly said: string;
  readonly end: (rows: object[]) => void;
  readonly fail: (error: Error) => void;
}

let statements: Statement[];
let reads: Sql;

beforeEach(() => {
  statements = [];
  reads = shareReads({
    rows: async <Row extends object>(text: string, values: readonly unknown[] = []) => {
      const { promise, resolve, reject } = Promise.withResolvers<object[]>();
      statements.push({ said: `${text} ${JSON.stringify(values)}`, end: resolve, fail: reject });
      return (await promise) as Row[];
    },
  });
});

/** The statement of this number, which must have been sent. */
const statement = (index: number): Statement => {
  const sent = statements[index];
  if (sent === undefined) throw new Error(`only ${statements.length} statements were sent`);
  return sent;
};

test('a read that nobody else makes is sent at once', async () => {
  const read = reads.rows('a', [1]);
  expect(statements.map(({ said }) => said)).toEqual(['a [1]']);
  statement(0).end([{ n: 1 }]);
  expect(await read).toEqual([{ n: 1 }]);
});

test('those who come while it runs share the next one: nobody is told what was read before they asked', async () => {
  const first = reads.rows('a', [1]);
  const later = [reads.rows('a', [1]), reads.rows('a', [1])];
  expect(statements).toHaveLength(1);
  statement(0).end([{ n: 'before' }]);
  expect(await first).toEqual([{ n: 'before' }]);
  expect(statements).toHaveLength(2);
  const last = reads.rows('a', [1]);
  statement(1).end([{ n: 'after' }]);
  expect(await Promise.all(later)).toEqual([[{ n: 'after' }], [{ n: 'after' }]]);
  expect(statements).toHaveLength(3);
  statement(2).end([]);
  expect(await last).toEqual([]);
});

test('other values and other statements do not wait for each other', () => {
  void reads.rows('a', [1]);
  void reads.rows('a', [2]);
  void reads.rows('b', [1]);
  expect(statements.map(({ said }) => said)).toEqual(['a [1]', 'a [2]', 'b [1]']);
});

test('a failure is told to those who shared the statement, and to nobody after them', async () => {
  const first = reads.rows('a');
  const second = reads.rows('a');
  statement(0).fail(new Error('cut'));
  await expect(first).rejects.toThrow('cut');
  statement(1).end([{ n: 1 }]);
  expect(await second).toEqual([{ n: 1 }]);
  void reads.rows('a');
  expect(statements).toHaveLength(3);
});

test('a slow statement holds up those who come after it for a moment only', async () => {
  vi.useFakeTimers();
  try {
    const slow = reads.rows('a');
    const quick = reads.rows('a');
    vi.advanceTimersByTime(10);
    expect(statements).toHaveLength(2);
    statement(1).end([{ n: 2 }]);
    expect(await quick).toEqual([{ n: 2 }]);
    statement(0).end([{ n: 1 }]);
    expect(await slow).toEqual([{ n: 1 }]);
    void reads.rows('a');
    expect(statements).toHaveLength(3);
  } finally {
    vi.useRealTimers();
  }
});
