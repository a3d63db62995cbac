// The composition root: builds the parts in order, disposes them in reverse. With the roles' halves, the only place that sees every layer.
import { setTimeout as delay } from 'node:timers/promises';
import { startApi } from './api-role.ts';
import type { Config } from './config.ts';
import { warningsOf } from './config.ts';
import { startEmbeddedPostgres } from './database/embedded-postgres.ts';
import { migrate, pendingMigrations } from './database/migrate.ts';
import { CarillonError } from './domain/errors.ts';
import { armFailpoints } from './failpoints.ts';
import type { Log, WrittenLog } from './log.ts';
import type { SimulatorSettings } from './simulator/settings.ts';
import { startSimulator } from './simulator/simulator.ts';
import { makeTelemetry, readVersion } from './telemetry.ts';
import type { Tracing } from './tracing/otlp.ts';
import { startWorker } from './worker-role.ts';

export interface Service extends AsyncDisposable {
  /** Where people and programs reach it; null for a worker. */
  readonly url: string | null;
  /** Where a worker alone shows its metrics and health; null: nowhere. */
  readonly metricsUrl: string | null;
  /** The simulator's address when nothing real is sent. */
  readonly simulatorUrl: string | null;
}

/** How long an api or worker waits for somebody else to migrate the database. */
const MIGRATION_WAIT_MS = 60_000;

/**
 * Starts what the role asks for; with ROLE=migrate, nothing runs afterwards. Throws CarillonError for what an operator can put right,
 * and the reason of `stop` when that is aborted meanwhile. Whatever had been started before a fault is stopped again.
 */
export async function startService(config: Config, simulator: SimulatorSettings, log: WrittenLog, stop: AbortSignal): Promise<Service> {
  await using stack = new AsyncDisposableStack();
  const tracing = await startTracing(config, log);
  const telemetry = stack.use(makeTelemetry({ role: config.role, linesDropped: log.linesDropped, tracing }));
  armFailpoints(config.failpoints);
  for (const warning of warningsOf(config)) log.warn(warning);

  const databaseUrl = config.database.url ?? (await startDatabase(stack, config, log));
  stop.throwIfAborted();
  if (config.role === 'all' || config.role === 'migrate') await migrate(databaseUrl);
  else await waitForMigrations(databaseUrl, log, stop);

  const simulatorUrl = sends(config) && config.provider.url === null ? await startBuiltInSimulator(stack, simulator, log) : null;
  const providerUrl = config.provider.url ?? simulatorUrl;
  const roles: AsyncDisposable[] = [];
  // Both drain at once: together they have 15 s.
  stack.defer(async () => {
    await Promise.all(roles.map(async (role) => role[Symbol.asyncDispose]()));
  });
  const worker = sends(config) && providerUrl !== null ? await startWorker(config, databaseUrl, providerUrl, log, telemetry) : null;
  if (worker !== null) roles.push(worker);
  const api = config.role === 'all' || config.role === 'api' ? await startApi(config, databaseUrl, log, telemetry) : null;
  if (api !== null) roles.push(api);

  if (config.role !== 'migrate') stop.throwIfAborted();

  const parts = stack.move();
  return {
    url: api?.at.url ?? null,
    metricsUrl: worker?.at?.url ?? null,
    simulatorUrl,
    [Symbol.asyncDispose]: async () => parts.disposeAsync(),
  };
}

/** The SDK is loaded only where somebody wants traces. */
async function startTracing({ observability: { otlpEndpoint }, role }: Config, log: Log): Promise<Tracing | null> {
  if (otlpEndpoint === null || role === 'migrate') return null;
  const otlp = await import('./tracing/otlp.ts');
  return otlp.startTracing({ endpoint: otlpEndpoint, role, version: readVersion(), log });
}

function sends(config: Config): boolean {
  return config.role === 'all' || config.role === 'worker';
}

async function startDatabase(stack: AsyncDisposableStack, config: Config, log: Log): Promise<string> {
  const postgres = await startEmbeddedPostgres({ dataDir: config.database.dataDir, log });
  stack.defer(async () => postgres.stop());
  return postgres.url;
}

async function startBuiltInSimulator(stack: AsyncDisposableStack, settings: SimulatorSettings, log: Log): Promise<string> {
  const simulator = await startSimulator({
    host: '127.0.0.1',
    port: 0,
    settings,
    print: (line) => log.warn({ source: 'simulator' }, line),
  });
  stack.defer(async () => simulator.close());
  return simulator.url;
}

/** Processes of one release may start in any order: the one with ROLE=migrate makes the others go on. */
async function waitForMigrations(databaseUrl: string, log: Log, stop: AbortSignal): Promise<void> {
  const deadline = performance.now() + MIGRATION_WAIT_MS;
  for (let told = false; ; told = true) {
    const pending = await pendingMigrations(databaseUrl);
    if (pending.length === 0) return;
    if (performance.now() > deadline) {
      throw new CarillonError(
        'NOT_MIGRATED',
        `the database lacks migrations (${pending.join(', ')}): start one process with ROLE=migrate first`,
      );
    }
    if (!told) log.warn({ pending }, 'waiting for the database to be migrated (ROLE=migrate)');
    await delay(1_000, undefined, { signal: stop }).catch(() => undefined);
    stop.throwIfAborted();
  }
}
