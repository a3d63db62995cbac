// The jobs of a worker: lanes that send, and beside them whatever starts, ends and repairs mailings, in places that no lane can take.
// Never part of an api process: whatever happens here leaves the API alone.
import { setTimeout as delay } from 'node:timers/promises';
import type { Tracer } from '../domain/tracing.ts';
import { superviseRunner } from './supervised-runner.ts';
import type { PoolUse, SupervisedRunner } from './supervised-runner.ts';
import { makeTasks } from './tasks.ts';
import type { JobOperations } from './tasks.ts';
import { watchTasks } from './watched-tasks.ts';
import type { OnJobEnded } from './watched-tasks.ts';
import type { Log } from '../log.ts';

export interface JobRunner extends AsyncDisposable {
  /** How often a runner had to be started again. */
  readonly restarts: number;
  /** The connections of its runners at this moment; null: none, they are being started again. */
  poolUse(): PoolUse | null;
}

interface Options {
  readonly databaseUrl: string;
  readonly operations: JobOperations;
  /** The reconciler looks now and then so often. */
  readonly reconcileMs: number;
  readonly log: Log;
  readonly onJobEnded?: OnJobEnded;
  readonly tracer?: Tracer | null;
}

/** Lanes of a few mailings at a time. Each may wait for as long as the provider lets it. */
const LANE_PLACES = 10;
/**
 * For starts and ends beside webhooks, the report and removal, of which a worker has one each at a time. Ending a million messages takes
 * seconds: many such ends at one moment wait for each other, and starts for them.
 */
const OTHER_PLACES = 4;
/** One for each place: a runner listens on one, and asks for jobs and says how they ended on the others. */
export const JOB_CONNECTIONS = LANE_PLACES + OTHER_PLACES;
/** A drained lane ends when its requests do; what takes longer is cut off so that the process ends within 15 s. */
const DRAIN_MS = 12_000;

export function startJobRunner({ databaseUrl, operations, reconcileMs, log, onJobEnded = () => {}, tracer = null }: Options): JobRunner {
  const stop = new AbortController();

  // Beside the jobs and not as one of them: what repairs must not wait for a place among those that it may have to repair.
  let looking: Promise<void> | null = null;
  const look = (): void => {
    looking ??= operations
      .reconcile()
      .catch((error: unknown) => log.warn({ err: error }, 'the reconciler failed; it looks again'))
      .finally(() => {
        looking = null;
      });
  };
  const timer = setInterval(look, reconcileMs);
  look();

  const watched = watchTasks(makeTasks(operations, stop.signal), { log, onEnded: onJobEnded, tracer });
  const { send, ...others } = watched.taskList;
  const common = { databaseUrl, drainMs: DRAIN_MS, log };
  const runners: readonly SupervisedRunner[] = [
    superviseRunner({ ...common, name: 'lanes', places: LANE_PLACES, taskList: { send } }),
    superviseRunner({ ...common, name: 'others', places: OTHER_PLACES, taskList: others }),
  ];

  return {
    get restarts() {
      return runners.reduce((sum, { restarts }) => sum + restarts, 0);
    },
    poolUse: () => sumOf(runners.flatMap((runner) => runner.poolUse() ?? [])),
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      stop.abort();
      await Promise.all(runners.map(async (runner) => runner[Symbol.asyncDispose]()));
      await looking;
      // Those of an earlier runner may still be at it.
      await Promise.race([watched.settled(), delay(DRAIN_MS, undefined, { ref: false })]);
    },
  };
}

function sumOf(uses: readonly PoolUse[]): PoolUse | null {
  if (uses.length === 0) return null;
  const total = (part: keyof PoolUse): number => uses.reduce((sum, use) => sum + use[part], 0);
  return { open: total('open'), idle: total('idle'), waiting: total('waiting') };
}
