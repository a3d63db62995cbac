// A migrated database of its own for a test file, copied from the template of the run.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { databaseUrl } from './postgres-server.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Ends the pool, cuts what is still connected, and removes the database. */
  drop(): Promise<void>;
}

/** `migrated: false`: an empty one, to try migrations on. `copyOf`: another one as it is now; whoever is connected to that is cut. */
export async function createTestDatabase({
  migrated = true,
  copyOf,
}: { readonly migrated?: boolean; readonly copyOf?: TestDatabase } = {}): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const original = copyOf === undefined ? null : new URL(copyOf.url).pathname.slice(1);
  if (original !== null) {
    await runOnce(
      serverUrl,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${original}' and pid <> pg_backend_pid()`,
    );
  }
  await runOnce(serverUrl, `create database ${name} template ${original ?? (migrated ? inject('templateDatabase') : 'template0')}`);

  const url = databaseUrl(serverUrl, name);
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  // A connection that a test cuts on purpose is replaced by the pool; it must not end the test run.
  pool.on('error', () => undefined);
  const drop = async (): Promise<void> => {
    await pool.end();
    await runOnce(serverUrl, `drop database if exists ${name} with (force)`);
  };
  return { url, pool, drop, [Symbol.asyncDispose]: drop };
}

async function runOnce(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
