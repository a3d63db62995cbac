// Where the embedded PostgreSQL of a data folder answers while a service runs on it: for programs beside the service.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { roleName } from './cluster.ts';

/** Its connection string, with the password: never to be logged. null: no server runs there, or this user may not read the folder. */
export async function findRunningPostgres(dataDir: string): Promise<string | null> {
  const folder = resolve(dataDir);
  try {
    const password = (await readFile(join(folder, 'postgres-password'), 'utf8')).trim();
    // The fourth line of PostgreSQL's own file is the port; the file goes when the server ends.
    const port = (await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[3]?.trim() ?? '';
    return /^\d+$/.test(port) ? `postgres://${roleName}:${encodeURIComponent(password)}@127.0.0.1:${port}/${roleName}` : null;
  } catch {
    return null;
  }
}
