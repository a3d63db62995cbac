// Adds graphile-worker jobs in the same transaction as the data they are about, and migrates graphile-worker's schema.
// Jobs are hints: losing, repeating or reordering them costs time, never correctness.
import { runMigrations } from 'graphile-worker';
import type { EpochMs } from '../domain/send-window.ts';
import type { Sql } from './database.ts';

export const tasks = ['expand', 'send', 'finish', 'reconcile', 'report', 'remove', 'webhook'] as const;
export type TaskName = (typeof tasks)[number];

export interface JobRequest {
  readonly task: TaskName;
  /** Jobs with one key are one job: adding again moves the one that waits. A job that already runs is not affected; a new one waits behind it. */
  readonly key: string;
  readonly mailingId?: string;
  readonly lane?: number;
  /** null: at once. In database time (instant_now()), so that a moved clock moves the jobs. */
  readonly runAt: EpochMs | null;
  /** Lower runs first. */
  readonly priority?: number;
  /** What becomes of the time of a job that already waits under the key: `earliest` (default) never delays it, `replace` sets it anew. */
  readonly mode?: 'earliest' | 'replace';
}

export const jobKey = {
  expand: (mailingId: string) => `expand:${mailingId}`,
  send: (mailingId: string, lane: number) => `send:${mailingId}:${lane}`,
  finish: (mailingId: string) => `finish:${mailingId}`,
  reconcile: () => 'reconcile',
  report: (date: string) => `report:${date}`,
  remove: () => 'remove',
  webhook: () => 'webhook',
};

/** Lanes have places of their own. Among what does not send, ends are on time, and expansions come before reports, webhooks and removal. */
const priorities = { finish: -2, reconcile: -1, send: 0, expand: 0, report: 1, webhook: 1, remove: 2 } satisfies Record<TaskName, number>;

/** Adds or moves jobs. Emits graphile-worker's NOTIFY at commit. Locks the job rows of the keys until then. */
export async function addJobs(sql: Sql, jobs: readonly JobRequest[]): Promise<void> {
  if (jobs.length === 0) return;
  await sql.rows(addJobsStatement, [
    jobs.map((job) => job.task),
    jobs.map((job) => job.key),
    jobs.map((job) => JSON.stringify({ mailingId: job.mailingId, lane: job.lane })),
    jobs.map((job) => job.runAt),
    jobs.map((job) => job.priority ?? priorities[job.task]),
    jobs.map((job) => job.mode !== 'replace'),
  ]);
}

// run_at is in PostgreSQL's own time: the distance to instant_now() is kept. max_attempts 25 only bounds faults of our own.
const addJobsStatement = `
  select graphile_worker.add_job(
    j.task, j.payload::json, run_at => case when j.keeps_earlier then least(j.run_at, w.run_at) else j.run_at end,
    max_attempts => 25, job_key => j.key, priority => j.priority)
  from (
    select task, key, payload, priority, keeps_earlier,
      now() + greatest(coalesce(to_timestamp(run_at / 1000), instant_now()) - instant_now(), interval '0') as run_at
    from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::int[], $6::boolean[]) as u(task, key, payload, run_at, priority, keeps_earlier)
  ) j
  left join graphile_worker.jobs w on w.key = j.key and w.locked_at is null
  order by j.key`;

/** Creates or updates the schema graphile_worker. Idempotent; graphile-worker takes its own lock. */
export async function migrateJobQueue(databaseUrl: string): Promise<void> {
  await runMigrations({ connectionString: databaseUrl });
}
