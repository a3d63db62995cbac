// Subscribers on every api: what they are pushed must add up and must never grow older, whatever happens to the api.
import { setTimeout as delay } from 'node:timers/promises';
import { subscribeTo } from '../../tests/support/graphql-client.ts';
import type { Journal } from './journal.ts';
import type { SoakProcess } from './processes.ts';

interface State {
  readonly total: number;
  readonly pending: number;
  readonly sent: number;
  readonly failed: number;
  readonly expired: number;
  readonly cancelled: number;
  readonly unconfirmed: number;
  readonly version: number;
}

export interface Watchers {
  readonly counts: { states: number; subscriptions: number; completed: number };
  /** Follows a mailing on one of the apis until it is over or the connection is. */
  readonly watchMailing: (id: string) => void;
  /** Ends all subscriptions. */
  readonly stop: () => Promise<void>;
}

const fields = 'total pending sent failed expired cancelled unconfirmed version';
const mostAtATime = 20;

export function makeWatchers(apis: readonly SoakProcess[], journal: Journal): Watchers {
  const counts = { states: 0, subscriptions: 0, completed: 0 };
  const running = new Set<Promise<void>>();
  const stop = new AbortController();
  /** The newest version that anybody was shown: a subscription that begins later must begin there. */
  const newest = new Map<string, number>();
  let next = 0;

  const follow = async (api: SoakProcess, id: string): Promise<void> => {
    const url = api.url();
    if (url === null) return;
    counts.subscriptions += 1;
    let shown = newest.get(id) ?? 0;
    const subscription = subscribeTo<{ mailingStatistics: State }>(
      url,
      `subscription ($id: ID!) { mailingStatistics(mailingId: $id) { ${fields} } }`,
      { id },
    );
    const leave = (): void => void subscription.close();
    stop.signal.addEventListener('abort', leave, { once: true });
    try {
      for await (const { data } of subscription) {
        const state = data?.mailingStatistics;
        if (state === undefined) continue;
        counts.states += 1;
        const sum = state.pending + state.sent + state.failed + state.expired + state.cancelled + state.unconfirmed;
        if (sum !== state.total) journal.violated(`${api.name} pushed a total of ${state.total} for ${sum} (mailing ${id})`);
        if (state.version < shown) journal.violated(`${api.name} pushed version ${state.version} after ${shown} (mailing ${id})`);
        shown = state.version;
        newest.set(id, Math.max(newest.get(id) ?? 0, shown));
      }
      counts.completed += 1;
    } catch {
      // The api was ended, or nothing came for a minute.
    } finally {
      stop.signal.removeEventListener('abort', leave);
      await subscription.close();
    }
  };

  return {
    counts,
    watchMailing: (id) => {
      const api = apis[next % apis.length];
      next += 1;
      if (api === undefined || running.size >= mostAtATime) return;
      const following = follow(api, id).catch(() => undefined);
      running.add(following);
      void following.finally(() => running.delete(following));
    },
    stop: async () => {
      stop.abort();
      await Promise.race([Promise.all(running), delay(3_000)]);
    },
  };
}
