// What happens to the unsent messages of clients who change: cancelled, sent to another number, or moved to another zone's hours.
// Every function runs in a transaction that holds the client directory lock, and locks batches, messages, statistics in that order.
import type { EpochMs } from '../domain/send-window.ts';
import type { StatementTransaction } from './database.ts';
import { fromMs, toMs } from './instant.ts';
import { erasedWords } from '../domain/message.ts';
import { CLIENT_DIRECTORY_LOCK } from './locks.ts';

/** Waits for expansion chunks under way (about 0.2 s) and keeps new ones out until the transaction ends. */
export async function lockClientDirectory(tx: StatementTransaction): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock($1)', [CLIENT_DIRECTORY_LOCK]);
}

/**
 * Locks the batches of these clients' unsent messages in id order, with those under the same leases: whoever settles a message holds
 * one of them. Looks again after each wait: settling may have moved a message to another batch meanwhile.
 */
async function lockBatchesOf(tx: StatementTransaction, clientIds: readonly string[]): Promise<void> {
  const locked = new Set<string>();
  for (;;) {
    const rows = await tx.rows<{ id: string }>(
      `with own as materialized (
         select distinct b.id, b.lease_token from message g join batch b on b.id = g.batch_id
         where g.client_id = any($1::bigint[]) and g.status = 'PENDING'
       )
       select id::text as id from own
       union select b.id::text from batch b join own on own.lease_token = b.lease_token`,
      [clientIds],
    );
    const ids = rows.map((row) => row.id).filter((id) => !locked.has(id));
    if (ids.length === 0) return;
    await tx.rows('select id from batch where id = any($1::bigint[]) order by id for update', [ids]);
    for (const id of ids) locked.add(id);
  }
}

export interface ChangedMailing {
  readonly mailingId: string;
  /** What it still has to send. */
  readonly pending: number;
}

// `done` says which messages changed and what they were.
const countCancelled = (done: string) => `
  with ${done},
  left_batch as (
    update batch b set pending = b.pending - c.n
    from (select batch_id, count(*)::int as n from done where was = 'PENDING' group by batch_id) c where b.id = c.batch_id
  ),
  counts as materialized (
    select s.mailing_id, c.n from mailing_statistics s
    join (select mailing_id, count(*) as n from done where was = 'PENDING' group by mailing_id) c on c.mailing_id = s.mailing_id
    order by s.mailing_id for update of s
  )
  update mailing_statistics s
  set pending = s.pending - c.n, cancelled = s.cancelled + c.n, version = s.version + 1, updated_at = instant_now()
  from counts c where s.mailing_id = c.mailing_id
  returning s.mailing_id::text as "mailingId", s.pending::float8 as pending`;

/** PENDING -> CANCELLED for these clients. Returns the mailings it changed. Index message_client_mailing_unique. */
export async function cancelUnsent(tx: StatementTransaction, clientIds: readonly string[]): Promise<ChangedMailing[]> {
  await lockBatchesOf(tx, clientIds);
  return tx.rows<ChangedMailing>(cancelStatement, [clientIds]);
}

const cancelStatement = countCancelled(`done as (
  update message set status = 'CANCELLED', finished_at = instant_now()
  where client_id = any($1::bigint[]) and status = 'PENDING'
  returning mailing_id, batch_id, old.status as was
)`);

/**
 * As `cancelUnsent`, and takes client and phone from every message of clients who are being deleted, whatever its status, and the
 * provider's words from it and its attempts: the messages stay, and nothing in them tells whose they were.
 * Indexes message_client_mailing_unique, message_attempt_message.
 */
export async function forgetClients(tx: StatementTransaction, clientIds: readonly string[]): Promise<ChangedMailing[]> {
  await lockBatchesOf(tx, clientIds);
  return tx.rows<ChangedMailing>(forgetStatement, [clientIds]);
}

const forgetStatement = countCancelled(`done as (
  update message
  set client_id = null, phone = null, error_message = case when error_message is not null then '${erasedWords}' end, status = case status when 'PENDING' then 'CANCELLED' else status end, finished_at = coalesce(finished_at, instant_now())
  where client_id = any($1::bigint[])
  returning id, mailing_id, batch_id, old.status as was
),
words as (update message_attempt a set message = '${erasedWords}' from done where a.message_id = done.id)`);

/** Unsent messages go to the client's new number. */
export async function redirectUnsent(tx: StatementTransaction, clientId: string, phone: string): Promise<void> {
  await lockBatchesOf(tx, [clientId]);
  await tx.rows(`update message set phone = $2::bigint where client_id = $1::bigint and status = 'PENDING'`, [clientId, phone]);
}

export interface UnsentGroup {
  readonly mailingId: string;
  readonly timeZone: string;
  readonly windowFrom: string | null;
  readonly windowTo: string | null;
  readonly endsAt: EpochMs;
  /** The end of its wait for a retry. */
  readonly notBefore: EpochMs | null;
  /** The lease its batch is under: a request for one of its messages may be under way. */
  readonly leaseToken: string | null;
  readonly rescues: number;
  readonly messageIds: string[];
}

/**
 * Unsent messages of clients whose zone is no longer that of their batch, by mailing, new zone, wait and lease. Locks their batches:
 * whoever changes a mailing's hours locks all of its batches, and so comes wholly before or after.
 */
export async function unsentInWrongZone(tx: StatementTransaction, clientIds: readonly string[]): Promise<UnsentGroup[]> {
  await lockBatchesOf(tx, clientIds);
  return tx.rows<UnsentGroup>(
    `select m.id::text as "mailingId", c.time_zone as "timeZone", m.window_from as "windowFrom", m.window_to as "windowTo", ${toMs('m.ends_at')} as "endsAt",
       ${toMs('b.not_before')} as "notBefore", b.lease_token::text as "leaseToken", b.rescues, array_agg(g.id::text order by g.id) as "messageIds"
     from message g
     join client c on c.id = g.client_id
     join batch b on b.id = g.batch_id
     join mailing m on m.id = g.mailing_id
     where g.client_id = any($1::bigint[]) and g.status = 'PENDING' and b.time_zone <> c.time_zone and m.finished_at is null
     group by m.id, c.time_zone, b.not_before, b.lease_token, b.rescues
     order by m.id, c.time_zone, b.lease_token`,
    [clientIds],
  );
}

export interface NewPlace {
  readonly dueAt: EpochMs;
  readonly closeAt: EpochMs;
}

/**
 * Moves a group to a batch of its own. Its counters stay: the messages are still pending. Under a lease, the new batch is under the
 * same one: its holder settles what it has in hand, extends and gives back both together, and if it dies, both are rescued. Every batch
 * under the lease is written, so that a settle that has waited for one of them looks again and finds the new one.
 */
export async function moveUnsent(tx: StatementTransaction, group: UnsentGroup, { dueAt, closeAt }: NewPlace): Promise<void> {
  await tx.rows(
    `with fresh as materialized (select nextval(pg_get_serial_sequence('batch', 'id')) as id),
     moving as materialized (select id, batch_id from message where id = any($8::bigint[]) and status = 'PENDING' order by id for update),
     lease as materialized (select max(lease_until) as until from batch where lease_token = $6::bigint),
     done as (update message g set batch_id = fresh.id from fresh, moving where g.id = moving.id returning moving.batch_id),
     left_batch as (
       update batch b set pending = b.pending - (select count(*)::int from done where done.batch_id = b.id)
       where b.id in (select batch_id from moving) or b.lease_token = $6::bigint
     )
     insert into batch (id, mailing_id, time_zone, due_at, close_at, not_before, lease_token, lease_until, rescues, pending)
     select fresh.id, $1::bigint, $2, ${fromMs('$3')}, ${fromMs('$4')}, ${fromMs('$5')}, $6::bigint, lease.until, $7::int, (select count(*)::int from done)
     from fresh, lease`,
    [group.mailingId, group.timeZone, dueAt, closeAt, group.notBefore, group.leaseToken, group.rescues, group.messageIds],
  );
}
