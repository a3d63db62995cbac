// What a worker tells about its jobs and the two runners that run them.
import type { MetricRegistry, Reading } from './registry.ts';

type JobResult = 'done' | 'failed';

export interface JobMetrics {
  ended(task: string, result: JobResult, durationMs: number): void;
  restarts(read: () => number): void;
}

/** Task names are those of the code, never somebody's words. */
export function makeJobMetrics(registry: MetricRegistry): JobMetrics {
  const seconds = registry.histogram('jobSeconds');
  const jobs = registry.counter('jobs');
  return {
    ended: (task, result, durationMs) => {
      jobs.inc({ task, result });
      seconds.observe({ task }, durationMs / 1_000);
    },
    restarts: (read) => registry.pull('runnerRestarts', (): readonly Reading<never>[] => [[{}, read()]]),
  };
}
