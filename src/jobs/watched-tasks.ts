// Each job as the log, those who count and those who trace see it: which task, about which mailing, how long it took.
import type { JobHelpers, TaskList } from 'graphile-worker';
import type { Span, Tracer } from '../domain/tracing.ts';
import type { Log } from '../log.ts';
import type { Task } from './tasks.ts';

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

interface Watchers {
  readonly log: Log;
  readonly onEnded: OnJobEnded;
  /** null: nobody traces. */
  readonly tracer: Tracer | null;
}

export function watchTasks(tasks: Readonly<Record<string, Task>>, { log, onEnded, tracer }: Watchers): WatchedTasks {
  const inHand = new Set<Promise<unknown>>();

  const watch = async (subject: JobSubject, span: Span | null, work: Promise<unknown>): Promise<void> => {
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
      span?.end(result === 'failed' ? 'the job failed' : null);
      onEnded(subject.task, result, durationMs);
      log.debug({ ...subject, result, durationMs: Math.round(durationMs) }, 'job ended');
    }
  };

  return {
    taskList: Object.fromEntries(
      Object.entries(tasks).map(([name, task]) => [
        name,
        async (payload: unknown, { job }: JobHelpers) => {
          const subject = toJobSubject(job);
          const span = tracer?.start(`job ${name}`, { attributes: { ...subject } }) ?? null;
          // A task that throws at once is a rejection like any other.
          return watch(subject, span, (async () => task(payload, span))());
        },
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
