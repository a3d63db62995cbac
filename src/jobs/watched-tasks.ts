// Each job as the log and those who count see it: which task, about which mailing, how long it took.
import type { JobHelpers, TaskList } from 'graphile-worker';
import type { Log } from '../log.ts';

/** What a job is about, as fields of a log line. */
export interface JobSubject {
  readonly task: string;
  readonly jobId: string;
  readonly mailingId?: string;
  readonly lane?: number;
}

/** Told of each job that ended. Must not throw. */
export type OnJobEnded = (task: string, result: 'done' | 'failed', durationMs: number) => void;

export interface WatchedTasks {
  readonly taskList: TaskList;
  /** Resolves when everything that runs now is over. Never rejects. */
  settled(): Promise<void>;
}

export function watchTasks(tasks: TaskList, log: Log, onEnded: OnJobEnded): WatchedTasks {
  const inHand = new Set<Promise<unknown>>();

  const watch = async (subject: JobSubject, work: Promise<unknown>): Promise<void> => {
    const startedAt = performance.now();
    let result: 'done' | 'failed' = 'failed';
    inHand.add(work);
    log.debug(subject, 'job started');
    try {
      await work;
      result = 'done';
    } finally {
      inHand.delete(work);
      const durationMs = performance.now() - startedAt;
      onEnded(subject.task, result, durationMs);
      log.debug({ ...subject, result, durationMs: Math.round(durationMs) }, 'job ended');
    }
  };

  return {
    taskList: Object.fromEntries(
      Object.entries(tasks).map(([name, task]) => [
        name,
        // In one turn: a task that throws at once is a rejection like any other.
        async (payload: unknown, helpers: JobHelpers) => watch(toJobSubject(helpers.job), (async () => task?.(payload, helpers))()),
      ]),
    ),
    settled: async () => {
      await Promise.allSettled(inHand);
    },
  };
}

/** The rest of a payload is no field of a log line. */
export function toJobSubject(job: { readonly id: string; readonly task_identifier: string; readonly payload: unknown }): JobSubject {
  const given: object = typeof job.payload === 'object' && job.payload !== null ? job.payload : {};
  return {
    task: job.task_identifier,
    jobId: job.id,
    ...('mailingId' in given && typeof given.mailingId === 'string' && { mailingId: given.mailingId }),
    ...('lane' in given && typeof given.lane === 'number' && { lane: given.lane }),
  };
}
