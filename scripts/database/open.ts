// The service's database, for programs that run beside it: the one of DATABASE_URL, or the embedded one while the service runs.
import { openDatabase } from '../../src/database/database.ts';
import type { Database } from '../../src/database/database.ts';
import { findRunningPostgres } from '../../src/database/embedded/running.ts';
import { pendingMigrations } from '../../src/database/migrate.ts';

interface Place {
  readonly url: string | null;
  readonly dataDir: string;
}

/** Throws an Error whose message says what to do. */
export async function openServiceDatabase({ url: given, dataDir }: Place, applicationName: string): Promise<Database> {
  const url = given ?? (await findRunningPostgres(dataDir));
  if (url === null) {
    throw new Error(`There is no database to read: start the service, whose embedded one is in ${dataDir}, or set DATABASE_URL.`);
  }
  const pending = await pendingMigrations(url);
  if (pending.length > 0)
    throw new Error(`The database lacks migrations (${pending.join(', ')}): start the service of this version first.`);
  return openDatabase({ url, connections: 2, applicationName, statementTimeoutMs: 0, onConnectionLost: () => undefined });
}
