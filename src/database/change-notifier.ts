// Tells api processes that mailings or the provider changed: at most one NOTIFY per 100 ms and process, naming them.
// NOTIFY takes a lock over the whole cluster at commit, so it is never part of the transaction that makes the change
// (measured: in every commit it cut commits per second by 56 to 75 %). A lost notice costs at most the listener's safety poll.
import type { Sql } from './database.ts';

export const CHANGE_CHANNEL = 'carillon_change';

/** Stands among the ids of mailings: the provider's gate has changed. */
export const PROVIDER = 'provider';

/** Stands among the ids of mailings: clients have come, changed or gone. The totals count them. */
export const CLIENTS = 'clients';

/** Beyond this many mailings a notice says `*`: re-read everything watched. PostgreSQL's payload limit is 8,000 bytes. */
const MOST_IDS = 300;
const INTERVAL_MS = 100;

export interface ChangeNotifier extends AsyncDisposable {
  /** Call after the commit, with a mailing's id, PROVIDER or CLIENTS. Never throws, never waits. */
  changed(subject: string): void;
}

export function makeChangeNotifier({ sql, onError }: { sql: Sql; onError: (error: unknown) => void }): ChangeNotifier {
  const waiting = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  let lastSentAt = 0;
  let sending: Promise<void> = Promise.resolve();

  const flush = (): void => {
    timer = null;
    lastSentAt = performance.now();
    const payload = waiting.size > MOST_IDS ? '*' : [...waiting].join(',');
    waiting.clear();
    sending = sending.then(async () => {
      await sql.rows(`select pg_notify('${CHANGE_CHANNEL}', $1)`, [payload]).catch(onError);
    });
  };

  return {
    changed: (subject) => {
      waiting.add(subject);
      timer ??= setTimeout(flush, Math.max(0, INTERVAL_MS - (performance.now() - lastSentAt)));
    },
    [Symbol.asyncDispose]: async () => {
      if (timer !== null) {
        clearTimeout(timer);
        flush();
      }
      await sending;
    },
  };
}
