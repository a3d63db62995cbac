// The one WebSocket of the page, which comes back by itself, and what is known of it.
import { createClient } from 'graphql-ws';
import type { Client } from 'graphql-ws';
import type { SessionStore } from '../session/session.ts';

export interface ConnectionState {
  readonly status: 'connecting' | 'connected' | 'disconnected' | 'offline';
  /** When the status came about, milliseconds since the epoch. */
  readonly since: number;
  /** Whether there has been a connection: without one, nothing live can have come. */
  readonly wasConnected: boolean;
}

export interface Connection {
  readonly client: Client;
  current(): ConnectionState;
  /** Calls back after every change of current(); returns what ends it. */
  watch(listener: () => void): () => void;
}

const KEEP_ALIVE_MS = 5_000;
const PONG_MS = 3_000;
/** Until a socket with the next token is there, the numbers count as live. */
const RENEWAL_MS = 3_000;
/** A page that is left keeps its socket for the next one. */
const LAZY_CLOSE_MS = 5_000;

export function makeConnection(session: SessionStore): Connection {
  const listeners = new Set<() => void>();
  let state: ConnectionState = { status: 'connecting', since: Date.now(), wasConnected: false };
  let unanswered: ReturnType<typeof setTimeout> | undefined;
  /** The token of the present socket. */
  let shown: string | null = null;
  let renewal: ReturnType<typeof setTimeout> | undefined;

  const become = (status: ConnectionState['status']): void => {
    if (state.status === status) return;
    state = { status, since: Date.now(), wasConnected: state.wasConnected || status === 'connected' };
    for (const listener of listeners) listener();
  };

  const client = createClient({
    // No socket is opened while nobody is signed in.
    url: async () => {
      await session.token();
      return `${location.origin.replace(/^http/, 'ws')}/graphql`;
    },
    connectionParams: async () => {
      shown = await session.token();
      return shown === null ? {} : { authorization: `Bearer ${shown}` };
    },
    lazyCloseTimeout: LAZY_CLOSE_MS,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: async (retries) => {
      if (renewal === undefined) await waitForNetwork(Math.min(500 * 2 ** retries, 8_000) * (0.5 + Math.random() / 2));
    },
    // A network that is gone without a word is noticed within 8 s.
    keepAlive: KEEP_ALIVE_MS,
    on: {
      connected: () => {
        clearTimeout(renewal);
        renewal = undefined;
        become('connected');
      },
      ping: (received) => {
        if (!received) unanswered = setTimeout(() => client.terminate(), PONG_MS);
      },
      pong: () => clearTimeout(unanswered),
      closed: (event) => {
        clearTimeout(unanswered);
        if (event instanceof CloseEvent && (event.code === 4401 || event.code === 4403)) session.refused(shown);
        // Closed by us, as nobody watches anything.
        if (event instanceof CloseEvent && event.wasClean && event.code === 1000) return;
        if (renewal === undefined) become(navigator.onLine ? 'disconnected' : 'offline');
      },
    },
  });
  /** The service closes a socket when its token ends; before that, another one takes its place. */
  const renew = async (): Promise<void> => {
    if (session.current().kind !== 'signed-in' || state.status !== 'connected' || renewal !== undefined) return;
    if ((await session.token()) === shown) return;
    renewal = setTimeout(() => {
      renewal = undefined;
      become('disconnected');
    }, RENEWAL_MS);
    client.terminate();
  };
  session.watch(() => void renew());
  // The browser knows before any timeout does.
  window.addEventListener('offline', () => {
    become('offline');
    client.terminate();
  });

  return {
    client,
    current: () => state,
    watch: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** At most `ms`; less when the network comes back or somebody looks at the page again. */
async function waitForNetwork(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') resolve();
  };
  window.addEventListener('online', () => resolve(), { once: true });
  document.addEventListener('visibilitychange', onVisible);
  await promise;
  clearTimeout(timer);
  document.removeEventListener('visibilitychange', onVisible);
}
