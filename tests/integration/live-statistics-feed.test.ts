// Changes in a real database reach watchers, through notices, polls, lost connections and outages.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CLIENTS, makeChangeNotifier } from '../../src/database/change-notifier.ts';
import type { ChangeNotifier } from '../../src/database/change-notifier.ts';
import type { Database } from '../../src/database/database.ts';
import type { StatisticsRecord } from '../../src/database/records.ts';
import { readStatistics, readTotals } from '../../src/database/statistics-queries.ts';
import type { TotalsRecord } from '../../src/database/statistics-queries.ts';
import { makeChangeListener } from '../../src/live/change-listener.ts';
import type { Changes } from '../../src/live/change-listener.ts';
import { makeOutageLog } from '../../src/live/outage-log.ts';
import { makeStatisticsFeed } from '../../src/live/statistics-feed.ts';
import type { StatisticsFeed } from '../../src/live/statistics-feed.ts';
import { makeLog } from '../../src/log.ts';
import { openEngineDatabase } from '../support/engine-seed.ts';
import { eventually } from '../support/eventually.ts';
import { makeMailingCounters } from '../support/mailing-counters.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { watch } from '../support/watching.ts';
import type { Watching } from '../support/watching.ts';

const LISTENER = 'carillon change listener';
const log = makeLog({ level: 'silent', pretty: false });

let postgres: TestDatabase;
let database: Database;
let notifier: ChangeNotifier;
beforeAll(async () => {
  postgres = await createTestDatabase();
  database = await openEngineDatabase(postgres.url);
  notifier = makeChangeNotifier({ sql: database, onError: () => {} });
});
afterAll(async () => {
  await notifier[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await postgres.drop();
});

let feed: StatisticsFeed;
let listener: AsyncDisposable | null;
let reads: (readonly string[])[];
let totalsReads: number;
let fault: Error | null;
let notices: Changes[];
beforeEach(() => {
  reads = [];
  totalsReads = 0;
  fault = null;
  notices = [];
  listener = null;
  feed = makeFeed(1_000);
});

const NEVER = 3_600_000;
const makeFeed = (pollMs: number) =>
  makeStatisticsFeed({
    readStatistics: async (ids) => {
      reads.push(ids);
      if (fault !== null) throw fault;
      return readStatistics(database, ids);
    },
    readTotals: async () => {
      totalsReads += 1;
      return readTotals(database);
    },
    outages: makeOutageLog(log),
    pollMs,
  });
afterEach(async () => {
  await listener?.[Symbol.asyncDispose]();
  await feed[Symbol.asyncDispose]();
});

const listen = async (onChange: (mailings: Changes) => void = feed.changed): Promise<void> => {
  listener = makeChangeListener({
    databaseUrl: postgres.url,
    log,
    onChange: (mailings) => {
      notices.push(mailings);
      onChange(mailings);
    },
  });
  await eventually(() => expect(notices).toContain('all'));
};

const { addMailing, settle, finish } = makeMailingCounters(() => postgres.pool);

const sentIn = ({ seen }: Watching<StatisticsRecord>) => seen.at(-1)?.sent;

describe('a watcher of a mailing', () => {
  test('gets the state at once, each newer one after its notice, the final one, and the end', async () => {
    feed = makeFeed(NEVER);
    await listen();
    const id = await addMailing(10);
    const watching = watch(feed.mailingStatistics(id));
    await eventually(() => expect(watching.seen).toMatchObject([{ mailingId: id, mailingStatus: 'RUNNING', total: 10, pending: 10 }]));

    for (const sent of [1, 2, 3]) {
      await settle(id, 1);
      notifier.changed(id);
      await eventually(() => expect(sentIn(watching)).toBe(sent));
    }
    await settle(id, 7);
    await finish(id, 'COMPLETED');
    notifier.changed(id);
    await watching.over;

    expect(watching.seen.at(-1)).toMatchObject({ mailingStatus: 'COMPLETED', pending: 0, sent: 10 });
    const versions = watching.seen.map(({ version }) => version);
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    const readsBefore = reads.length;
    feed.changed(new Set([id]));
    feed.changed('all');
    await addMailing();
    expect(reads.length).toBe(readsBefore);
  });

  test('gets a change whose notice was lost', async () => {
    const id = await addMailing();
    const watching = watch(feed.mailingStatistics(id));
    await eventually(() => expect(watching.seen).toHaveLength(1));

    await settle(id, 4);

    await eventually(() => expect(sentIn(watching)).toBe(4));
    await watching.stop();
  });

  test('of a mailing that is over gets its state and the end; one that is cancelled ends when nothing is pending', async () => {
    const [completed, cancelled] = [await addMailing(0), await addMailing(2)];
    await finish(completed, 'COMPLETED');
    await finish(cancelled, 'CANCELLED');

    const first = watch(feed.mailingStatistics(completed));
    const second = watch(feed.mailingStatistics(cancelled));
    await first.over;
    await eventually(() => expect(second.seen).toMatchObject([{ mailingStatus: 'CANCELLED', pending: 2 }]));
    await postgres.pool.query('update mailing_statistics set pending = 0, cancelled = 2, version = version + 1 where mailing_id = $1', [
      cancelled,
    ]);
    await second.over;

    expect(first.seen).toMatchObject([{ mailingStatus: 'COMPLETED', pending: 0 }]);
    expect(second.seen.at(-1)).toMatchObject({ pending: 0, cancelled: 2 });
  });

  test.each(['123456789', '0', '-1', '007', 'abc', '9223372036854775808', "1'; drop table mailing"])(
    'of the unknown id %s is told NOT_FOUND',
    async (id) => {
      const good = await addMailing();
      const watching = watch(feed.mailingStatistics(id));
      const other = watch(feed.mailingStatistics(good));

      await expect(watching.over).rejects.toMatchObject({ code: 'NOT_FOUND' });

      await eventually(() => expect(other.seen).toHaveLength(1));
      await other.stop();
    },
  );

  test('ends without an error when the mailing is deleted', async () => {
    const id = await addMailing();
    const watching = watch(feed.mailingStatistics(id));
    await eventually(() => expect(watching.seen).toHaveLength(1));

    await postgres.pool.query('update mailing set deleted_at = now() where id = $1', [id]);
    feed.changed(new Set([id]));

    await watching.over;
    expect(watching.seen).toHaveLength(1);
    await expect(watch(feed.mailingStatistics(id)).over).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('stays through a database outage and gets what happened in it', async () => {
    feed = makeFeed(NEVER);
    const id = await addMailing();
    const watching = watch(feed.mailingStatistics(id));
    await eventually(() => expect(watching.seen).toHaveLength(1));

    fault = new Error('the database is away');
    await settle(id, 3);
    feed.changed(new Set([id]));
    await eventually(() => expect(reads.length).toBeGreaterThan(2));
    const late = watch(feed.mailingStatistics(id));
    fault = null;

    await eventually(() => expect([sentIn(watching), sentIn(late)]).toEqual([3, 3]));
    await Promise.all([watching.stop(), late.stop()]);
  });
});

describe('the reader', () => {
  test('asks for all that changed in one statement, and only for what is watched', async () => {
    await listen();
    const ids = await Promise.all([addMailing(), addMailing(), addMailing()]);
    const [first, second, unwatched] = ids;
    const watchings = [watch(feed.mailingStatistics(first)), watch(feed.mailingStatistics(second))];
    await eventually(() => expect(watchings.every(({ seen }) => seen.length > 0)).toBe(true));
    reads.length = 0;

    for (const id of ids) await settle(id, 5);
    for (const id of ids) notifier.changed(id);
    await eventually(() => expect(watchings.map(sentIn)).toEqual([5, 5]));

    expect(reads.every((read) => !read.includes(unwatched))).toBe(true);
    await eventually(() => expect(notices.some((notice) => notice !== 'all' && ids.every((id) => notice.has(id)))).toBe(true));
    for (const watching of watchings) await watching.stop();
  });

  test('rests when nobody watches', async () => {
    const pollMs = 20;
    feed = makeFeed(pollMs);
    await listen();
    const id = await addMailing();
    const mailing = watch(feed.mailingStatistics(id));
    const totals = watch(feed.statistics());
    await eventually(() => expect(Math.min(reads.length, totalsReads)).toBeGreaterThan(3));
    await Promise.all([mailing.stop(), totals.stop()]);
    await eventually(async () => {
      // The read that was under way is over when one of ours, sent after it, has been answered.
      const before = [reads.length, totalsReads];
      await database.rows('select pg_sleep(0.2)');
      expect([reads.length, totalsReads]).toEqual(before);
    });

    const before = [reads.length, totalsReads];
    notifier.changed(id);
    await eventually(() => expect(notices.some((notice) => notice !== 'all' && notice.has(id))).toBe(true));
    await database.rows('select pg_sleep(0.2)');

    expect([reads.length, totalsReads]).toEqual(before);
  });

  test('serves any number of watchers of one mailing with one read', async () => {
    feed = makeFeed(NEVER);
    const id = await addMailing();
    const watchings = Array.from({ length: 500 }, () => watch(feed.mailingStatistics(id)));
    await eventually(() => expect(watchings.every(({ seen }) => seen.length === 1)).toBe(true));
    expect(reads).toEqual([[id]]);
    for (const watching of watchings) await watching.stop();
  });
});

describe('a watcher of the totals', () => {
  test('gets them at once and after changes, but not twice the same', async () => {
    await listen();
    const watching: Watching<TotalsRecord> = watch(feed.statistics());
    await eventually(() => expect(watching.seen).toHaveLength(1));
    const before = watching.seen[0]?.messages;

    const id = await addMailing(6);
    await settle(id, 6);
    notifier.changed(CLIENTS);
    await eventually(() => expect(watching.seen.at(-1)?.messages.sent).toBe((before?.sent ?? 0) + 6));
    const { length } = watching.seen;
    const readsBefore = totalsReads;
    notifier.changed(CLIENTS);
    await eventually(() => expect(totalsReads).toBeGreaterThan(readsBefore + 1));

    expect(watching.seen).toHaveLength(length);
    await watching.stop();
  });

  test('ends with the feed, as all watchers do', async () => {
    const watchings = [watch(feed.statistics()), watch(feed.mailingStatistics(await addMailing()))];
    await feed[Symbol.asyncDispose]();
    await Promise.all(watchings.map(async ({ over }) => over));
    const late = watch(feed.statistics());
    await late.over;
    expect(late.seen).toEqual([]);
  });
});

describe('a lost connection of the listener', () => {
  const cut = () =>
    postgres.pool.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and datname = current_database()',
      [LISTENER],
    );

  test('hides nothing: what changed meanwhile arrives, and later notices again', async () => {
    feed = makeFeed(NEVER);
    const id = await addMailing();
    await listen();
    const watching = watch(feed.mailingStatistics(id));
    await eventually(() => expect(watching.seen).toHaveLength(1));

    notices.length = 0;
    await settle(id, 2);
    await cut();
    await eventually(() => expect(notices).toContain('all'));
    await eventually(() => expect(sentIn(watching)).toBe(2));
    notices.length = 0;
    await settle(id, 1);
    notifier.changed(id);

    await eventually(() => expect(notices).toContainEqual(new Set([id])));
    await eventually(() => expect(sentIn(watching)).toBe(3));
    await watching.stop();
  });
});
