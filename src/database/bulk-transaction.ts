// Transactions that load many rows: COPY into a table of the connection's own, then statements over it. Without the ORM, which has no COPY.
import type pg from 'pg';
import copyStreams from 'pg-copy-streams';
import type { Database, StatementTransaction } from './database.ts';
import { isSerializationFault } from './database-faults.ts';

export interface BulkTransaction extends StatementTransaction {
  /** `statement`: copy … from stdin. `data` is whole, so that nobody's slowness holds the transaction open. */
  copyIn(statement: string, data: Buffer): Promise<void>;
}

const TRIES = 5;

/**
 * As `Database.transaction`, on one of the connections for single statements: a deadlock or serialization failure rolls back and runs
 * `work` again, at most 5 times; any other error rolls back and is thrown.
 */
export async function bulkTransaction<T>({ pool }: Pick<Database, 'pool'>, work: (transaction: BulkTransaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(pool, work);
    } catch (error) {
      if (attempt >= TRIES || !isSerializationFault(error)) throw error;
    }
  }
}

async function runOnce<T>(pool: pg.Pool, work: (transaction: BulkTransaction) => Promise<T>): Promise<T> {
  const connection = await pool.connect();
  // A connection that is cut between two statements says so by an event; the next statement fails by itself.
  const ignore = (): void => {};
  connection.on('error', ignore);
  let broken = false;
  try {
    await connection.query('begin');
    const result = await work(toBulkTransaction(connection));
    await connection.query('commit');
    return result;
  } catch (error) {
    await connection.query('rollback').catch(() => (broken = true));
    throw error;
  } finally {
    connection.off('error', ignore);
    connection.release(broken);
  }
}

function toBulkTransaction(connection: pg.PoolClient): BulkTransaction {
  return {
    inTransaction: true,
    rows: async <Row extends object>(text: string, values: readonly unknown[] = []) => {
      const result = await connection.query<Row>(text, [...values]);
      return result.rows;
    },
    copyIn: async (statement, data) => {
      const stream = connection.query(copyStreams.from(statement));
      await new Promise<void>((resolve, reject) => {
        stream.on('error', reject);
        stream.on('finish', resolve);
        stream.end(data);
      });
    },
  };
}
