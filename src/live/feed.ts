// What every live state is served by: watchers by key, one reader of the database for all of them, and a pace.
// Notices and the poll only say what to read again; the rows are the truth, and a watcher never sees an older state.
import type { LatestValue } from './latest-value.ts';
import { makeLatestValue } from './latest-value.ts';
import type { OutageLog } from './outage-log.ts';

export interface Feed<State> extends AsyncDisposable {
  /**
   * The state as it is after this call, then every newer one; ends after the final state, when what is watched is gone, and with the feed.
   * Watching starts when iteration does and ends with the iterator's return().
   */
  watch(key: string): AsyncIterable<State>;
  /** Reads again what is watched of `keys`. Never throws, never waits. */
  changed(keys: Iterable<string> | 'all'): void;
}

export interface FeedOptions<State> {
  /** What is read, for the log. */
  readonly name: string;
  /** Reads all these keys in one go; those that are not there, or no longer, are left out. */
  readonly read: (keys: readonly string[]) => Promise<ReadonlyMap<string, State>>;
  /** Whether a state is to be told to somebody who was told `told` last. */
  readonly isNewer: (state: State, told: State) => boolean;
  /** After it nothing changes any more; never unless given. */
  readonly isFinal?: (state: State) => boolean;
  /** Whether there may be such a key: others must not reach the read, which is for everybody. Any unless given. */
  readonly isKey?: (key: string) => boolean;
  /** What the watcher of a key that is not there is told. */
  readonly missing: (key: string) => Error;
  /** Between two states for one watcher. Milliseconds. */
  readonly gapMs: number;
  /** Between two reads that notices asked for. Milliseconds; as `gapMs` unless given. */
  readonly readGapMs?: number;
  /** How often everything watched is read without a notice, to find what a lost one would have told. Milliseconds. */
  readonly pollMs: number;
  readonly outages: OutageLog;
}

interface Watcher<State> {
  readonly slot: LatestValue<State>;
  /** The first read that started after the watcher came: earlier ones may not know what it knows. */
  readonly firstRead: number;
  /** What was offered last; null: nothing yet. */
  told: { readonly state: State } | null;
}

const RETRY_MS = 500;

export function makeFeed<State>(options: FeedOptions<State>): Feed<State> {
  const { name, read, isNewer, isFinal = () => false, isKey = () => true, missing, gapMs, readGapMs = gapMs, pollMs, outages } = options;
  const watchersOf = new Map<string, Set<Watcher<State>>>();
  const toRead = new Set<string>();
  let reads = 0;
  let reading: Promise<void> | null = null;
  let nextReadAt = 0;
  let readTimer: NodeJS.Timeout | null = null;
  let pollTimer: NodeJS.Timeout | null = null;
  let outage = false;
  let disposed = false;

  const changed = (keys: Iterable<string> | 'all'): void => {
    for (const key of keys === 'all' ? watchersOf.keys() : keys) {
      if (watchersOf.has(key)) toRead.add(key);
    }
    scheduleRead();
  };

  const scheduleRead = (): void => {
    if (disposed || reading !== null || readTimer !== null || toRead.size === 0) return;
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
    reading = readChanged().finally(() => {
      reading = null;
      scheduleRead();
    });
  };

  const readChanged = async (): Promise<void> => {
    reads += 1;
    nextReadAt = performance.now() + readGapMs;
    const keys = [...toRead].filter((key) => watchersOf.has(key));
    toRead.clear();
    if (keys.length === 0) return;
    try {
      const states = await read(keys);
      for (const key of keys) publish(key, states, reads);
      outages.worked(name);
      outage = false;
    } catch (error) {
      outages.failed(name, error);
      outage = true;
      for (const key of keys) toRead.add(key);
      nextReadAt = performance.now() + RETRY_MS;
    }
  };

  const publish = (key: string, states: ReadonlyMap<string, State>, readNumber: number): void => {
    const found = states.get(key);
    for (const watcher of watchersOf.get(key) ?? []) {
      if (watcher.firstRead > readNumber) continue;
      if (found !== undefined && (watcher.told === null || isNewer(found, watcher.told.state))) {
        watcher.told = { state: found };
        watcher.slot.offer(found);
      }
      if (found !== undefined && !isFinal(found)) continue;
      if (watcher.told === null) watcher.slot.fail(missing(key));
      else watcher.slot.end();
      leave(key, watcher);
    }
  };

  const open = (key: string): AsyncIterator<State> => {
    const slot = makeLatestValue<State>({ gapMs, onReturn: () => leave(key, watcher) });
    const watcher: Watcher<State> = { slot, firstRead: reads + 1, told: null };
    if (disposed) slot.end();
    else if (!isKey(key)) slot.fail(missing(key));
    else {
      const watchers = watchersOf.get(key);
      if (watchers === undefined) watchersOf.set(key, new Set([watcher]));
      else watchers.add(watcher);
      toRead.add(key);
      pollTimer ??= setInterval(() => changed('all'), pollMs);
      readSoon();
    }
    return slot.reader;
  };

  const leave = (key: string, watcher: Watcher<State>): void => {
    const watchers = watchersOf.get(key);
    watchers?.delete(watcher);
    if (watchers?.size === 0) watchersOf.delete(key);
    if (watchersOf.size === 0) stopPolling();
  };

  const stopPolling = (): void => {
    if (pollTimer !== null) clearInterval(pollTimer);
    pollTimer = null;
  };

  return {
    watch: (key) => ({ [Symbol.asyncIterator]: () => open(key) }),
    changed,
    [Symbol.asyncDispose]: async () => {
      disposed = true;
      if (readTimer !== null) clearTimeout(readTimer);
      for (const watchers of watchersOf.values()) for (const { slot } of watchers) slot.end();
      watchersOf.clear();
      stopPolling();
      await reading;
    },
  };
}
