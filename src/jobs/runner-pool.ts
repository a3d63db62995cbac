// The connections of one graphile-worker runner. A pool of our own: graphile-worker stops listening to the errors of its own while
// connections are still closing, and one that is cut then would end the process.
import pg from 'pg';
import type { PoolClient } from 'pg';
import type { Log } from '../log.ts';

type OnConnected = (error: Error | undefined, client: PoolClient | undefined, release?: (cause?: unknown) => void) => void;

/** What `pg.Pool` is to graphile-worker: it takes one connection with a callback, to listen on, and all others as promises. */
export function openRunnerPool({ databaseUrl, connections, log }: { databaseUrl: string; connections: number; log: Log }): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connections,
    application_name: 'carillon jobs',
    connectionTimeoutMillis: 10_000,
  });
  pool.on('error', (error) => log.debug({ err: error }, 'a connection of the job runner was lost; it is replaced'));
  pool.on('connect', (client) => client.on('error', () => undefined));
  const connect = pool.connect.bind(pool) as { (): Promise<PoolClient>; (onConnected: OnConnected): void };
  return Object.assign(pool, {
    connect: (onConnected?: OnConnected) =>
      onConnected === undefined ? connect() : connect((error, client, release) => onConnected(error, client, release && onlyOnce(release))),
  });
}

/**
 * graphile-worker 0.18 gives the connection that it listens on back twice when that is cut while its runner stops and has not begun to
 * listen yet: once because it stops, once because of the error. The pool throws at the second, where nobody catches it, and the process
 * would end.
 */
function onlyOnce(release: (cause?: unknown) => void): (cause?: unknown) => void {
  let isReleased = false;
  return (cause) => {
    if (isReleased) return;
    isReleased = true;
    release(cause);
  };
}
