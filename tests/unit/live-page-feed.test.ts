// Pages told to look again: what is read, when, and whom a change concerns.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProviderState } from '../../src/database/gate-queries.ts';
import type { ClientMark, MailingMark } from '../../src/database/mark-queries.ts';
import { makeOutageLog } from '../../src/live/outage-log.ts';
import { makePageFeed } from '../../src/live/page-feed.ts';
import type { PageFeed } from '../../src/live/page-feed.ts';
import { makeLog } from '../../src/log.ts';
import { eventually } from '../support/eventually.ts';
import { watch } from '../support/watching.ts';

let marks: Map<string, MailingMark>;
let listMark: string;
let clientMarks: Map<string, ClientMark>;
let clientsMark: string;
let provider: ProviderState;
let reads: string[];
let feed: PageFeed;

const makeFeed = (pollMs = 3_600_000): PageFeed =>
  makePageFeed({
    readMailingMarks: async (ids) => {
      reads.push(`mailings ${ids.join()}`);
      return ids.flatMap((id) => marks.get(id) ?? []);
    },
    readMailingsMark: async () => {
      reads.push('list');
      return listMark;
    },
    readClientMarks: async (ids) => {
      reads.push(`clients ${ids.join()}`);
      return ids.flatMap((id) => clientMarks.get(id) ?? []);
    },
    readClientsMark: async () => {
      reads.push('list of clients');
      return clientsMark;
    },
    readProvider: async () => {
      reads.push('provider');
      return provider;
    },
    outages: makeOutageLog(makeLog({ level: 'silent', pretty: false })),
    pollMs,
    gapMs: 20,
  });
const mark = (mailingId: string, text: string, changes: Partial<MailingMark> = {}): void => {
  marks.set(mailingId, { mailingId, mailingStatus: 'RUNNING', pending: 1, mark: text, ...changes });
};

beforeEach(() => {
  marks = new Map();
  listMark = 'a';
  clientMarks = new Map([['7', { clientId: '7', version: 1 }]]);
  clientsMark = '1 0 0';
  provider = { status: 'AVAILABLE', reason: null, until: null };
  reads = [];
  feed = makeFeed();
});
afterEach(async () => feed[Symbol.asyncDispose]());

describe('a mailing', () => {
  test('is told of at once and when its mark changes, until it is over', async () => {
    mark('5', '1 1');
    const watching = watch(feed.mailing('5'));
    await eventually(() => expect(watching.seen).toHaveLength(1));
    feed.changed(new Set(['5']));
    await eventually(() => expect(reads).toHaveLength(2));
    mark('5', '1 2');
    feed.changed(new Set(['5']));
    await eventually(() => expect(watching.seen).toHaveLength(2));
    mark('5', '2 3', { mailingStatus: 'COMPLETED', pending: 0 });
    feed.changed('all');
    await watching.over;
    expect(watching.seen.map((one) => one.mark)).toEqual(['1 1', '1 2', '2 3']);
  });

  test('that is cancelled is followed until nothing is pending', async () => {
    mark('5', '2 2', { mailingStatus: 'CANCELLED' });
    const watching = watch(feed.mailing('5'));
    await eventually(() => expect(watching.seen).toHaveLength(1));
    mark('5', '2 3', { mailingStatus: 'CANCELLED', pending: 0 });
    feed.changed(new Set(['5']));
    await watching.over;
    expect(watching.seen).toHaveLength(2);
  });

  test('that is deleted ends its watchers; one that is not there was never watched', async () => {
    mark('5', '1 1');
    const watching = watch(feed.mailing('5'));
    await eventually(() => expect(watching.seen).toHaveLength(1));
    marks.clear();
    feed.changed(new Set(['5']));
    await watching.over;
    await expect(watch(feed.mailing('5')).over).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const before = reads.length;
    await expect(watch(feed.mailing("5'; drop")).over).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(reads).toHaveLength(before);
  });
});

describe('a client', () => {
  test('is told of at once and when its version changes, until it is deleted', async () => {
    const watching = watch(feed.client('7'));
    await eventually(() => expect(watching.seen).toHaveLength(1));
    feed.changed(new Set(['clients']));
    await eventually(() => expect(reads).toHaveLength(2));
    clientMarks.set('7', { clientId: '7', version: 2 });
    feed.changed(new Set(['clients']));
    await eventually(() => expect(watching.seen.map(({ version }) => version)).toEqual([1, 2]));
    clientMarks.clear();
    feed.changed(new Set(['clients']));
    await watching.over;
    await expect(watch(feed.client('7')).over).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

test('a page of clients is told to look again by each notice, and by the mark alone when the notice was lost', async () => {
  await feed[Symbol.asyncDispose]();
  feed = makeFeed(20);
  const list = watch(feed.clients());
  await eventually(() => expect(reads.length).toBeGreaterThan(6));
  expect(list.seen).toHaveLength(1);
  feed.changed(new Set(['clients']));
  await eventually(() => expect(list.seen).toHaveLength(2));
  feed.changed(new Set(['5', 'provider']));
  clientsMark = '1 1 0';
  await eventually(() => expect(list.seen).toHaveLength(3));
  await list.stop();
});

const everything = ['clients 7', 'list', 'list of clients', 'mailings 5', 'provider'];

describe('a change', () => {
  beforeEach(async () => {
    mark('5', '1');
    const watchings = [
      watch(feed.mailing('5')),
      watch(feed.mailings()),
      watch(feed.client('7')),
      watch(feed.clients()),
      watch(feed.provider()),
    ];
    await eventually(() => expect(watchings.every(({ seen }) => seen.length === 1)).toBe(true));
    reads.length = 0;
  });

  test.each<[string, ReadonlySet<string> | 'all', string[]]>([
    ['of a mailing that is watched', new Set(['5']), ['list', 'mailings 5']],
    ['of another mailing', new Set(['6']), ['list']],
    ['of the provider', new Set(['provider']), ['provider']],
    ['of both', new Set(['6', 'provider']), ['list', 'provider']],
    ['of a client', new Set(['clients']), ['clients 7', 'list of clients']],
    ['that nobody saw', 'all', everything],
  ])('%s makes read what it concerns', async (_, changes, expected) => {
    feed.changed(changes);
    // Whatever is read because of it has been asked for when a later change has been answered.
    await eventually(() => expect(reads.toSorted()).toEqual(expected));
    feed.changed('all');
    await eventually(() => expect(reads.toSorted()).toEqual([...expected, ...everything].toSorted()));
  });
});

test('a page is told to look again only when the mark of the list differs, also when every notice was lost', async () => {
  await feed[Symbol.asyncDispose]();
  feed = makeFeed(20);
  const [list, gate] = [watch(feed.mailings()), watch(feed.provider())];
  await eventually(() => expect(reads.length).toBeGreaterThan(6));
  expect([list.seen.length, gate.seen.length]).toEqual([1, 1]);
  listMark = 'b';
  provider = { status: 'UNAVAILABLE', reason: 'outage', until: 1 };
  await eventually(() => expect(list.seen).toEqual(['a', 'b']));
  await eventually(() => expect(gate.seen.at(-1)?.status).toBe('UNAVAILABLE'));
  expect(gate.seen).toHaveLength(2);
  await Promise.all([list.stop(), gate.stop()]);
});
