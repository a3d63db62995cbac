// The one connection of an api process that LISTENs for changes. It reconnects by itself; what was missed meanwhile is covered by
// reporting that everything may have changed. Reads no data: a notice only says what to read again.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { CHANGE_CHANNEL } from '../database/change-notifier.ts';
import type { Log } from '../log.ts';

/**
 * Mailings whose state may have changed, among them PROVIDER when its gate did, and CLIENTS when the directory did. The totals may have
 * changed with every notice that is not of the provider alone.
 */
export type Changes = ReadonlySet<string> | 'all';

export interface ChangeListenerOptions {
  readonly databaseUrl: string;
  readonly log: Log;
  /** Called for every notice, and with 'all' after each (re)connection. Must not throw. */
  readonly onChange: (changes: Changes) => void;
}

// A database that restarts is back within seconds: the first tries are quick, and many api processes do not come back in step.
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** A connection that died without a word (network gone) is noticed within one heartbeat and its timeout; polling covers the gap. */
const HEARTBEAT_MS = 15_000;
const ANSWER_TIMEOUT_MS = 10_000;

/** Listens until disposed. A lost connection is logged once per outage. */
export function makeChangeListener({ databaseUrl, log, onChange }: ChangeListenerOptions): AsyncDisposable {
  const stop = new AbortController();

  const listenOnce = async (onListening: () => void): Promise<void> => {
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'carillon change listener',
      keepAlive: true,
      connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
    });
    const over = Promise.withResolvers<void>();
    // Marked as handled: the loss may come while something else is awaited.
    over.promise.catch(() => {});
    client.on('error', over.reject);
    client.on('end', () => over.reject(new Error('the connection ended')));
    client.on('notification', (notice) => onChange(toChanges(notice.payload ?? '')));
    const onStop = (): void => over.resolve();
    stop.signal.addEventListener('abort', onStop);
    let heartbeat: NodeJS.Timeout | undefined;
    try {
      await client.connect();
      await client.query(`listen ${CHANGE_CHANNEL}`);
      onListening();
      heartbeat = setInterval(() => void client.query('select 1').catch(over.reject), HEARTBEAT_MS);
      await over.promise;
    } finally {
      clearInterval(heartbeat);
      stop.signal.removeEventListener('abort', onStop);
      await client.end().catch(() => {});
    }
  };

  const listen = async (): Promise<void> => {
    let failures = 0;
    while (!stop.signal.aborted) {
      try {
        await listenOnce(() => {
          if (failures > 0) log.info({ failures }, 'listening for changes again');
          failures = 0;
          onChange('all');
        });
      } catch (error) {
        failures += 1;
        if (failures === 1) log.warn({ err: error }, 'not listening for changes: live statistics are polled until the database is back');
        await delay(retryDelayMs(failures), undefined, { signal: stop.signal }).catch(() => {});
      }
    }
  };
  const listening = listen();

  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await listening;
    },
  };
}

/** Doubles from 100 ms to 5 s, between half and all of it at random. */
function retryDelayMs(failures: number): number {
  const longest = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
  return longest * (0.5 + Math.random() / 2);
}

/**
 * A notice carries mailing ids and the words provider and clients, separated by commas; `*` stands for everything. Version 1.0 says nothing
 * of clients: its notice is empty.
 */
function toChanges(payload: string): Changes {
  return payload === '*' ? 'all' : new Set(payload.split(',').filter((id) => id !== ''));
}
