// The door to PostgreSQL: single statements on a pool with prepared plans, and transactions that give the ORM and SQL one connection.
// Every other file of this folder holds statements and nothing else.
import { createHash } from 'node:crypto';
import { MikroORM } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import pg from 'pg';
import { entities } from './entities.ts';
import { isSerializationFault } from './database-faults.ts';

/**
 * Runs one statement. Statements return 64-bit ids as text, counts and instants (epoch milliseconds) as float8, so that
 * rows look the same on every connection.
 */
export interface Sql {
  rows<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** The statements of one transaction, whoever began it. */
export interface StatementTransaction extends Sql {
  readonly inTransaction: true;
}

export interface Transaction extends StatementTransaction {
  readonly em: EntityManager;
}

/** How a pool is used at this moment. */
export interface PoolUse {
  readonly open: number;
  readonly idle: number;
  /** Who waits for a connection. */
  readonly waiting: number;
}

export interface Database extends Sql, AsyncDisposable {
  /** A fresh unit of work outside any transaction, for reads of single rows and relations. */
  em(): EntityManager;
  /**
   * Runs `work` in one READ COMMITTED transaction. A deadlock or serialization failure rolls back and runs `work` again, at most
   * 5 times; any other error rolls back and is thrown. `work` must have no effect outside the database.
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  readonly pool: pg.Pool;
  /** Of the connections for single statements, and of those for transactions. */
  poolUse(): { readonly statements: PoolUse; readonly transactions: PoolUse };
}

export interface DatabaseOptions {
  readonly url: string;
  /** Connections for single statements; transactions have as many of their own. */
  readonly connections: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** A statement that runs longer is cancelled by PostgreSQL (SQLSTATE 57014); 0 for no limit. Milliseconds. */
  readonly statementTimeoutMs: number;
  /** A single statement outside transactions that waits longer for a row is cancelled (SQLSTATE 55P03): it must not keep its connection from others. None unless given. Milliseconds. */
  readonly lockTimeoutMs?: number;
  /** Called for connections that PostgreSQL drops while idle; the pool replaces them by itself. */
  readonly onConnectionLost: (error: Error) => void;
}

const TRANSACTION_TRIES = 5;
/** PostgreSQL ends the connection. Between two statements of a transaction lie milliseconds; statements of the api wait longer for a lock. */
const IDLE_IN_TRANSACTION_MS = 10_000;

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, connections, applicationName, statementTimeoutMs, lockTimeoutMs, onConnectionLost } = options;
  const settings = {
    application_name: applicationName,
    statement_timeout: statementTimeoutMs,
    // A process that is frozen in the middle of a transaction must not keep its locks.
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  };
  const lockSetting = lockTimeoutMs === undefined ? {} : { lock_timeout: lockTimeoutMs };
  const pool = new pg.Pool({ connectionString: url, max: connections, ...settings, ...lockSetting });
  // What the server ends while the pool is being closed is not lost.
  pool.on('error', (error) => {
    if (!pool.ending) onConnectionLost(error);
  });
  let transactions: pg.Pool | null = null;
  const orm = await MikroORM.init({
    clientUrl: url,
    entities,
    pool: { min: 0, max: connections },
    driverOptions: { ...settings, onPoolCreated: (created: pg.Pool) => keepFromLeaking((transactions = created)) },
    debug: false,
    logger: () => {},
  });

  const database: Database = {
    pool,
    poolUse: () => ({ statements: useOf(pool), transactions: useOf(transactions) }),
    em: () => orm.em.fork(),
    rows: async <Row extends object>(text: string, values: readonly unknown[] = []) => {
      const result = await pool.query<Row>({ name: statementName(text), text, values: [...values] });
      return result.rows;
    },
    transaction: async (work) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await orm.em.fork().transactional(async (em) => work(toTransaction(em)));
        } catch (error) {
          if (attempt >= TRANSACTION_TRIES || !isSerializationFault(error)) throw error;
        }
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([pool.end(), orm.close(true)]);
    },
  };
  return database;
}

/** null: nothing has asked for a connection yet. */
function useOf(pool: pg.Pool | null): PoolUse {
  return { open: pool?.totalCount ?? 0, idle: pool?.idleCount ?? 0, waiting: pool?.waitingCount ?? 0 };
}

/**
 * Kysely, below the ORM, never gives a connection back on which BEGIN or ROLLBACK failed, as both do on one that was cut: after as many
 * of those as the pool has places it would be empty for good. Such a connection is taken out of the pool here.
 */
function keepFromLeaking(pool: pg.Pool): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (text: unknown, ...more: unknown[]) => unknown;
    const watched = (text: unknown, ...more: unknown[]): unknown => {
      const result = query(text, ...more);
      if ((text === 'begin' || text === 'rollback') && result instanceof Promise) result.catch(() => client.release(true));
      return result;
    };
    Object.assign(client, { query: watched });
  });
}

function toTransaction(em: EntityManager): Transaction {
  return {
    em,
    inTransaction: true,
    rows: async <Row extends object>(text: string, values: readonly unknown[] = []) => {
      const result = await em.getKysely().executeQuery<Row>(CompiledQuery.raw(text, [...values]));
      return result.rows;
    },
  };
}

const statementNames = new Map<string, string>();

/** One prepared statement per text and connection: PostgreSQL parses and plans it once. */
function statementName(text: string): string {
  let name = statementNames.get(text);
  if (name === undefined) {
    name = createHash('sha1').update(text).digest('base64url');
    statementNames.set(text, name);
  }
  return name;
}
