// What every process tells about itself: who it is, how busy it is, its event loop, its connections to the database, its port.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { MetricRegistry } from './registry.ts';

export interface ProcessMetrics extends Disposable {
  /** `read` null: there is no pool at the moment. */
  pool(names: { readonly role: 'api' | 'worker'; readonly pool: string }, limit: number, read: () => PoolUse | null): void;
  /** `route`: its path as the code has it, with {names}. */
  answered(route: string, status: number): void;
}

interface PoolUse {
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
}

export interface ProcessFacts {
  readonly role: string;
  readonly version: string;
  /** Log lines that were dropped so far. */
  readonly linesDropped: () => number;
}

/** The delay is that of one whole stretch of this length: a maximum since the start would say nothing about now. */
const DELAY_WINDOW_MS = 10_000;
/** Between two looks at the event loop: a fiftieth of a processor's time in a thousand. */
const DELAY_RESOLUTION_MS = 20;

export function makeProcessMetrics(registry: MetricRegistry, { role, version, linesDropped }: ProcessFacts): ProcessMetrics {
  registry.pull('info', () => [[{ role, version, node: process.version }, 1]]);
  registry.pull('cpu', () => {
    const { user, system } = process.cpuUsage();
    return [[{}, (user + system) / 1e6]];
  });
  registry.pull('memory', () => [[{}, process.memoryUsage.rss()]]);
  registry.pull('heap', () => [[{}, process.memoryUsage().heapUsed]]);
  registry.pull('startTime', () => [[{}, Math.round(performance.timeOrigin / 1_000)]]);
  registry.pull('logDropped', () => [[{}, linesDropped()]]);
  const stopWatching = watchEventLoop(registry);
  const responses = registry.counter('httpResponses');

  return {
    pool: ({ role: poolRole, pool }, limit, read) => {
      const labels = { role: poolRole, pool };
      registry.pull('poolLimit', () => [[labels, limit]]);
      registry.pull('poolWaiting', () => [[labels, read()?.waiting ?? 0]]);
      registry.pull('poolConnections', () => {
        const { open, idle } = read() ?? { open: 0, idle: 0 };
        return [
          [{ ...labels, state: 'used' }, open - idle],
          [{ ...labels, state: 'idle' }, idle],
        ];
      });
    },
    answered: (route, status) => responses.inc({ route, status: String(status) }),
    [Symbol.dispose]: stopWatching,
  };
}

function watchEventLoop(registry: MetricRegistry): () => void {
  const delays = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delays.enable();
  let seen = { p50: 0, p99: 0, max: 0 };
  const toSeconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - DELAY_RESOLUTION_MS / 1_000);
  const timer = setInterval(() => {
    seen = { p50: toSeconds(delays.percentile(50)), p99: toSeconds(delays.percentile(99)), max: toSeconds(delays.max) };
    delays.reset();
  }, DELAY_WINDOW_MS);
  timer.unref();
  registry.pull('eventLoopDelay', () => Object.entries(seen).map(([statistic, seconds]) => [{ statistic }, seconds]));
  return () => {
    clearInterval(timer);
    delays.disable();
  };
}
