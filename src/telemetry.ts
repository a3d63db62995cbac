// What a process says about itself, whatever its roles: one registry of metrics for all its parts.
import { readFileSync } from 'node:fs';
import type { Database } from './database/database.ts';
import { readQueueState } from './database/queue-state-queries.ts';
import { makeProcessMetrics } from './metrics/process.ts';
import type { ProcessMetrics } from './metrics/process.ts';
import { watchQueue } from './metrics/queue.ts';
import { makeMetricRegistry } from './metrics/registry.ts';
import type { MetricRegistry } from './metrics/registry.ts';

export interface Telemetry extends Disposable {
  readonly metrics: MetricRegistry;
  readonly process: ProcessMetrics;
  /** Shows the pools of a role's database; the state of queue and gate is read on the first one. */
  watchDatabase(role: 'api' | 'worker', database: Database, connections: number): void;
}

/** Beside src/ and dist/ alike. */
const packageFile = new URL('../package.json', import.meta.url);

/** `linesDropped`: of the log. Dispose it last. */
export function makeTelemetry({ role, linesDropped = () => 0 }: { role: string; linesDropped?: () => number }): Telemetry {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version: string };
  const metrics = makeMetricRegistry();
  const process = makeProcessMetrics(metrics, { role, version, linesDropped });
  let isQueueWatched = false;
  return {
    metrics,
    process,
    watchDatabase: (owner, database, connections) => {
      process.pool({ role: owner, pool: 'statements' }, connections, () => database.poolUse().statements);
      process.pool({ role: owner, pool: 'transactions' }, connections, () => database.poolUse().transactions);
      if (!isQueueWatched) watchQueue(metrics, async () => readQueueState(database));
      isQueueWatched = true;
    },
    [Symbol.dispose]: () => process[Symbol.dispose](),
  };
}
