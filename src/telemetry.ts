// What a process says about itself, whatever its roles: one registry of metrics for all its parts, and traces if they are asked for.
import { readFileSync } from 'node:fs';
import type { Database } from './database/database.ts';
import { readQueueState } from './database/queue-state-queries.ts';
import type { Tracer } from './domain/tracing.ts';
import { makeProcessMetrics } from './metrics/process.ts';
import type { ProcessMetrics } from './metrics/process.ts';
import { watchQueue } from './metrics/queue.ts';
import { makeMetricRegistry } from './metrics/registry.ts';
import type { MetricRegistry } from './metrics/registry.ts';
import type { Tracing } from './tracing/otlp.ts';

export interface Telemetry extends AsyncDisposable {
  readonly metrics: MetricRegistry;
  /** null: nobody traces. */
  readonly tracer: Tracer | null;
  readonly process: ProcessMetrics;
  /** Shows the pools of a role's database; the state of queue and gate is read on the first one. */
  watchDatabase(role: 'api' | 'worker', database: Database, connections: number): void;
}

/** Beside src/ and dist/ alike. */
const packageFile = new URL('../package.json', import.meta.url);

interface TelemetryOptions {
  readonly role: string;
  /** Of the log. */
  readonly linesDropped?: () => number;
  readonly tracing?: Tracing | null;
}

/** Dispose it last: then the spans of the end are sent as well. */
export function makeTelemetry({ role, linesDropped = () => 0, tracing = null }: TelemetryOptions): Telemetry {
  const metrics = makeMetricRegistry();
  const process = makeProcessMetrics(metrics, { role, version: readVersion(), linesDropped });
  let isQueueWatched = false;
  return {
    metrics,
    tracer: tracing?.tracer ?? null,
    process,
    watchDatabase: (owner, database, connections) => {
      process.pool({ role: owner, pool: 'statements' }, connections, () => database.poolUse().statements);
      process.pool({ role: owner, pool: 'transactions' }, connections, () => database.poolUse().transactions);
      if (!isQueueWatched) watchQueue(metrics, async () => readQueueState(database));
      isQueueWatched = true;
    },
    [Symbol.asyncDispose]: async () => {
      process[Symbol.dispose]();
      await tracing?.[Symbol.asyncDispose]();
    },
  };
}

/** Of this release. */
export function readVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version: string };
  return version;
}
