// What a benchmark runs on: a PostgreSQL of its own with the service's durable settings, a migrated database, and clients.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeChangeNotifier } from '../src/database/change-notifier.ts';
import type { ChangeNotifier } from '../src/database/change-notifier.ts';
import { openDatabase } from '../src/database/database.ts';
import type { Database } from '../src/database/database.ts';
import { startEmbeddedPostgres } from '../src/database/embedded-postgres.ts';
import { migrate } from '../src/database/migrate.ts';
import { makeLog } from '../src/log.ts';
import type { Log } from '../src/log.ts';

export interface Stage extends AsyncDisposable {
  readonly databaseUrl: string;
  readonly database: Database;
  readonly changes: ChangeNotifier;
  readonly log: Log;
}

/** `parameters`: of the server, instead of the service's. */
export async function setStage(parameters: Readonly<Record<string, string>> = {}): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const log = makeLog({ level: 'warn', pretty: true });
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-bench-'));
  // As root, PostgreSQL runs as another user, who has to get in.
  await chmod(dataDir, 0o755);
  stack.defer(async () => rm(dataDir, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({ dataDir, log, parameters });
  stack.defer(async () => postgres.stop());
  await migrate(postgres.url);
  const database = stack.use(
    await openDatabase({ url: postgres.url, connections: 4, applicationName: 'bench', statementTimeoutMs: 0, onConnectionLost: () => {} }),
  );
  const changes = stack.use(makeChangeNotifier({ sql: database, onError: (error) => log.warn({ err: error }, 'notice lost') }));
  const parts = stack.move();
  return { databaseUrl: postgres.url, database, changes, log, [Symbol.asyncDispose]: async () => parts.disposeAsync() };
}

/** Clients over a dozen time zones, `tag` telling them from others. */
export async function addClients(database: Database, first: number, count: number, tag: string): Promise<void> {
  await database.rows(
    `insert into client (phone, operator_code, tag, time_zone)
     select 79000000000 + g, '900', $3::text, (array['Europe/Moscow', 'Europe/Samara', 'Asia/Yekaterinburg', 'Asia/Omsk', 'Asia/Novosibirsk', 'Asia/Irkutsk',
       'Asia/Yakutsk', 'Asia/Vladivostok', 'Asia/Magadan', 'Asia/Kamchatka', 'Europe/Kaliningrad', '+03:00'])[1 + g % 12]
     from generate_series($1::bigint, $1::bigint + $2::bigint - 1) g`,
    [first, count, tag],
  );
  await database.rows('vacuum (analyze) client');
}
