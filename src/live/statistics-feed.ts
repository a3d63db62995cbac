// Live counts: of single mailings, by version, and over everything.
import { PROVIDER } from '../database/change-notifier.ts';
import type { StatisticsRecord } from '../database/records.ts';
import type { TotalsRecord } from '../database/statistics-queries.ts';
import type { Changes } from './change-listener.ts';
import { makeDeliveryLag } from './delivery-lag.ts';
import { makeFeed } from './feed.ts';
import { isOver, isRowId, mailingNotFound } from './mailing-states.ts';
import type { OutageLog } from './outage-log.ts';

/** What the API's subscriptions of counts read: see Feed. */
export interface LiveStatistics {
  /** At most one state per 100 ms. Iteration throws CarillonError NOT_FOUND when there is no such mailing. */
  mailingStatistics(mailingId: string): AsyncIterable<StatisticsRecord>;
  /** The same for the totals; ends only with the feed. */
  statistics(): AsyncIterable<TotalsRecord>;
}

export interface StatisticsFeed extends LiveStatistics, AsyncDisposable {
  /** Reads again what is watched of it. Never throws, never waits. */
  changed(changes: Changes): void;
}

export interface StatisticsFeedOptions {
  /** One statement; mailings that do not exist or are deleted are left out of the answer. */
  readonly readStatistics: (mailingIds: readonly string[]) => Promise<readonly (StatisticsRecord & { readonly ageMs?: number })[]>;
  readonly readTotals: () => Promise<TotalsRecord>;
  readonly outages: OutageLog;
  /** Milliseconds, 1 s unless given. */
  readonly pollMs?: number;
  /** Told how long after its commit each change is handed to a watcher. Needs records with their age. Must not throw. */
  readonly onDelivered?: (lagMs: number) => void;
}

const GAP_MS = 100;
const TOTALS = 'totals';

export function makeStatisticsFeed(options: StatisticsFeedOptions): StatisticsFeed {
  const { readStatistics, readTotals, outages, pollMs = 1_000, onDelivered } = options;
  const lag = onDelivered === undefined ? null : makeDeliveryLag<StatisticsRecord>(onDelivered);
  const mailings = makeFeed<StatisticsRecord>({
    name: 'statistics of mailings',
    read: async (ids) => {
      const askedAt = performance.now();
      const records = await readStatistics(ids);
      lag?.note(records, askedAt);
      return new Map(records.map((record) => [record.mailingId, record]));
    },
    isNewer: (state, told) => state.version > told.version,
    isFinal: isOver,
    isKey: isRowId,
    missing: mailingNotFound,
    gapMs: GAP_MS,
    pollMs,
    outages,
  });
  const totals = makeFeed<TotalsRecord>({
    name: TOTALS,
    read: async () => new Map([[TOTALS, await readTotals()]]),
    // They have no version.
    isNewer: (state, told) => JSON.stringify(state) !== JSON.stringify(told),
    missing: () => new Error('there are always totals'),
    gapMs: GAP_MS,
    pollMs,
    outages,
  });

  return {
    mailingStatistics: lag === null ? mailings.watch : (mailingId) => lag.measure(mailings.watch(mailingId)),
    statistics: () => totals.watch(TOTALS),
    changed: (changes) => {
      mailings.changed(changes);
      if (changes === 'all' || changes.size !== 1 || !changes.has(PROVIDER)) totals.changed('all');
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([mailings[Symbol.asyncDispose](), totals[Symbol.asyncDispose]()]);
    },
  };
}
