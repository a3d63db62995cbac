// Reads behind the progress of mailings: samples of their counters, and what waits in their batches.
import type { RateSample } from '../domain/sending-rate.ts';
import type { WaitingMessages } from '../domain/sending-estimate.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { Sql } from './database.ts';
import { toMs } from './instant.ts';

/** One sample of every running mailing. Index mailing_unfinished, then the primary key of the counters. No locks. */
export async function readRateSamples(sql: Sql): Promise<(RateSample & { readonly mailingId: string })[]> {
  return sql.rows(
    `select s.mailing_id::text as "mailingId", ${toMs('instant_now()')} as at, (s.sent + s.failed + s.unconfirmed)::float8 as done
     from mailing m join mailing_statistics s on s.mailing_id = m.id
     where m.finished_at is null and m.deleted_at is null and m.status = 'RUNNING'`,
  );
}

export interface MailingBacklog {
  readonly mailingId: string;
  readonly now: EpochMs;
  /** All recipients are known. */
  readonly expanded: boolean;
  readonly waiting: readonly WaitingMessages[];
}

/**
 * What waits in the batches of each mailing that exists, by zone and hours, retries by the minute that they are due in. The cost grows
 * with the batches, about 2,000 for a million messages. No locks.
 */
export async function readBacklogs(sql: Sql, mailingIds: readonly string[]): Promise<MailingBacklog[]> {
  return sql.rows<MailingBacklog>(
    `select m.id::text as "mailingId", ${toMs('instant_now()')} as now, m.expanded_at is not null as expanded, w.waiting
     from mailing m
     cross join lateral (
       select coalesce(json_agg(json_build_object('timeZone', time_zone, 'messages', messages, 'opensAt', opens_at, 'closesAt', closes_at)), '[]') as waiting
       from (
         select time_zone, sum(pending) as messages, min(${toMs('due_at')}) as opens_at, ${toMs('close_at')} as closes_at
         from batch b where b.mailing_id = m.id and b.pending > 0
         group by time_zone, close_at, date_trunc('minute', greatest(due_at, instant_now()))
       ) g
     ) w
     where m.id = any($1::bigint[])`,
    [mailingIds],
  );
}
