// Live statistics: watchers by mailing and of the totals, and one reader of the database for all of them.
// Notices and the poll only say what to read again; the rows are the truth, and a watcher never sees an older version.
import { CarillonError } from '../domain/errors.ts';
import type { StatisticsRecord } from '../database/records.ts';
import type { TotalsRecord } from '../database/statistics-queries.ts';
import type { Log } from '../log.ts';
import type { ChangedMailings } from './change-listener.ts';
import { makeDeliveryLag } from './delivery-lag.ts';
import { makeLatestValue } from './latest-value.ts';
import type { LatestValue } from './latest-value.ts';

/** What the API's subscriptions read. Watching starts when iteration does and ends with the iterator's return(). */
export interface LiveStatistics {
  /**
   * The state as it is after this call, then every newer version, at most one per 100 ms; ends after the final state or when the
   * mailing is deleted. Iteration throws CarillonError NOT_FOUND when there is no such mailing.
   */
  mailingStatistics(mailingId: string): AsyncIterable<StatisticsRecord>;
  /** The same for the totals; ends only with the feed. */
  statistics(): AsyncIterable<TotalsRecord>;
}

export interface StatisticsFeed extends LiveStatistics, AsyncDisposable {
  /** Reads again what is watched of `mailings`, and the totals if they are watched. Never throws, never waits. */
  changed(mailings: ChangedMailings): void;
}

export interface StatisticsFeedOptions {
  /** One statement; mailings that do not exist or are deleted are left out of the answer. */
  readonly readStatistics: (mailingIds: readonly string[]) => Promise<readonly (StatisticsRecord & { readonly ageMs?: number })[]>;
  readonly readTotals: () => Promise<TotalsRecord>;
  readonly log: Log;
  /** How often everything watched is read without a notice, to find what a lost one would have told. Milliseconds, 1 s unless given. */
  readonly pollMs?: number;
  /** Told how long after its commit each change is handed to a watcher. Needs records with their age. Must not throw. */
  readonly onDelivered?: (lagMs: number) => void;
}

interface Watcher<T> {
  readonly slot: LatestValue<T>;
  /** The first read that started after the watcher came: earlier ones may not know what it knows. */
  readonly firstRead: number;
  /** What was offered last; null: nothing yet. Versions grow; the totals have none and are compared by their text. */
  offered: number | string | null;
}

/** Between two values for one watcher, and between two reads that notices asked for. */
const GAP_MS = 100;
const RETRY_MS = 500;

export function makeStatisticsFeed(options: StatisticsFeedOptions): StatisticsFeed {
  const { readStatistics, readTotals, log, pollMs = 1_000, onDelivered } = options;
  const lag = onDelivered === undefined ? null : makeDeliveryLag<StatisticsRecord>(onDelivered);
  const mailingWatchers = new Map<string, Set<Watcher<StatisticsRecord>>>();
  const totalsWatchers = new Set<Watcher<TotalsRecord>>();
  const toRead = new Set<string>();
  let totalsToRead = false;

  let reads = 0;
  let reading: Promise<void> | null = null;
  let nextReadAt = 0;
  let readTimer: NodeJS.Timeout | null = null;
  let pollTimer: NodeJS.Timeout | null = null;
  let outage = false;
  let disposed = false;

  const changed = (mailings: ChangedMailings): void => {
    for (const id of mailings === 'all' ? mailingWatchers.keys() : mailings) {
      if (mailingWatchers.has(id)) toRead.add(id);
    }
    totalsToRead ||= totalsWatchers.size > 0;
    scheduleRead();
  };

  const scheduleRead = (): void => {
    if (disposed || reading !== null || readTimer !== null || (toRead.size === 0 && !totalsToRead)) return;
    readTimer = setTimeout(startRead, Math.max(0, nextReadAt - performance.now()));
  };

  /** A newcomer does not wait for the pace of notices, only for the read that is under way. */
  const readSoon = (): void => {
    if (outage) return scheduleRead();
    nextReadAt = 0;
    if (readTimer !== null) clearTimeout(readTimer);
    readTimer = null;
    scheduleRead();
  };

  const startRead = (): void => {
    readTimer = null;
    reading = read().finally(() => {
      reading = null;
      scheduleRead();
    });
  };

  const read = async (): Promise<void> => {
    reads += 1;
    const askedAt = performance.now();
    nextReadAt = askedAt + GAP_MS;
    const ids = [...toRead].filter((id) => mailingWatchers.has(id));
    const withTotals = totalsToRead && totalsWatchers.size > 0;
    toRead.clear();
    totalsToRead = false;
    try {
      const [records, totals] = await Promise.all([ids.length > 0 ? readStatistics(ids) : [], withTotals ? readTotals() : null]);
      lag?.note(records, askedAt);
      publishMailings(ids, records, reads);
      if (totals !== null) publishTotals(totals, reads);
      if (outage) log.info('live statistics are read again');
      outage = false;
    } catch (error) {
      if (!outage) log.warn({ err: error }, 'live statistics cannot be read: trying again until they can');
      outage = true;
      for (const id of ids) toRead.add(id);
      totalsToRead ||= withTotals;
      nextReadAt = performance.now() + RETRY_MS;
    }
  };

  const publishMailings = (ids: readonly string[], records: readonly StatisticsRecord[], readNumber: number): void => {
    const byId = new Map(records.map((record) => [record.mailingId, record]));
    for (const id of ids) {
      const record = byId.get(id);
      for (const watcher of mailingWatchers.get(id) ?? []) {
        if (watcher.firstRead > readNumber) continue;
        const newer = record !== undefined && (watcher.offered === null || record.version > Number(watcher.offered));
        if (newer) {
          watcher.offered = record.version;
          watcher.slot.offer(record);
        }
        if (record !== undefined && !isFinalState(record)) continue;
        if (watcher.offered === null) watcher.slot.fail(mailingNotFound(id));
        else watcher.slot.end();
        leaveMailing(id, watcher);
      }
    }
  };

  const publishTotals = (totals: TotalsRecord, readNumber: number): void => {
    const text = JSON.stringify(totals);
    for (const watcher of totalsWatchers) {
      if (watcher.firstRead > readNumber || watcher.offered === text) continue;
      watcher.offered = text;
      watcher.slot.offer(totals);
    }
  };

  const watchMailing = (id: string): AsyncIterator<StatisticsRecord> => {
    const slot = makeLatestValue<StatisticsRecord>({ gapMs: GAP_MS, onReturn: () => leaveMailing(id, watcher) });
    const watcher: Watcher<StatisticsRecord> = { slot, firstRead: reads + 1, offered: null };
    if (disposed) {
      slot.end();
    } else if (!isStorableId(id)) {
      // It must not reach the statement that reads for everybody.
      slot.fail(mailingNotFound(id));
    } else {
      const watchers = mailingWatchers.get(id);
      if (watchers === undefined) mailingWatchers.set(id, new Set([watcher]));
      else watchers.add(watcher);
      toRead.add(id);
      startPolling();
      readSoon();
    }
    return lag === null ? slot.reader : lag.measure(slot.reader);
  };

  const watchTotals = (): AsyncIterator<TotalsRecord> => {
    const slot = makeLatestValue<TotalsRecord>({ gapMs: GAP_MS, onReturn: () => leaveTotals(watcher) });
    const watcher: Watcher<TotalsRecord> = { slot, firstRead: reads + 1, offered: null };
    if (disposed) {
      slot.end();
    } else {
      totalsWatchers.add(watcher);
      totalsToRead = true;
      startPolling();
      readSoon();
    }
    return slot.reader;
  };

  const leaveMailing = (id: string, watcher: Watcher<StatisticsRecord>): void => {
    const watchers = mailingWatchers.get(id);
    watchers?.delete(watcher);
    if (watchers?.size === 0) mailingWatchers.delete(id);
    stopPollingIfUnwatched();
  };
  const leaveTotals = (watcher: Watcher<TotalsRecord>): void => {
    totalsWatchers.delete(watcher);
    stopPollingIfUnwatched();
  };

  const startPolling = (): void => {
    pollTimer ??= setInterval(() => changed('all'), pollMs);
  };
  const stopPollingIfUnwatched = (): void => {
    if (mailingWatchers.size > 0 || totalsWatchers.size > 0 || pollTimer === null) return;
    clearInterval(pollTimer);
    pollTimer = null;
  };

  return {
    changed,
    mailingStatistics: (mailingId) => ({ [Symbol.asyncIterator]: () => watchMailing(mailingId) }),
    statistics: () => ({ [Symbol.asyncIterator]: watchTotals }),
    [Symbol.asyncDispose]: async () => {
      disposed = true;
      if (readTimer !== null) clearTimeout(readTimer);
      for (const watchers of mailingWatchers.values()) for (const { slot } of watchers) slot.end();
      for (const { slot } of totalsWatchers) slot.end();
      mailingWatchers.clear();
      totalsWatchers.clear();
      stopPollingIfUnwatched();
      await reading;
    },
  };
}

/** Nothing will change any more, unless somebody retries messages: then a new subscription starts anew. */
function isFinalState({ mailingStatus, pending }: StatisticsRecord): boolean {
  return (mailingStatus === 'COMPLETED' || mailingStatus === 'CANCELLED') && pending === 0;
}

function mailingNotFound(id: string): CarillonError {
  return new CarillonError('NOT_FOUND', `there is no mailing ${JSON.stringify(id.slice(0, 40))}`);
}

/** Ids are positive bigints in decimal, as the API gives them out. */
function isStorableId(id: string): boolean {
  return /^[1-9][0-9]{0,18}$/.test(id) && BigInt(id) < 2n ** 63n;
}
