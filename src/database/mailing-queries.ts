// Mailings are born, and their batches follow when people change when they may be sent: the statements behind the mutations.
import type { NewMailing } from '../domain/mailing.ts';
import type { EpochMs, OpenInterval } from '../domain/send-window.ts';
import type { Sql, Transaction } from './database.ts';
import { BATCH_SIZE } from './expansion-queries.ts';
import { fromMs, toMs } from './instant.ts';
import { mailingColumns } from './records.ts';
import type { MailingRecord } from './records.ts';

/** Writes a mailing, its counters, all zero, and the beginning of its history. The same work for any audience. */
export async function insertMailing(sql: Sql, mailing: NewMailing, actor: string | null): Promise<MailingRecord> {
  const rows = await sql.rows<MailingRecord>(
    `with born as (
       insert into mailing as m (text, operator_codes, tags, starts_at, ends_at, window_from, window_to, rate_per_second)
       values ($1, $2::text[], $3::text[], ${fromMs('$4')}, ${fromMs('$5')}, $6, $7, $8::int)
       returning m.*
     ),
     counters as (insert into mailing_statistics (mailing_id) select id from born),
     history as (insert into mailing_event (mailing_id, kind, actor) select id, 'CREATED', $9::text from born)
     select ${mailingColumns} from born m`,
    [
      mailing.text,
      mailing.filter.operatorCodes,
      mailing.filter.tags,
      mailing.startsAt,
      mailing.endsAt,
      mailing.sendWindow?.from ?? null,
      mailing.sendWindow?.to ?? null,
      mailing.ratePerSecond,
      actor,
    ],
  );
  const row = rows[0];
  if (row === undefined) throw new Error('insert ... returning answers the inserted row');
  return row;
}

export async function findMailing(sql: Sql, id: string): Promise<MailingRecord | null> {
  const rows = await sql.rows<MailingRecord>(`select ${mailingColumns} from mailing m where m.id = $1::bigint and m.deleted_at is null`, [
    id,
  ]);
  return rows[0] ?? null;
}

export interface PlacedBatch {
  readonly id: string;
  readonly timeZone: string;
  /** From when its next opening counts: now, or the end of the wait before a retry. */
  readonly fromAt: EpochMs;
}

/**
 * Every batch of the mailing, locked in id order, also those that a lane holds: it reads their hours again with each portion.
 * The caller holds the mailing. Looks again until there is no new one: settling, which holds only its batch, may add one for a retry
 * while this waits.
 */
export async function lockBatches(tx: Transaction, mailingId: string): Promise<PlacedBatch[]> {
  for (let known = -1; ;) {
    const batches = await tx.rows<PlacedBatch>(
      `select id::text as id, time_zone as "timeZone", ${toMs('greatest(instant_now(), not_before)')} as "fromAt"
       from batch where mailing_id = $1::bigint order by batch.id for update`,
      [mailingId],
    );
    if (batches.length === known) return batches;
    known = batches.length;
  }
}

/** Gives locked batches new hours. */
export async function placeBatches(
  tx: Transaction,
  batches: readonly { readonly id: string; readonly interval: OpenInterval }[],
): Promise<void> {
  await tx.rows(
    `update batch b set due_at = ${fromMs('p.due_at')}, close_at = ${fromMs('p.close_at')}
     from unnest($1::bigint[], $2::float8[], $3::float8[]) as p(id, due_at, close_at) where b.id = p.id`,
    [batches.map((b) => b.id), batches.map((b) => b.interval.opensAt), batches.map((b) => b.interval.closesAt)],
  );
}

/** Messages per chunk of a retry: about 0.3 s of work, so that nobody waits long for the locks. */
const RETRY_CHUNK = 20_000;

/** Which messages of a mailing are retried. */
export interface RetrySelection {
  readonly mailingId: string;
  readonly status: string;
  /** The code that they ended on; null: any. */
  readonly errorCode: string | null;
}

/** Selected messages between two ids, the first excluded. */
export interface RetryChunk extends RetrySelection {
  readonly afterId: string;
  readonly lastId: string;
  /** Of the clients who may still be sent to. */
  readonly timeZones: readonly string[];
}

/**
 * The next 20,000 FAILED or UNCONFIRMED messages after an id; null: there is none. No lock. Index message_problem, or message_problem_code
 * for those of one code.
 */
export async function nextRetryChunk(tx: Transaction, selection: RetrySelection, afterId: string): Promise<RetryChunk | null> {
  const { mailingId, status, errorCode } = selection;
  const rows = await tx.rows<{ lastId: string | null; timeZones: string[] }>(
    `with candidate as materialized (
       select id, client_id from message
       where mailing_id = $1::bigint and problem is not null and problem = $2::message_status and id > $3::bigint and ${withCode('$4', errorCode)}
       order by id limit ${RETRY_CHUNK}
     )
     select max(g.id)::text as "lastId", coalesce(array_agg(distinct c.time_zone) filter (where c.id is not null), '{}') as "timeZones"
     from candidate g left join client c on c.id = g.client_id and c.opted_out_at is null`,
    [mailingId, status, afterId, errorCode],
  );
  const row = rows[0];
  return row === undefined || row.lastId === null ? null : { ...selection, afterId, lastId: row.lastId, timeZones: row.timeZones };
}

/** A text for each case, so that PostgreSQL plans each with its own index. */
function withCode(parameter: string, errorCode: string | null): string {
  return errorCode === null ? `${parameter}::text is null` : `problem_code is not null and problem_code = ${parameter}::text`;
}

/**
 * FAILED or UNCONFIRMED -> PENDING under the same ids, in new batches per zone, to the numbers the clients have now. Messages of zones
 * without an interval, and of clients who are gone or have opted out, stay as they are. Returns how many messages it was.
 * Locks the messages, then the counters, then what the sampler knows; index message_problem or message_problem_code. The caller holds the client directory and the mailing.
 */
export async function requeueMessages(tx: Transaction, chunk: RetryChunk, intervals: ReadonlyMap<string, OpenInterval>): Promise<number> {
  const zones = [...intervals.keys()];
  const rows = await tx.rows<{ retried: number }>(
    `with candidate as materialized (
       select g.id, c.phone, c.time_zone
       from message g join client c on c.id = g.client_id and c.opted_out_at is null
       where g.mailing_id = $1::bigint and g.problem is not null and g.problem = $2::message_status and g.id > $3::bigint and g.id <= $4::bigint
         and c.time_zone = any($5::text[]) and ${withCode('$8', chunk.errorCode)}
       order by g.id for update of g
     ),
     numbered as materialized (select *, (row_number() over (partition by time_zone order by id) - 1) / ${BATCH_SIZE} as part from candidate),
     slot as materialized (
       select nextval(pg_get_serial_sequence('batch', 'id')) as id, s.time_zone, s.part, s.n, ${fromMs('z.opens_at')} as opens_at, ${fromMs('z.closes_at')} as closes_at
       from (select time_zone, part, count(*)::int as n from numbered group by time_zone, part) s
       join unnest($5::text[], $6::float8[], $7::float8[]) as z(time_zone, opens_at, closes_at) on z.time_zone = s.time_zone
     ),
     filled as (
       insert into batch (id, mailing_id, time_zone, due_at, close_at, pending)
       select id, $1::bigint, time_zone, opens_at, closes_at, n from slot
     ),
     done as (
       update message g set status = 'PENDING', finished_at = null, batch_id = slot.id, phone = numbered.phone
       from numbered join slot on slot.time_zone = numbered.time_zone and slot.part = numbered.part
       where g.id = numbered.id
     ),
     sums as materialized (select count(*) as n from candidate),
     counted as (
       update mailing_statistics s
       set pending = s.pending + sums.n, failed = s.failed - case $2 when 'FAILED' then sums.n else 0 end,
         unconfirmed = s.unconfirmed - case $2 when 'UNCONFIRMED' then sums.n else 0 end,
         audited_at = null, version = s.version + 1, updated_at = instant_now()
       from sums where s.mailing_id = $1::bigint and sums.n > 0
     ),
     -- Their attempts are to count anew when they end again.
     sampled as (update mailing_sampling w set done = w.done - sums.n from sums where w.mailing_id = $1::bigint and sums.n > 0)
     select sums.n::float8 as retried from sums`,
    [
      chunk.mailingId,
      chunk.status,
      chunk.afterId,
      chunk.lastId,
      zones,
      zones.map((zone) => intervals.get(zone)?.opensAt),
      zones.map((zone) => intervals.get(zone)?.closesAt),
      chunk.errorCode,
    ],
  );
  return rows[0]?.retried ?? 0;
}
