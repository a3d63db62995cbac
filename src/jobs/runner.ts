// Runs graphile-worker and keeps it running: a database error while a job completes ends its runner, so it is watched and started again.
// Never part of an api process: whatever happens here leaves the API alone.
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger, run } from 'graphile-worker';
import type { Job, Runner, WorkerEvents } from 'graphile-worker';
import type pg from 'pg';
import type { Tracer } from '../domain/tracing.ts';
import { openRunnerPool } from './runner-pool.ts';
import { makeTasks } from './tasks.ts';
import type { JobOperations } from './tasks.ts';
import { toJobSubject, watchTasks } from './watched-tasks.ts';
import type { OnJobEnded } from './watched-tasks.ts';
import type { Log } from '../log.ts';

export interface JobRunner extends AsyncDisposable {
  /** How often the runner had to be started again. */
  readonly restarts: number;
  /** Its connections at this moment; null: none, it is being started again. */
  poolUse(): { readonly open: number; readonly idle: number; readonly waiting: number } | null;
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

/** Lanes of a few mailings with room for expansions, ends and the reconciler. */
const CONCURRENCY = 10;
export const JOB_CONNECTIONS = CONCURRENCY + 2;
/**
 * Ends of jobs are written together, at the next turn of the event loop: when PostgreSQL cuts the connection meanwhile, graphile-worker
 * then ends its runner. Written one by one, they would end the process (unhandled rejection).
 */
const JOINED_MS = 0;
/** How late a job for a future instant may start; each of the slots asks this often. */
const POLL_MS = 1_000;
const FIRST_RESTART_MS = 200;
const LONGEST_RESTART_MS = 5_000;
/** A drained lane ends when its requests do; what takes longer is cut off so that the process ends within 15 s. */
const DRAIN_MS = 12_000;

export function startJobRunner({ databaseUrl, operations, reconcileMs, log, onJobEnded = () => {}, tracer = null }: Options): JobRunner {
  const stop = new AbortController();
  let restarts = 0;
  let runner: Runner | null = null;
  let pool: pg.Pool | null = null;

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

  const supervise = async (): Promise<void> => {
    for (let waitMs = FIRST_RESTART_MS; !stop.signal.aborted; waitMs = Math.min(LONGEST_RESTART_MS, waitMs * 2)) {
      const startedAt = performance.now();
      // One for each runner, so that what a failed one keeps to itself is not missing to the next.
      const ownPool = openRunnerPool({ databaseUrl, connections: JOB_CONNECTIONS, log });
      pool = ownPool;
      const events: WorkerEvents = new EventEmitter();
      const useless = whenUseless(events);
      try {
        runner = await run({
          pgPool: ownPool,
          concurrency: CONCURRENCY,
          pollInterval: POLL_MS,
          noHandleSignals: true,
          taskList: watched.taskList,
          parsedCronItems: [],
          preset: { worker: { completeJobBatchDelay: JOINED_MS, failJobBatchDelay: JOINED_MS } },
          logger: toGraphileLogger(log),
          events,
        });
        // Asked to stop while it was starting: nobody else had it to stop.
        if (stop.signal.aborted) await runner.stop('shutdown');
        const fault = await Promise.race([runner.promise, useless]);
        // The other kind is already ending.
        if (fault === 'gets-no-jobs') void runner.stop().catch(() => undefined);
      } catch (error) {
        log.warn({ err: error }, 'the job runner ended with an error');
      }
      runner = null;
      pool = null;
      void ownPool.end().catch(() => undefined);
      if (stop.signal.aborted) return;
      if (performance.now() - startedAt > 60_000) waitMs = FIRST_RESTART_MS;
      restarts += 1;
      log.warn({ restarts, waitMs }, 'the job runner ended; it is started again');
      await delay(waitMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const supervised = supervise();

  return {
    get restarts() {
      return restarts;
    },
    poolUse: () => pool && { open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      stop.abort();
      const running = runner;
      if (running !== null) {
        const late = setTimeout(() => void running.kill('drain took too long').catch(() => {}), DRAIN_MS);
        const stopped = running.stop('shutdown').catch((error: unknown) => log.warn({ err: error }, 'the job runner did not stop cleanly'));
        await Promise.race([stopped, delay(DRAIN_MS + 1_000, undefined, { ref: false })]);
        clearTimeout(late);
      }
      await supervised;
      await looking;
      // Those of an earlier runner may still be at it.
      await Promise.race([watched.settled(), delay(DRAIN_MS, undefined, { ref: false })]);
    },
  };
}

/** Why a runner is of no more use although its promise does not tell. */
type RunnerFault = 'cannot-write' | 'gets-no-jobs';

/**
 * A runner that could not write how a job ended takes no new ones, and then may wait for itself for ever; what it has in hand goes on
 * beside the next runner's jobs, which does no harm. One whose first question for a job failed will never get one: graphile-worker looks
 * up its tasks then, once, and answers every later question with that failure.
 */
async function whenUseless(events: WorkerEvents): Promise<RunnerFault> {
  let hasAnswer = false;
  const answered = (): void => {
    hasAnswer = true;
  };
  events.once('worker:getJob:empty', answered);
  events.once('job:start', answered);
  return new Promise((resolve) => {
    events.once('pool:fatalError', () => resolve('cannot-write'));
    events.on('worker:getJob:error', () => {
      if (!hasAnswer) resolve('gets-no-jobs');
    });
  });
}

/** graphile-worker reports each job at info: that is debug here. Its errors are about single jobs, which run again. */
function toGraphileLogger(log: Log): Logger {
  return new Logger(() => (level, message, meta) => {
    const err = meta?.['error'];
    const job = meta?.['job'] as Job | undefined;
    // Its own text repeats the error with its stack, unmasked.
    if (meta?.['failure'] === true && job !== undefined) log.error({ ...toJobSubject(job), err }, 'a job failed; it is tried again');
    else if (level === 'error') log.error({ err }, message);
    else if (level === 'warning') log.warn({ err }, message);
    else log.debug(message);
  });
}
