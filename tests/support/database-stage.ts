// What faults of the database are rehearsed on: a PostgreSQL server of the test's own, an api and a worker as processes of their own, a stub
// provider, and the proof at the end. Nobody else notices what happens to this server.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import pg from 'pg';
import { migrate } from '../../src/database/migrate.ts';
import { faultsOfCounters } from './engine-seed.ts';
import { eventually } from './eventually.ts';
import { startTestServer } from './postgres-server.ts';
import { finished } from './scenario.ts';
import { startTestService } from './service.ts';
import type { TestService } from './service.ts';
import { startStubProvider } from './stub-provider.ts';
import type { StubEntry, StubProvider } from './stub-provider.ts';

/** Tells the test's own connections from the service's. */
const stageName = 'stage of a test';

export interface DatabaseStage extends AsyncDisposable {
  readonly pool: pg.Pool;
  /** Of the server itself, whatever the service is told. */
  readonly databaseUrl: string;
  /** For application_name: connections that carry it are left alone by `cutConnections`. */
  readonly name: string;
  readonly stub: StubProvider;
  readonly api: TestService;
  readonly worker: TestService;
  /** Ends the server as a crash (`immediate`) or an operator's restart (`fast`) would; it is started again by itself. */
  restart(mode: 'immediate' | 'fast'): Promise<void>;
  /** Cuts every connection of the service at once; how many there were. */
  cutConnections(): Promise<number>;
  requestsFor(text: string): readonly StubEntry[];
  /** Of the worker and the api, for a test that failed: what they said last, and what the database is busy with. */
  story(): Promise<string>;
  /** What is settled in rows now: not one of these may be asked again. */
  settled(mailingId: string): Promise<ReadonlySet<string>>;
}

export interface StageOptions {
  /** Server parameters. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What the service is told instead of the server's own url. */
  readonly through?: (databaseUrl: string) => Promise<{ readonly url: string } & AsyncDisposable>;
}

export async function startDatabaseStage({ parameters = {}, env = {}, through }: StageOptions = {}): Promise<DatabaseStage> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startTestServer(parameters));
  await migrate(server.url);
  const pool = new pg.Pool({ connectionString: server.url, max: 4, application_name: stageName });
  pool.on('error', () => undefined);
  stack.defer(async () => pool.end());
  const stub = await startStubProvider();
  stack.defer(async () => stub.close());
  const served = through === undefined ? server.url : stack.use(await through(server.url)).url;
  const start = async (role: string): Promise<TestService> =>
    stack.use(
      await startTestService({
        databaseUrl: served,
        providerUrl: stub.url,
        env: { ROLE: role, LEASE_SECONDS: '5', RECONCILE_SECONDS: '1', LOG_LEVEL: 'info', ...env },
      }),
    );
  const api = await start('api');
  const worker = await start('worker');
  const { rows } = await pool.query<{ folder: string }>("select current_setting('data_directory') as folder");
  const folder = rows[0]?.folder ?? '';

  const parts = stack.move();
  return {
    pool,
    databaseUrl: server.url,
    name: stageName,
    stub,
    api,
    worker,
    restart: async (mode) => {
      const postmaster = await postmasterOf(folder);
      process.kill(postmaster, mode === 'immediate' ? 'SIGQUIT' : 'SIGINT');
      await eventually(async () => (await postmasterOf(folder)) !== postmaster, { timeoutMs: 60_000 });
    },
    cutConnections: async () => {
      const cut = await pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and application_name <> $1",
        [stageName],
      );
      return cut.rowCount ?? 0;
    },
    story: async () => {
      const asked = await pool
        .query(
          `select application_name, state, wait_event, left(query, 80) as query, now() - query_start as since from pg_stat_activity
         where backend_type = 'client backend'
         union all select 'job ' || key, locked_by, attempts::text, last_error, now() - run_at from graphile_worker.jobs left join graphile_worker._private_jobs using (id)`,
        )
        .catch((error: unknown) => ({ rows: [String(error)] }));
      return [worker.story(), api.story(), ...asked.rows.map((row: unknown) => JSON.stringify(row))].join('\n');
    },
    requestsFor: (text) => stub.ledger.filter((entry) => entry.body?.text === text),
    settled: async (mailingId) => {
      const sent = await pool.query<{ id: string }>("select id::text from message where mailing_id = $1 and status = 'SENT'", [mailingId]);
      return new Set(sent.rows.map(({ id }) => id));
    },
    [Symbol.asyncDispose]: async () => parts.disposeAsync(),
  };
}

async function postmasterOf(folder: string): Promise<number> {
  const [first = ''] = (await readFile(join(folder, 'postmaster.pid'), 'utf8')).split('\n', 1);
  return Number(first);
}

/** Delivered whole and counted exactly; every client was taken by the provider under one id, and both processes are still the first ones. */
export async function expectDelivered(stage: DatabaseStage, mailingId: string, text: string, clients: number): Promise<void> {
  const statistics = await finished(stage.api, mailingId, 120_000);
  expect(statistics).toMatchObject({ mailingStatus: 'COMPLETED', total: clients, pending: 0, sent: clients, failed: 0, unconfirmed: 0 });
  const requests = stage.requestsFor(text);
  expect(new Set(requests.map(({ body }) => body?.phone)).size).toBe(clients);
  expect(new Set(requests.map(({ msgId }) => msgId)).size).toBe(clients);
  expect(requests.filter(({ faults }) => faults.length > 0)).toEqual([]);
  expect(await faultsOfCounters(stage.pool)).toEqual([]);
  for (const { pid } of [stage.api, stage.worker]) expect(process.kill(pid, 0)).toBe(true);
}

/** Ids that were asked more than once. */
export function repeatedIds(requests: readonly StubEntry[]): string[] {
  const seen = new Set<string>();
  return [...new Set(requests.filter(({ msgId }) => seen.size === seen.add(msgId).size).map(({ msgId }) => msgId))];
}
