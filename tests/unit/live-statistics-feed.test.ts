// The order of reading and watching, with reads that the test answers when it likes.
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StatisticsRecord } from '../../src/database/records.ts';
import { makeOutageLog } from '../../src/live/outage-log.ts';
import { makeStatisticsFeed } from '../../src/live/statistics-feed.ts';
import type { StatisticsFeed } from '../../src/live/statistics-feed.ts';
import { makeLog } from '../../src/log.ts';
import { eventually } from '../support/eventually.ts';

interface Read {
  readonly ids: readonly string[];
  answer(version: number, changes?: Partial<StatisticsRecord>): void;
}

const counts = { total: 1, pending: 1, sent: 0, failed: 0, expired: 0, cancelled: 0, unconfirmed: 0, updatedAt: 0 };

let reads: Read[];
let feed: StatisticsFeed;
beforeEach(() => {
  reads = [];
  feed = makeStatisticsFeed({
    readStatistics: (ids) =>
      new Promise((resolve) => {
        const answer: Read['answer'] = (version, changes) =>
          resolve(ids.map((mailingId) => ({ mailingId, mailingStatus: 'RUNNING', ...counts, version, ...changes })));
        reads.push({ ids, answer });
      }),
    readTotals: () => Promise.reject(new Error('nobody asked')),
    outages: makeOutageLog(makeLog({ level: 'silent', pretty: false })),
    pollMs: 3_600_000,
  });
});
afterEach(async () => {
  for (const { answer } of reads) answer(0);
  const disposed = feed[Symbol.asyncDispose]();
  for (const { answer } of reads) answer(0);
  await disposed;
});

const watch = (id: string) => {
  const iterator = feed.mailingStatistics(id)[Symbol.asyncIterator]();
  const versions: (number | 'end')[] = [];
  const collect = async () => {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) versions.push(next.value.version);
    versions.push('end');
  };
  void collect();
  return { versions, stop: () => iterator.return?.() };
};
const readNumber = async (number: number): Promise<Read> =>
  eventually(() => {
    const read = reads[number - 1];
    expect(reads).toHaveLength(number);
    return read ?? false;
  });

test('a read that was under way before a watcher came is not its first state: it may be older than what the watcher knows', async () => {
  const first = watch('1');
  const early = await readNumber(1);
  const second = watch('1');
  // Later than the timer of a read that did not wait for the first.
  await delay(5);
  expect(reads).toHaveLength(1);
  early.answer(5);
  (await readNumber(2)).answer(6);

  await eventually(() => expect([first.versions, second.versions]).toEqual([[5, 6], [6]]));
});

test('the same version or an older one is not given again', async () => {
  const watcher = watch('1');
  (await readNumber(1)).answer(5);
  for (const [index, version] of [5, 4, 5, 6].entries()) {
    feed.changed(new Set(['1']));
    (await readNumber(index + 2)).answer(version);
  }
  await eventually(() => expect(watcher.versions).toEqual([5, 6]));
});

test('the end comes after the final state, also when its version was given before', async () => {
  const watcher = watch('1');
  (await readNumber(1)).answer(5);
  feed.changed(new Set(['1']));
  (await readNumber(2)).answer(6, { mailingStatus: 'COMPLETED', pending: 1 });
  feed.changed('all');
  (await readNumber(3)).answer(6, { mailingStatus: 'COMPLETED', pending: 0 });
  await eventually(() => expect(watcher.versions).toEqual([5, 6, 'end']));
});

test('one read runs at a time, and what is named meanwhile is in the next one, once', async () => {
  const watchers = ['1', '2', '3'].map(watch);
  const first = await readNumber(1);
  expect(first.ids).toEqual(['1', '2', '3']);
  feed.changed(new Set(['2', '9']));
  feed.changed(new Set(['2', '3']));
  first.answer(1);
  const second = await readNumber(2);
  expect(second.ids).toEqual(['2', '3']);
  second.answer(2);
  await eventually(() => expect(watchers.map(({ versions }) => versions)).toEqual([[1], [1, 2], [1, 2]]));
});

test('a watcher that left while it was read for gets nothing, and nothing is read for it again', async () => {
  const watcher = watch('1');
  const read = await readNumber(1);
  await watcher.stop();
  feed.changed(new Set(['1']));
  feed.changed('all');
  read.answer(1);
  watch('2');
  expect((await readNumber(2)).ids).toEqual(['2']);
  expect(watcher.versions).toEqual(['end']);
});
