// The end of things: windows that close, mailings that end, are cancelled or deleted, and the proof of the counters.
import type { MailingStatus } from '../domain/mailing.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { Sql } from './database.ts';
import { fromMs, toMs } from './instant.ts';
import { purgeSamples } from './sample-queries.ts';

/** Batches handled by one statement: at most 20,000 messages, about 0.3 s. */
const BATCHES_AT_A_TIME = 40;

export interface FinishFacts {
  readonly now: EpochMs;
  readonly status: MailingStatus;
  readonly deleted: boolean;
  readonly expanded: boolean;
  readonly endsAt: EpochMs;
  readonly windowFrom: string | null;
  readonly windowTo: string | null;
  readonly pending: number;
  /** The earliest closing among batches nobody holds. */
  readonly nextCloseAt: EpochMs | null;
  /** When the last lease of the mailing runs out; null when no batch is held. */
  readonly leasedUntil: EpochMs | null;
}

/** What there is to finish. null when the mailing is gone. No lock. Indexes batch_close, batch_leased. */
export async function readFinishFacts(sql: Sql, mailingId: string): Promise<FinishFacts | null> {
  const rows = await sql.rows<FinishFacts>(factsStatement, [mailingId]);
  return rows[0] ?? null;
}

const factsStatement = `
  select ${toMs('instant_now()')} as now, m.status::text as status, m.deleted_at is not null as deleted, m.expanded_at is not null as expanded,
    ${toMs('m.ends_at')} as "endsAt", m.window_from as "windowFrom", m.window_to as "windowTo", s.pending::float8 as pending,
    (select ${toMs('min(close_at)')} from batch where mailing_id = m.id and lease_token is null) as "nextCloseAt",
    (select ${toMs('max(lease_until)')} from batch where mailing_id = m.id and lease_token is not null) as "leasedUntil"
  from mailing m join mailing_statistics s on s.mailing_id = m.id
  where m.id = $1::bigint`;

export interface EndedBatches {
  readonly batches: number;
  /** Messages that ended so. */
  readonly expired: number;
  readonly unconfirmed: number;
  readonly cancelled: number;
}

/**
 * Ends the pending messages of up to 40 batches that nobody holds: those of `batchIds` whose window is over, or any of the mailing when
 * null. EXPIRED for any of them needs the mailing's end to have come: a person may have moved it since it was read.
 * EXPIRED becomes UNCONFIRMED where the provider may have taken the message: after an ambiguous answer, or when a holder of its
 * batch died with requests possibly in flight. Returns what went. Locks the batches (skipping locked), their messages,
 * the statistics row. Idempotent.
 */
export async function endBatches(
  sql: Sql,
  mailingId: string,
  status: 'EXPIRED' | 'CANCELLED',
  batchIds: readonly string[] | null,
): Promise<EndedBatches> {
  const [row] = await sql.rows<EndedBatches>(endStatement, [mailingId, status, batchIds]);
  if (row === undefined) throw new Error('ending batches: an aggregate gave no row');
  return row;
}

const endStatement = `
  with free as materialized (
    select id from batch
    where mailing_id = $1::bigint and lease_token is null
      and ($3::bigint[] is null or (id = any($3::bigint[]) and close_at <= instant_now()))
      and ($3::bigint[] is not null or $2::text <> 'EXPIRED' or exists (select from mailing where id = $1::bigint and ends_at <= instant_now()))
    order by id limit ${BATCHES_AT_A_TIME} for update skip locked
  ),
  gone as (delete from batch where id in (select id from free) returning id, rescues),
  done as (
    update message g
    set status = (case when $2::text = 'EXPIRED' and (g.ambiguous or gone.rescues > 0) then 'UNCONFIRMED' else $2::text end)::message_status,
      finished_at = instant_now()
    from gone
    where g.batch_id = gone.id and g.status = 'PENDING'
    returning g.status
  ),
  sums as materialized (
    select count(*) as n, count(*) filter (where status = 'EXPIRED') as expired, count(*) filter (where status = 'UNCONFIRMED') as unconfirmed,
      count(*) filter (where status = 'CANCELLED') as cancelled
    from done
  ),
  counted as (
    update mailing_statistics s
    set pending = s.pending - sums.n, expired = s.expired + sums.expired, unconfirmed = s.unconfirmed + sums.unconfirmed,
      cancelled = s.cancelled + sums.cancelled, version = s.version + 1, updated_at = instant_now()
    from sums where s.mailing_id = $1::bigint and sums.n > 0
  )
  select (select count(*)::int from gone) as batches, expired::int as expired, unconfirmed::int as unconfirmed, cancelled::int as cancelled from sums`;

/** Removes batches that nobody holds and whose last message went away by other hands (opt-out, move). */
export async function removeEmptyBatches(sql: Sql, mailingId: string): Promise<void> {
  await sql.rows('delete from batch where mailing_id = $1::bigint and lease_token is null and pending = 0', [mailingId]);
}

export interface ClosedBatch {
  readonly id: string;
  readonly timeZone: string;
  readonly closeAt: EpochMs;
  /** From when its next opening counts: now, or the end of the wait before a retry. */
  readonly fromAt: EpochMs;
}

/** Batches whose window has closed, at most 1,000. No lock. Index batch_close. */
export async function closedBatches(sql: Sql, mailingId: string): Promise<ClosedBatch[]> {
  return sql.rows<ClosedBatch>(
    `select id::text as id, time_zone as "timeZone", ${toMs('close_at')} as "closeAt", ${toMs('greatest(instant_now(), not_before)')} as "fromAt"
     from batch where mailing_id = $1::bigint and lease_token is null and close_at <= instant_now()
     order by close_at limit 1000`,
    [mailingId],
  );
}

export interface RolledBatch {
  readonly id: string;
  /** The closing that was over when the next opening was looked for. */
  readonly closedAt: EpochMs;
  readonly dueAt: EpochMs;
  readonly closeAt: EpochMs;
}

/** Moves closed batches to their next opening. Leaves alone what somebody holds or has moved meanwhile. Returns how many moved. */
export async function rollBatches(sql: Sql, batches: readonly RolledBatch[]): Promise<number> {
  const columns = [batches.map((b) => b.id), batches.map((b) => b.closedAt), batches.map((b) => b.dueAt), batches.map((b) => b.closeAt)];
  return (await sql.rows(rollStatement, columns)).length;
}

const rollStatement = `
  update batch b set due_at = ${fromMs('r.due_at')}, close_at = ${fromMs('r.close_at')}
  from unnest($1::bigint[], $2::float8[], $3::float8[], $4::float8[]) as r(id, closed_at, due_at, close_at)
  where b.id = r.id and b.lease_token is null and b.close_at <= instant_now() and ${toMs('b.close_at')} = r.closed_at
  returning b.id`;

/**
 * RUNNING or PAUSED -> COMPLETED when the audience is expanded and nothing is pending. True when it did.
 * Locks the mailing, then its statistics row, so that a retry that adds messages comes wholly before or after.
 */
export async function completeMailing(sql: Sql, mailingId: string): Promise<boolean> {
  const rows = await sql.rows(completeStatement, [mailingId]);
  return rows.length > 0;
}

const completeStatement = `
  with candidate as materialized (
    select id from mailing
    where id = $1::bigint and status in ('RUNNING', 'PAUSED') and expanded_at is not null and deleted_at is null
    for no key update
  ),
  settled as materialized (
    select mailing_id from mailing_statistics where mailing_id in (select id from candidate) and pending = 0 for update
  ),
  counted as (
    update mailing_statistics s set version = s.version + 1, updated_at = instant_now() from settled where s.mailing_id = settled.mailing_id
  ),
  history as (insert into mailing_event (mailing_id, kind) select mailing_id, 'COMPLETED' from settled)
  update mailing m set status = 'COMPLETED', finished_at = instant_now(), updated_at = instant_now(), version = m.version + 1
  from settled where m.id = settled.mailing_id
  returning m.id`;

/**
 * Marks a deleted mailing that nobody sends any more for the removal of its rows (`retention-queries.ts`), where those of old mailings go,
 * too. False when a batch is left: somebody has it in hand. Idempotent. Locks the mailing. Index batch_due, batch_close.
 */
export async function beginPurge(sql: Sql, mailingId: string): Promise<boolean> {
  const rows = await sql.rows(
    `update mailing m set messages_removed_at = coalesce(m.messages_removed_at, instant_now()), removing_messages = true
     where m.id = $1::bigint and m.deleted_at is not null and m.finished_at is not null and not exists (select from batch b where b.mailing_id = m.id)
     returning m.id`,
    [mailingId],
  );
  return rows.length > 0;
}

/** Removes a deleted mailing whose messages are gone, with its history and its samples. Does nothing while messages are left. Idempotent. */
export async function purgeMailing(sql: Sql, mailingId: string): Promise<void> {
  await purgeSamples(sql, mailingId);
  await sql.rows(
    `with mailing_gone as (
       delete from mailing where id = $1::bigint and deleted_at is not null and finished_at is not null
         and not exists (select from message where mailing_id = $1::bigint)
       returning id
     ),
     history_gone as (delete from mailing_event e using mailing_gone where e.mailing_id = mailing_gone.id)
     delete from mailing_statistics s using mailing_gone where s.mailing_id = mailing_gone.id`,
    [mailingId],
  );
}
