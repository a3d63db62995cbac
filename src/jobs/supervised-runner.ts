// One graphile-worker runner that is kept running: a database error while a job completes ends it, so it is watched and started again.
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger, run } from 'graphile-worker';
import type { Job, Runner, TaskList, WorkerEvents } from 'graphile-worker';
import type pg from 'pg';
import { openRunnerPool } from './runner-pool.ts';
import { toJobSubject } from './watched-tasks.ts';
import type { Log } from '../log.ts';

export interface PoolUse {
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
}

export interface SupervisedRunner extends AsyncDisposable {
  /** How often it had to be started again. */
  readonly restarts: number;
  /** Its connections at this moment; null: none, it is being started again. */
  poolUse(): PoolUse | null;
}

interface RunnerOptions {
  /** In the log. */
  readonly name: string;
  readonly databaseUrl: string;
  /** The jobs that it takes. */
  readonly taskList: TaskList;
  /** Jobs at a time, and connections at most. */
  readonly places: number;
  /** A job that takes longer than this after the end was asked for is cut off. */
  readonly drainMs: number;
  readonly log: Log;
}

/**
 * Ends of jobs are written together, at the next turn of the event loop: when PostgreSQL cuts the connection meanwhile, graphile-worker
 * then ends its runner. Written one by one, they would end the process (unhandled rejection).
 */
const JOINED_MS = 0;
/** How late a job for a future instant may start; each of the places asks this often. */
const POLL_MS = 1_000;
const FIRST_RESTART_MS = 200;
const LONGEST_RESTART_MS = 5_000;

export function superviseRunner({ name, databaseUrl, taskList, places, drainMs, log }: RunnerOptions): SupervisedRunner {
  const stop = new AbortController();
  let restarts = 0;
  let runner: Runner | null = null;
  let pool: pg.Pool | null = null;

  const supervise = async (): Promise<void> => {
    for (let waitMs = FIRST_RESTART_MS; !stop.signal.aborted; waitMs = Math.min(LONGEST_RESTART_MS, waitMs * 2)) {
      const startedAt = performance.now();
      // One for each runner, so that what a failed one keeps to itself is not missing to the next.
      const ownPool = openRunnerPool({ databaseUrl, connections: places, log });
      pool = ownPool;
      const events: WorkerEvents = new EventEmitter();
      const useless = whenUseless(events);
      try {
        runner = await run({
          pgPool: ownPool,
          concurrency: places,
          pollInterval: POLL_MS,
          noHandleSignals: true,
          taskList,
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
        log.warn({ err: error, runner: name }, 'the job runner ended with an error');
      }
      runner = null;
      pool = null;
      void ownPool.end().catch(() => undefined);
      if (stop.signal.aborted) return;
      if (performance.now() - startedAt > 60_000) waitMs = FIRST_RESTART_MS;
      restarts += 1;
      log.warn({ runner: name, restarts, waitMs }, 'the job runner ended; it is started again');
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
      stop.abort();
      const running = runner;
      if (running !== null) {
        const late = setTimeout(() => void running.kill('drain took too long').catch(() => {}), drainMs);
        const stopped = running
          .stop('shutdown')
          .catch((error: unknown) => log.warn({ err: error, runner: name }, 'the job runner did not stop cleanly'));
        await Promise.race([stopped, delay(drainMs + 1_000, undefined, { ref: false })]);
        clearTimeout(late);
      }
      await supervised;
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
