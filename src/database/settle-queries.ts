// Settling: the outcomes of up to a few hundred requests of one batch become rows in ONE statement, together with the counters.
// Fenced by the batch's lease token and by each message's attempts, so that running it again changes nothing.
import { erasedWords } from '../domain/message.ts';
import type { Sql } from './database.ts';
import type { LeasedBatch } from './batch-queries.ts';

/** What one request ended in, as far as rows are concerned. Outcomes that give the attempt back are not settled at all. */
export interface Settled {
  readonly messageId: string;
  /** Attempts before this one, as the portion read them: the fence against settling twice. */
  readonly attemptsBefore: number;
  readonly kind: 'accepted' | 'refused' | 'retry' | 'ambiguous' | 'held' | 'returned' | 'doubted';
  readonly code: string | null;
  readonly message: string | null;
  readonly httpStatus: number | null;
  readonly latencyMs: number;
  /** For what stays pending: not before this many milliseconds from now. Equal delays share a batch. */
  readonly delayMs: number;
}

export interface SettleResult {
  /** How many messages changed. */
  readonly settled: number;
  /** The mailing's pending count after it; null when nothing was counted. */
  readonly pending: number | null;
}

interface Settlement extends SettleResult {
  /** Nothing was written: run it again. */
  readonly stale: boolean;
}

/**
 * Settles outcomes that are all acceptances. null when the lease is lost: nothing was written.
 * A message that a person cancelled while its request was in flight becomes SENT: the true outcome wins.
 * Locks: the batch, the messages, the statistics row (last, so that it is held for the commit only).
 */
export async function settleAccepted(
  sql: Sql,
  batch: LeasedBatch,
  messageIds: readonly string[],
  leaseMs: number,
): Promise<SettleResult | null> {
  return settle(sql, settleAcceptedStatement, [batch.id, batch.token, leaseMs, messageIds]);
}

async function settle(sql: Sql, statement: string, values: readonly unknown[]): Promise<SettleResult | null> {
  for (;;) {
    const [row] = await sql.rows<Settlement>(statement, values);
    if (row === undefined) return null;
    if (!row.stale) return { settled: row.settled, pending: row.pending };
  }
}

// Whoever cancels or moves a message of the batch changes the batch first. When that happened after this statement's snapshot was taken,
// the snapshot's counters and batches are those of before: then the statement writes nothing.
const held = `
  locked as materialized (
    select id, mailing_id, time_zone, due_at, close_at, rescues, xmin::text = (select xmin::text from batch where id = $1::bigint) as fresh
    from batch where id = $1::bigint and lease_token = $2::bigint for update
  ),
  held as materialized (select * from locked where fresh)`;

// A message may have moved to another batch while in flight (its client's time zone changed): each batch loses its own.
const batchCounts = (leaving: string) => `
  counted_batch as (
    update batch b
    set pending = b.pending - c.n,
      lease_until = case when b.id = $1::bigint then instant_now() + $3::float8 * interval '1 ms' else b.lease_until end
    from (
      select batch_id, sum(n)::int as n from (
        select batch_id, count(*) as n from ${leaving} group by batch_id
        union all select id, 0 from held
      ) parts group by batch_id
    ) c
    where b.id = c.batch_id
  )`;

const settleAcceptedStatement = `
  with ${held},
  done as (
    update message g
    set status = 'SENT', attempts = g.attempts + 1, finished_at = instant_now()
    from held, unnest($4::bigint[]) as sent(id)
    where g.id = sent.id and g.mailing_id = held.mailing_id and g.status in ('PENDING', 'CANCELLED')
    returning g.batch_id, old.status as was
  ),
  ${batchCounts("done where was = 'PENDING'")},
  sums as materialized (
    select count(*) as settled, count(*) filter (where was = 'PENDING') as pending, count(*) filter (where was = 'CANCELLED') as cancelled from done
  ),
  counted as (
    update mailing_statistics s
    set pending = s.pending - sums.pending, cancelled = s.cancelled - sums.cancelled, sent = s.sent + sums.settled,
      version = s.version + 1, updated_at = instant_now()
    from held, sums
    where s.mailing_id = held.mailing_id and sums.settled > 0
    returning s.pending
  )
  select sums.settled::int as settled, (select pending from counted)::float8 as pending, not locked.fresh as stale from locked, sums`;

/**
 * Settles any outcomes. null when the lease is lost: nothing was written.
 * retry and ambiguous move the message to a new batch of the same opening, one per delay; held makes it UNCONFIRMED. returned and
 * doubted are the same for a request that tested the provider: the attempt is not charged. A message that went to another batch while
 * in flight stays there, in the hours of its client's new time zone.
 * A message that a person cancelled meanwhile takes a definite outcome (SENT, FAILED) and otherwise stays CANCELLED.
 * Locks as settleAccepted.
 */
export async function settleMixed(
  sql: Sql,
  batch: LeasedBatch,
  outcomes: readonly Settled[],
  leaseMs: number,
): Promise<SettleResult | null> {
  return settle(sql, settleMixedStatement, [
    batch.id,
    batch.token,
    leaseMs,
    outcomes.map((o) => o.messageId),
    outcomes.map((o) => o.attemptsBefore),
    outcomes.map((o) => o.kind),
    outcomes.map((o) => o.code),
    outcomes.map((o) => o.message),
    outcomes.map((o) => o.httpStatus),
    outcomes.map((o) => Math.round(o.latencyMs)),
    outcomes.map((o) => Math.round(o.delayMs)),
  ]);
}

const settleMixedStatement = `
  with ${held},
  outcome as materialized (
    select o.id, o.attempts_before, o.kind, o.code, o.http_status, o.latency_ms, o.delay_ms, g.status as was, g.batch_id,
      -- Its client was deleted while the request was in flight: whatever the provider says of it is not kept.
      case when g.client_id is null and o.message is not null then '${erasedWords}' else o.message end as message, k.stays, k.stays and g.batch_id = held.id as moves,
      case when o.kind in ('returned', 'doubted') then 0 else 1 end as charge
    from held
    cross join unnest($4::bigint[], $5::int[], $6::text[], $7::text[], $8::text[], $9::int[], $10::int[], $11::int[])
      as o(id, attempts_before, kind, code, message, http_status, latency_ms, delay_ms)
    cross join lateral (select o.kind in ('retry', 'ambiguous', 'returned', 'doubted') as stays) k
    join message g on g.id = o.id and g.mailing_id = held.mailing_id and g.attempts = o.attempts_before
      and (g.status = 'PENDING' or (g.status = 'CANCELLED' and o.kind in ('accepted', 'refused')))
    order by g.id
    for update of g
  ),
  fresh as materialized (
    select nextval(pg_get_serial_sequence('batch', 'id')) as id, delay_ms, n
    from (select delay_ms, count(*)::int as n from outcome where moves group by delay_ms) d
  ),
  new_batch as (
    insert into batch (id, mailing_id, time_zone, due_at, not_before, close_at, pending)
    select fresh.id, held.mailing_id, held.time_zone, greatest(d.at, held.due_at), d.at, held.close_at, fresh.n
    from held cross join fresh cross join lateral (select instant_now() + fresh.delay_ms * interval '1 ms' as at) d
  ),
  done as (
    update message g
    set status = (case o.kind when 'accepted' then 'SENT' when 'refused' then 'FAILED' when 'held' then 'UNCONFIRMED' else 'PENDING' end)::message_status,
      attempts = g.attempts + o.charge,
      finished_at = case when o.stays then null else instant_now() end,
      batch_id = coalesce(fresh.id, g.batch_id),
      -- Its new batch does not know that a holder of the old one was lost with requests possibly in flight: the message remembers it.
      ambiguous = g.ambiguous or o.kind in ('ambiguous', 'held', 'doubted') or (o.stays and held.rescues > 0),
      error_code = coalesce(o.code, g.error_code),
      error_message = coalesce(o.message, g.error_message),
      error_at = case when o.code is null then g.error_at else instant_now() end
    from outcome o
    cross join held
    left join fresh on o.moves and fresh.delay_ms = o.delay_ms
    where g.id = o.id
  ),
  attempt as (
    insert into message_attempt (message_id, mailing_id, attempt, outcome, code, message, http_status, latency_ms)
    select o.id, held.mailing_id, o.attempts_before + 1, case o.kind when 'held' then 'ambiguous' else o.kind end, o.code, o.message, o.http_status, o.latency_ms
    from outcome o cross join held where o.kind <> 'accepted' and o.charge > 0
  ),
  ${batchCounts("outcome where was = 'PENDING' and (moves or not stays)")},
  sums as materialized (
    select count(*) as settled,
      count(*) filter (where was = 'PENDING' and not stays) as pending,
      count(*) filter (where was = 'CANCELLED') as cancelled,
      count(*) filter (where kind = 'accepted') as sent,
      count(*) filter (where kind = 'refused') as failed,
      count(*) filter (where kind = 'held') as unconfirmed
    from outcome
  ),
  counted as (
    update mailing_statistics s
    set pending = s.pending - sums.pending, cancelled = s.cancelled - sums.cancelled, sent = s.sent + sums.sent, failed = s.failed + sums.failed,
      unconfirmed = s.unconfirmed + sums.unconfirmed, version = s.version + 1, updated_at = instant_now()
    from held, sums
    where s.mailing_id = held.mailing_id and sums.pending + sums.cancelled > 0
    returning s.pending
  )
  select sums.settled::int as settled, (select pending from counted)::float8 as pending, not locked.fresh as stale from locked, sums`;
