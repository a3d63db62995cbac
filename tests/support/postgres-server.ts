// A real PostgreSQL for tests, in a folder that disappears with it.
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts';
import { makeLog } from '../../src/log.ts';

export interface TestServer extends AsyncDisposable {
  /** Of the server's first database, as superuser. */
  readonly url: string;
}

/** `parameters`: server parameters beside those of the service. */
export async function startTestServer(parameters: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-test-'));
  // mkdtemp makes it for its owner only; under root the server is another user.
  await chmod(folder, 0o711);
  const log = makeLog({ level: 'silent', pretty: false });
  const server = await startEmbeddedPostgres({ dataDir: folder, log, parameters: { max_connections: '300', ...parameters } }).catch(
    async (error: unknown) => {
      await removeDataDir(folder);
      throw error;
    },
  );
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await removeDataDir(folder);
    },
  };
}

/** Removes a data folder, also when its database lies elsewhere because the server's user could not reach it. */
export async function removeDataDir(folder: string): Promise<void> {
  const cluster = await realpath(join(folder, 'postgres')).catch(() => null);
  if (cluster !== null && dirname(cluster) !== folder) await rm(dirname(cluster), { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}

/** The same server and role, another database. */
export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
