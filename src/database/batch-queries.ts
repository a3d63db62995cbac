// The queue of batches: lease, read in portions, extend, release, and when the next one is due.
// What is leased is a batch, never a message: the row a lease dirties is one in about 500.
import type { MailingStatus } from '../domain/mailing.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { Sql } from './database.ts';
import { toMs } from './instant.ts';

export interface LeasedBatch {
  readonly id: string;
  readonly mailingId: string;
  readonly timeZone: string;
  /** Fences everything the holder writes: a later holder has a higher one. */
  readonly token: string;
  /** Messages of it that were not sent yet when it was leased. */
  readonly pending: number;
  /** How often a holder was lost with messages of it in hand. */
  readonly rescues: number;
  /** The message that was last begun alone and may have come to no end. */
  readonly suspectId?: string | null;
}

/**
 * Leases the earliest due batch of a running mailing, or returns null. A batch that closes within `guardMs` is left alone.
 * Locks one batch row, skipping locked ones. Index batch_due.
 */
export async function leaseBatch(sql: Sql, mailingId: string, leaseMs: number, guardMs: number): Promise<LeasedBatch | null> {
  const rows = await sql.rows<LeasedBatch>(leaseStatement, [mailingId, leaseMs, guardMs]);
  return rows[0] ?? null;
}

// Materialized: as the inner side of a nested loop it would be run again, skip what it has just locked, and lease a second batch.
const leaseStatement = `
  with next as materialized (
    select id from batch
    where mailing_id = $1::bigint and lease_token is null and due_at <= instant_now() and close_at > instant_now() + $3::float8 * interval '1 ms'
      and exists (
        select from mailing
        where id = $1::bigint and status = 'RUNNING' and deleted_at is null and ends_at > instant_now() + $3::float8 * interval '1 ms'
      )
    order by due_at, id limit 1
    for update skip locked
  )
  update batch b
  set lease_token = nextval('lease_token_seq'), lease_until = instant_now() + $2::float8 * interval '1 ms'
  from next
  where b.id = next.id
  returning b.id::text as id, b.mailing_id::text as "mailingId", b.time_zone as "timeZone", b.lease_token::text as token, b.pending, b.rescues,
    b.alone_message_id::text as "suspectId"`;

/** A portion of a batch with everything a sender must know before it starts one of its requests. */
export interface Portion {
  readonly now: EpochMs;
  readonly mailingStatus: MailingStatus;
  readonly mailingDeleted: boolean;
  readonly text: string;
  readonly ratePerSecond: number | null;
  readonly dueAt: EpochMs;
  /** The earlier of the mailing's end and the batch's closing: no request may still run then. */
  readonly deadlineAt: EpochMs;
  readonly gateState: 'OPEN' | 'CLOSED' | 'PROBING';
  readonly gateBlockedUntil: EpochMs | null;
  readonly gateOpenedAt: EpochMs | null;
  readonly gateVersion: number;
  readonly ids: string[] | null;
  readonly phones: string[] | null;
  readonly attempts: number[] | null;
  /** Only when asked for. */
  readonly clientIds?: (string | null)[] | null;
}

/** Messages per portion. With the 16 that may still wait when it is read, a lane has at most 100 in hand. */
const PORTION_SIZE = 84;

/**
 * Reads the next messages of a leased batch after `afterId`, in id order; null when the lease is lost. No lock. Indexes batch_pkey,
 * mailing_pkey, message_batch; the limit is a literal because a generic plan guesses a tenth of the table for a parameter.
 * `withClients`: for the log, at debug.
 */
export async function readPortion(sql: Sql, batch: LeasedBatch, afterId: string, withClients = false): Promise<Portion | null> {
  const rows = await sql.rows<Portion>(withClients ? portionStatements.withClients : portionStatements.plain, [
    batch.id,
    batch.token,
    afterId,
  ]);
  return rows[0] ?? null;
}

/** Reads again what already waits in hand: only messages that may still be sent come back. null when the lease is lost. Index message_pkey. */
export async function recheckPortion(
  sql: Sql,
  batch: LeasedBatch,
  messageIds: readonly string[],
  withClients = false,
): Promise<Portion | null> {
  const rows = await sql.rows<Portion>(withClients ? recheckStatements.withClients : recheckStatements.plain, [
    batch.id,
    batch.token,
    messageIds,
  ]);
  return rows[0] ?? null;
}

const facts = (messages: string, withClients: boolean) => `
  select ${toMs('instant_now()')} as now, m.status::text as "mailingStatus", m.deleted_at is not null as "mailingDeleted", m.text,
    m.rate_per_second as "ratePerSecond", ${toMs('b.due_at')} as "dueAt", ${toMs('least(m.ends_at, b.close_at)')} as "deadlineAt",
    g.state as "gateState", ${toMs('g.blocked_until')} as "gateBlockedUntil", ${toMs('g.opened_at')} as "gateOpenedAt", g.version::float8 as "gateVersion",
    p.*
  from batch b
  join mailing m on m.id = b.mailing_id
  cross join provider_gate g
  cross join lateral (
    select array_agg(x.id::text order by x.id) as ids, array_agg(x.phone::text order by x.id) as phones, array_agg(x.attempts order by x.id) as attempts
      ${withClients ? ', array_agg(x.client_id::text order by x.id) as "clientIds"' : ''}
    from (select id, phone, attempts, client_id from message where batch_id = b.id and status = 'PENDING' and ${messages}) x
  ) p
  where b.id = $1::bigint and b.lease_token = $2::bigint`;

const bothWays = (messages: string) => ({ plain: facts(messages, false), withClients: facts(messages, true) });
const portionStatements = bothWays(`id > $3::bigint order by id limit ${PORTION_SIZE}`);
const recheckStatements = bothWays('id = any($3::bigint[])');

export interface ExtendedLeases {
  /** The ids of batches whose lease was extended. */
  readonly extended: readonly string[];
  /** Of those still held whose rows somebody has locked at this moment: their leases run on. */
  readonly busy: readonly string[];
}

/**
 * Keeps leases that have nothing to settle yet, with the batches that share them: a client who moves to another zone takes the messages
 * to a batch under the same token. What is in neither list is lost. Waits for nobody: a row that is being settled must not keep the other
 * leases from being extended. Index batch_leased.
 */
export async function extendLeases(sql: Sql, batches: readonly LeasedBatch[], leaseMs: number): Promise<ExtendedLeases> {
  const rows = await sql.rows<{ id: string; extended: boolean }>(extendStatement, [batches.map((b) => b.token), leaseMs]);
  return {
    extended: rows.filter((row) => row.extended).map((row) => row.id),
    busy: rows.filter((row) => !row.extended).map((row) => row.id),
  };
}

const extendStatement = `
  with held as materialized (select id from batch where lease_token = any($1::bigint[])),
  free as materialized (select id from batch where lease_token = any($1::bigint[]) order by id for update skip locked),
  extended as (
    update batch b set lease_until = instant_now() + $2::float8 * interval '1 ms' from free where b.id = free.id returning b.id
  )
  select held.id::text as id, held.id in (select id from extended) as extended from held`;

/** Gives a lease back; batches with nothing pending are removed. Does nothing when the lease is lost. Idempotent. Index batch_leased. */
export async function releaseBatch(sql: Sql, batch: LeasedBatch): Promise<void> {
  let freed: object[];
  // A batch may come to share the lease while the first look waits for the row of this one.
  do freed = await sql.rows(releaseStatement, [batch.token]);
  while (freed.length > 0);
}

// The row is locked before its pending count is looked at: somebody may be cancelling its last message.
const releaseStatement = `
  with held as materialized (select id, pending from batch where lease_token = $1::bigint order by id for update),
  gone as (delete from batch b using held where b.id = held.id and held.pending = 0),
  freed as (update batch b set lease_token = null, lease_until = null from held where b.id = held.id and held.pending > 0)
  select id from held`;

/** The id of a batch that does not exist yet. */
export async function newBatchId(sql: Sql): Promise<string> {
  const rows = await sql.rows<{ id: string }>(`select nextval(pg_get_serial_sequence('batch', 'id'))::text as id`);
  const row = rows[0];
  if (row === undefined) throw new Error('a statement without from always returns a row');
  return row.id;
}

/**
 * Gives a batch back except for these of its pending messages, which stay under the lease in a batch of their own, `keptId`. False when
 * the lease is lost. Idempotent. Locks the batch, then the messages.
 */
export async function releaseAllBut(
  sql: Sql,
  batch: LeasedBatch,
  messageIds: readonly string[],
  keptId: string,
  leaseMs: number,
): Promise<boolean> {
  const rows = await sql.rows<{ kept: boolean }>(releaseAllButStatement, [batch.id, batch.token, leaseMs, messageIds, keptId]);
  return rows[0]?.kept === true;
}

const releaseAllButStatement = `
  with held as materialized (select * from batch where id = $1::bigint and lease_token = $2::bigint for update),
  staying as materialized (
    select g.id from message g join held on g.batch_id = held.id
    where g.id = any($4::bigint[]) and g.status = 'PENDING' order by g.id for update of g
  ),
  sums as materialized (select count(*)::int as n from staying),
  moved as (update message g set batch_id = $5::bigint from staying where g.id = staying.id),
  kept as (
    insert into batch (id, mailing_id, time_zone, due_at, not_before, close_at, pending, rescues, lease_token, lease_until)
    select $5::bigint, held.mailing_id, held.time_zone, held.due_at, held.not_before, held.close_at, sums.n, held.rescues, held.lease_token,
      instant_now() + $3::float8 * interval '1 ms'
    from held cross join sums
    returning id
  ),
  gone as (delete from batch b using held, sums where b.id = held.id and held.pending = sums.n),
  freed as (
    update batch b set lease_token = null, lease_until = null, pending = held.pending - sums.n
    from held, sums where b.id = held.id and held.pending > sums.n
  )
  select exists (select from kept) or exists (select from batch where id = $5::bigint and lease_token = $2::bigint) as kept`;

/**
 * Notes that a message is about to be sent alone. Returns how often it was begun so in a row, this time included, without an end that
 * took it out of the batch; null when the lease is lost. Locks the batch row.
 */
export async function beginAlone(sql: Sql, batch: LeasedBatch, messageId: string): Promise<number | null> {
  const rows = await sql.rows<{ starts: number }>(beginAloneStatement, [batch.id, batch.token, messageId]);
  return rows[0]?.starts ?? null;
}

const beginAloneStatement = `
  update batch set alone_message_id = $3::bigint, alone_starts = case when alone_message_id = $3::bigint then alone_starts + 1 else 1 end
  where id = $1::bigint and lease_token = $2::bigint
  returning alone_starts as starts`;

/** The message that was begun alone is well and stays in the batch: its attempt was given back. Locks the batch row. */
export async function endAlone(sql: Sql, batch: LeasedBatch): Promise<void> {
  await sql.rows('update batch set alone_message_id = null, alone_starts = 0 where id = $1::bigint and lease_token = $2::bigint', [
    batch.id,
    batch.token,
  ]);
}

export interface NextDue {
  readonly now: EpochMs;
  /** When the next batch nobody holds may be sent; null when there is none. */
  readonly dueAt: EpochMs | null;
  /** How many are due already, at most 8. */
  readonly dueBatches: number;
}

/** What is left to lease in a running mailing. No lock. Index batch_due. */
export async function nextDue(sql: Sql, mailingId: string, guardMs: number): Promise<NextDue> {
  const rows = await sql.rows<NextDue>(nextDueStatement, [mailingId, guardMs]);
  const row = rows[0];
  if (row === undefined) throw new Error('next due: a statement without from always returns a row');
  return row;
}

const nextDueStatement = `
  select ${toMs('instant_now()')} as now,
    (select ${toMs('b.due_at')} from batch b join mailing m on m.id = b.mailing_id
     where b.mailing_id = $1::bigint and m.status = 'RUNNING' and m.deleted_at is null and b.lease_token is null
       and least(m.ends_at, b.close_at) > greatest(b.due_at, instant_now()) + $2::float8 * interval '1 ms'
     order by b.due_at, b.id limit 1) as "dueAt",
    (select count(*)::int from (select from batch b where b.mailing_id = $1::bigint and b.lease_token is null and b.due_at <= instant_now()
       and b.close_at > instant_now() + $2::float8 * interval '1 ms' limit 8) due) as "dueBatches"`;

/** Frees leases that ran out and counts the rescue. Returns the mailings they belong to. Skips locked rows. Index batch_leased. */
export async function freeExpiredLeases(sql: Sql): Promise<{ mailingId: string; batchId: string; rescues: number }[]> {
  return sql.rows(freeStatement);
}

const freeStatement = `
  with lost as materialized (
    select id from batch where lease_token is not null and lease_until < instant_now() order by lease_until limit 1000 for update skip locked
  )
  update batch b set lease_token = null, lease_until = null, rescues = b.rescues + 1
  from lost
  where b.id = lost.id
  returning b.mailing_id::text as "mailingId", b.id::text as "batchId", b.rescues`;

/** When the earliest lease runs out; null when no batch is held. No lock. Index batch_leased. */
export async function nextLeaseEnd(sql: Sql): Promise<{ now: EpochMs; endsAt: EpochMs | null }> {
  const rows = await sql.rows<{ now: EpochMs; endsAt: EpochMs | null }>(nextLeaseEndStatement);
  const row = rows[0];
  if (row === undefined) throw new Error('a statement without from always returns a row');
  return row;
}

// Rounded up: at the returned instant the lease is over.
const nextLeaseEndStatement = `
  select ${toMs('instant_now()')} as now, (select ${toMs('min(lease_until)')} + 1 from batch where lease_token is not null) as "endsAt"`;

/** Running mailings with a batch that may be sent now and that nobody holds. No lock. Indexes mailing_unfinished, batch_due. */
export async function dueMailings(sql: Sql): Promise<string[]> {
  const rows = await sql.rows<{ id: string }>(dueMailingsStatement);
  return rows.map((row) => row.id);
}

const dueMailingsStatement = `
  select m.id::text as id from mailing m
  where m.finished_at is null and m.status = 'RUNNING' and m.deleted_at is null
    and exists (select from batch b where b.mailing_id = m.id and b.lease_token is null and b.due_at <= instant_now())`;
