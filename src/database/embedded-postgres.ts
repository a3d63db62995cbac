// The database for whoever has none: PostgreSQL's own programs from an npm package, on a folder, a password and a loopback port of their own.
// It lives and dies with the service: a second service on the same folder is refused, what a killed one left is cleared.
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { CarillonError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import { findBinaries } from './embedded/binaries.ts';
import { openCluster, prepareFolder, roleName } from './embedded/cluster.ts';
import { lockFolder } from './embedded/folder-lock.ts';
import { findServerOwner } from './embedded/server-owner.ts';
import { clearLeftovers, findFreePort, startServer } from './embedded/server.ts';
import type { Server, ServerSettings } from './embedded/server.ts';

export interface EmbeddedPostgresSettings {
  /** Made when missing; relative to the working directory. */
  readonly dataDir: string;
  readonly log: Log;
  /** Server parameters that replace the default ones, name to value. */
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** Connection string with the password: never to be logged. */
  readonly url: string;
  /** Stops the server (at most about 10 s) and gives the folder free. */
  stop(): Promise<void>;
}

const defaultParameters = {
  listen_addresses: '127.0.0.1',
  // No socket in a shared folder: the port is the only way in.
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  // Durable: nothing acknowledged is lost, not even by a power cut.
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  // Fewer checkpoints while millions of messages are written: at most 2 GB to replay after a crash.
  max_wal_size: '2GB',
  min_wal_size: '128MB',
  random_page_cost: '1.1',
  // Compiling costs more than the short statements of the service take.
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Statements and error details may hold phone numbers.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
} as const;

/** A port can be taken between looking for it and using it. */
const portAttempts = 5;
const restartDelayMs = 500;

/**
 * Starts the database of a data folder; it is created on the first start.
 * Needs /bin/sh; as root, the server runs as the system user `postgres`.
 * @throws CarillonError DATA_DIR_IN_USE when a live process holds the folder, EMBEDDED_POSTGRES (what is wrong, what to do) otherwise.
 */
export async function startEmbeddedPostgres({ dataDir, log, parameters }: EmbeddedPostgresSettings): Promise<EmbeddedPostgres> {
  const folder = resolve(dataDir);
  await prepareFolder(folder);
  const lock = await lockFolder(folder);
  try {
    const owner = await findServerOwner(join(folder, 'postgres'));
    const binaries = await findBinaries(owner);
    const { path: cluster, password } = await openCluster(folder, binaries, owner, log);
    await clearLeftovers(cluster, log);
    const { postgres } = binaries;
    const settings = {
      postgres,
      owner,
      cluster,
      logFile: join(folder, 'postgres.log'),
      parameters: { ...defaultParameters, ...parameters },
    };
    const server = superviseServer(await startOnFreePort(settings), settings, log);
    const url = `postgres://${roleName}:${password}@127.0.0.1:${server.port}`;
    await ensureDatabase(url).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    log.info({ folder: cluster, port: server.port }, 'embedded PostgreSQL: ready');
    return {
      url: `${url}/${roleName}`,
      stop: async () => {
        await server.stop();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

type PortlessSettings = Omit<ServerSettings, 'port'>;

async function startOnFreePort(settings: PortlessSettings, attempt = 1): Promise<Server> {
  try {
    return await startServer({ ...settings, port: await findFreePort() });
  } catch (error) {
    const portWasTaken = error instanceof Error && error.message.includes('Address already in use');
    if (!portWasTaken || attempt === portAttempts) throw error;
    return await startOnFreePort(settings, attempt + 1);
  }
}

/** Starts the server again, on the same port, when it ends by itself: the service's connections recover as after any restart. */
function superviseServer(first: Server, settings: PortlessSettings, log: Log): Pick<Server, 'port' | 'stop'> {
  const { port } = first;
  const stopping = new AbortController();
  let current = first;

  const restart = async (): Promise<void> => {
    try {
      await delay(restartDelayMs, undefined, { signal: stopping.signal });
      await clearLeftovers(settings.cluster, log);
      current = await startServer({ ...settings, port });
      log.warn({ port }, 'embedded PostgreSQL: started again');
      if (stopping.signal.aborted) await current.stop();
    } catch (error) {
      if (!stopping.signal.aborted) log.error({ err: error }, 'embedded PostgreSQL: cannot be started again yet');
    }
  };
  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await current.ended;
      if (stopping.signal.aborted) return;
      log.error({ port }, 'embedded PostgreSQL: the server ended unexpectedly');
      await restart();
    }
  };
  const watching = watch();

  return {
    port,
    stop: async () => {
      stopping.abort();
      await current.stop();
      await watching;
    },
  };
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${url}/postgres` });
  try {
    await client.connect();
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [roleName]);
    if (rowCount === 0) await client.query(`create database ${roleName}`);
  } catch (error) {
    throw new CarillonError('EMBEDDED_POSTGRES', `The embedded PostgreSQL does not let the service in: ${String(error)}`, { cause: error });
  } finally {
    await client.end();
  }
}
