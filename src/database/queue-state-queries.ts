// How full the queue is and what the gate says, for the metrics: one statement whose cost grows with the mailings that are not over,
// never with messages.
import type { Sql } from './database.ts';

interface ByMailingStatus {
  readonly scheduled: number;
  readonly running: number;
  readonly paused: number;
}

export interface QueueStateRecord {
  readonly gate: 'OPEN' | 'CLOSED' | 'PROBING';
  readonly mailings: ByMailingStatus;
  /** PENDING ones. */
  readonly messages: ByMailingStatus;
  /** How long the earliest due batch of a running mailing that nobody holds could have been leased; null: none waits. Milliseconds. */
  readonly oldestDueMs: number | null;
  readonly leases: number;
}

/** No lock. Indexes mailing_unfinished, batch_due (one look per running mailing), batch_leased. */
export async function readQueueState(sql: Sql): Promise<QueueStateRecord> {
  const [row] = await sql.rows<QueueStateRecord>(queueStateStatement);
  if (row === undefined) throw new Error('queue state: an aggregate gave no row');
  return row;
}

const byStatus = (value: (where: string) => string): string =>
  `json_build_object(${['SCHEDULED', 'RUNNING', 'PAUSED'].map((status) => `'${status.toLowerCase()}', ${value(`filter (where m.status = '${status}')`)}`).join(', ')})`;

const queueStateStatement = `
  select (select state from provider_gate) as gate,
    ${byStatus((where) => `count(*) ${where}`)} as mailings,
    ${byStatus((where) => `coalesce(sum(s.pending) ${where}, 0)`)} as messages,
    (extract(epoch from instant_now() - min(due.at)) * 1000)::float8 as "oldestDueMs",
    (select count(*)::float8 from batch where lease_token is not null) as leases
  from mailing m
  join mailing_statistics s on s.mailing_id = m.id
  left join lateral (
    select b.due_at as at from batch b
    where b.mailing_id = m.id and b.lease_token is null and b.due_at <= instant_now() and b.close_at > instant_now()
    order by b.due_at, b.id limit 1
  ) due on m.status = 'RUNNING'
  where m.finished_at is null and m.deleted_at is null`;
