// The service as the screens see it: queries and mutations over HTTP (urql), live states over one WebSocket.
import { cacheExchange, Client, fetchExchange, Provider } from 'urql';
import { createContext, useContext, useMemo, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import { wordsOf } from '../session/check-token.ts';
import type { SessionStore } from '../session/session.ts';
import { makeConnection } from './connection.ts';
import type { Connection, ConnectionState } from './connection.ts';
import { fetchWithTime } from './service-clock.ts';

const ConnectionContext = createContext<Connection | null>(null);
const SessionContext = createContext<SessionStore | null>(null);

export function ApiProvider({ session, children }: { readonly session: SessionStore; readonly children: ReactNode }): ReactNode {
  const { client, connection } = useMemo(() => ({ client: makeHttpClient(session), connection: makeConnection(session) }), [session]);
  return (
    <SessionContext value={session}>
      <ConnectionContext value={connection}>
        <Provider value={client}>{children}</Provider>
      </ConnectionContext>
    </SessionContext>
  );
}

export function useConnection(): Connection {
  const connection = useContext(ConnectionContext);
  if (connection === null) throw new Error('useConnection outside of ApiProvider');
  return connection;
}

/** For requests beside GraphQL. */
export function useSession(): SessionStore {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('useSession outside of ApiProvider');
  return session;
}

export function useConnectionState(): ConnectionState {
  const connection = useConnection();
  return useSyncExternalStore(connection.watch, connection.current);
}

function makeHttpClient(session: SessionStore): Client {
  return new Client({
    url: '/graphql',
    preferGetMethod: false,
    // What is shown may be old: it is shown at once and read again.
    requestPolicy: 'cache-and-network',
    exchanges: [cacheExchange, fetchExchange],
    fetch: async (url, init) => authorizedFetch(session, url, init),
  });
}

/**
 * For the paths beside GraphQL too. A request that is answered 401 has done nothing: the session is told, and the request is sent again
 * with the token that follows, however long somebody takes to sign in.
 */
export async function authorizedFetch(session: SessionStore, url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const token = await session.token();
  const answer = await fetchWith(token, url, init);
  if (answer.status !== 401) return answer;
  session.refused(token, await wordsOf(answer.clone()));
  const next = await session.token();
  return next === token ? answer : fetchWith(next, url, init);
}

async function fetchWith(token: string | null, url: RequestInfo | URL, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  return fetchWithTime(url, { ...init, headers });
}
