// What the reconciler needs to know to put back every hint that was lost.
import type { MailingStatus } from '../domain/mailing.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { Database, Sql } from './database.ts';
import { toMs } from './instant.ts';
import { RECONCILE_LOCK } from './locks.ts';

/**
 * Runs `work` unless another reconciler is at it: false then. The lock goes with its transaction: a dead process never keeps it, and one that is frozen
 * loses it after `longestMs`.
 */
export async function asOnlyReconciler(database: Database, longestMs: number, work: () => Promise<void>): Promise<boolean> {
  return database.transaction(async (tx) => {
    const rows = await tx.rows<{ locked: boolean }>('select pg_try_advisory_xact_lock($1) as locked', [RECONCILE_LOCK]);
    if (rows[0]?.locked !== true) return false;
    // The transaction stands idle while the work is done on other connections.
    await tx.rows(`select set_config('idle_in_transaction_session_timeout', $1, true)`, [String(longestMs)]);
    await work();
    return true;
  });
}

export interface UnfinishedMailing {
  readonly now: EpochMs;
  readonly mailingId: string;
  readonly status: MailingStatus;
  readonly deleted: boolean;
  readonly expanded: boolean;
  readonly startsAt: EpochMs;
  readonly endsAt: EpochMs;
  readonly pending: number;
  /** When its counters last changed. */
  readonly progressAt: EpochMs;
  readonly batches: boolean;
  readonly nextDueAt: EpochMs | null;
  readonly nextCloseAt: EpochMs | null;
  /** When the waiting job of each kind runs; null: none waits. */
  readonly expandAt: EpochMs | null;
  readonly sendAt: EpochMs | null;
  readonly finishAt: EpochMs | null;
}

/** Every mailing that is not over, or has batches left, or is to be removed and nobody has begun. Index mailing_unfinished, batch_due, batch_close, jobs' key. */
export async function unfinishedMailings(sql: Sql): Promise<UnfinishedMailing[]> {
  return sql.rows(unfinishedStatement);
}

// A job's run_at is in PostgreSQL's own time: its distance to now() counts. A job that a worker holds does not wait; one that a dead
// worker holds, or that has failed too often to be tried again, is replaced by adding its key again.
const waiting = (key: string) => `
  (select ${toMs('instant_now() + (j.run_at - now())')} from graphile_worker.jobs j where j.key = ${key} and j.locked_at is null and j.attempts < j.max_attempts)`;

const unfinishedStatement = `
  select ${toMs('instant_now()')} as now, m.id::text as "mailingId", m.status::text as status, m.deleted_at is not null as deleted,
    m.expanded_at is not null as expanded, ${toMs('m.starts_at')} as "startsAt", ${toMs('m.ends_at')} as "endsAt", s.pending::float8 as pending, ${toMs('s.updated_at')} as "progressAt",
    exists (select from batch b where b.mailing_id = m.id) as batches,
    (select ${toMs('min(b.due_at)')} from batch b where b.mailing_id = m.id and b.lease_token is null and b.close_at > instant_now()) as "nextDueAt",
    (select ${toMs('min(b.close_at)')} from batch b where b.mailing_id = m.id and b.lease_token is null) as "nextCloseAt",
    ${waiting(`'expand:' || m.id`)} as "expandAt", ${waiting(`'send:' || m.id || ':0'`)} as "sendAt", ${waiting(`'finish:' || m.id`)} as "finishAt"
  from mailing m join mailing_statistics s on s.mailing_id = m.id
  where m.id in (
    select id from mailing where finished_at is null or (deleted_at is not null and not removing_messages)
    union select mailing_id from batch
  )`;

/**
 * Frees the jobs of dead workers, which graphile-worker would do after four hours, and removes those that were replaced under their key
 * meanwhile. No task holds its job for minutes; one that does runs twice, which does no harm. Locks the job rows.
 */
export async function releaseAbandonedJobs(sql: Sql): Promise<void> {
  await sql.rows(
    `with replaced as (
       delete from graphile_worker._private_jobs where key is null and attempts >= max_attempts and locked_at < now() - interval '5 minutes'
     )
     update graphile_worker._private_jobs set locked_at = null, locked_by = null, run_at = greatest(run_at, now())
     where key is not null and locked_at < now() - interval '5 minutes'`,
  );
}

export interface CounterFault {
  readonly mailingId: string;
  readonly status: string;
  readonly counted: number;
  readonly rows: number;
}

/**
 * Proves the counters of one mailing that is over against its messages, each mailing once; null when there is none to look at. Returns
 * what differs: always nothing, unless a promise is broken. Reads every message of that one mailing (index message_mailing): about 0.3 s per million.
 */
export async function auditCounters(sql: Sql): Promise<CounterFault[] | null> {
  const rows = await sql.rows<CounterFault>(
    `with next as materialized (
       select s.mailing_id from mailing_statistics s join mailing m on m.id = s.mailing_id
       where s.audited_at is null and m.finished_at < instant_now() - interval '10 seconds' and s.pending = 0 and m.deleted_at is null
         -- Nothing is left to prove them by.
         and m.messages_removed_at is null
       order by m.finished_at limit 1 for update of s skip locked
     ),
     found as (select g.status, count(*) as n from message g where g.mailing_id = (select mailing_id from next) group by g.status),
     marked as (
       update mailing_statistics s set audited_at = instant_now() from next where s.mailing_id = next.mailing_id
       returning s.mailing_id, s.pending, s.sent, s.failed, s.expired, s.cancelled, s.unconfirmed
     )
     select marked.mailing_id::text as "mailingId", c.status, c.n::float8 as counted, coalesce(found.n, 0)::float8 as rows
     from marked
     cross join lateral (values ('PENDING', pending), ('SENT', sent), ('FAILED', failed), ('EXPIRED', expired), ('CANCELLED', cancelled), ('UNCONFIRMED', unconfirmed)) as c(status, n)
     left join found on found.status = c.status::message_status`,
  );
  return rows.length === 0 ? null : rows.filter(({ counted, rows: there }) => counted !== there);
}
