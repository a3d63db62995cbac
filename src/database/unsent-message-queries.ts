// What happens to the unsent messages of clients who change: cancelled, sent to another number, or moved to another zone's hours.
// Every function runs in a transaction that holds the client directory lock, and locks batches, messages, statistics in that order.
import type { EpochMs } from '../domain/send-window.ts';
import type { Transaction } from './database.ts';
import { fromMs, toMs } from './instant.ts';
import { CLIENT_DIRECTORY_LOCK } from './locks.ts';

/** Waits for expansion chunks under way (about 0.2 s) and keeps new ones out until the transaction ends. */
export async function lockClientDirectory(tx: Transaction): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock($1)', [CLIENT_DIRECTORY_LOCK]);
}

async function lockBatchesOf(tx: Transaction, clientIds: readonly string[]): Promise<void> {
  await tx.rows(
    `select id from batch
     where id in (select batch_id from message where client_id = any($1::bigint[]) and status = 'PENDING')
     order by id for update`,
    [clientIds],
  );
}

export interface ChangedMailing {
  readonly mailingId: string;
  /** What it still has to send. */
  readonly pending: number;
}

const leaveBatches = `
  left_batch as (
    update batch b set pending = b.pending - c.n
    from (select batch_id, count(*)::int as n from done group by batch_id) c where b.id = c.batch_id
  )`;

/** PENDING -> CANCELLED for these clients. Returns the mailings it changed. Index message_client_mailing_unique. */
export async function cancelUnsent(tx: Transaction, clientIds: readonly string[]): Promise<ChangedMailing[]> {
  await lockBatchesOf(tx, clientIds);
  return tx.rows<ChangedMailing>(
    `with done as (
       update message set status = 'CANCELLED', finished_at = instant_now()
       where client_id = any($1::bigint[]) and status = 'PENDING'
       returning mailing_id, batch_id
     ),
     ${leaveBatches},
     counts as materialized (
       select s.mailing_id, c.n from mailing_statistics s
       join (select mailing_id, count(*) as n from done group by mailing_id) c on c.mailing_id = s.mailing_id
       order by s.mailing_id for update of s
     )
     update mailing_statistics s
     set pending = s.pending - c.n, cancelled = s.cancelled + c.n, version = s.version + 1, updated_at = instant_now()
     from counts c where s.mailing_id = c.mailing_id
     returning s.mailing_id::text as "mailingId", s.pending::float8 as pending`,
    [clientIds],
  );
}

/** Unsent messages go to the client's new number. */
export async function redirectUnsent(tx: Transaction, clientId: string, phone: string): Promise<void> {
  await lockBatchesOf(tx, [clientId]);
  await tx.rows(`update message set phone = $2::bigint where client_id = $1::bigint and status = 'PENDING'`, [clientId, phone]);
}

/** Takes clientless what was sent to clients who are being deleted. Their unsent messages are cancelled before. */
export async function forgetClients(tx: Transaction, clientIds: readonly string[]): Promise<void> {
  await tx.rows('update message set client_id = null, phone = null where client_id = any($1::bigint[])', [clientIds]);
}

export interface UnsentGroup {
  readonly mailingId: string;
  readonly timeZone: string;
  readonly windowFrom: string | null;
  readonly windowTo: string | null;
  readonly endsAt: EpochMs;
  /** When one of the group's messages may be sent again: after its wait for a retry, and after a request that may be under way. */
  readonly notBefore: EpochMs | null;
  readonly messageIds: string[];
}

/** Unsent messages of clients whose zone is no longer that of their batch, by mailing, new zone and wait. Locks their batches. */
export async function unsentInWrongZone(tx: Transaction, clientIds: readonly string[]): Promise<UnsentGroup[]> {
  await lockBatchesOf(tx, clientIds);
  return tx.rows<UnsentGroup>(
    `select m.id::text as "mailingId", c.time_zone as "timeZone", m.window_from as "windowFrom", m.window_to as "windowTo", ${toMs('m.ends_at')} as "endsAt",
       ${toMs('greatest(b.not_before, b.lease_until)')} as "notBefore", array_agg(g.id::text) as "messageIds"
     from message g
     join client c on c.id = g.client_id
     join batch b on b.id = g.batch_id
     join mailing m on m.id = g.mailing_id
     where g.client_id = any($1::bigint[]) and g.status = 'PENDING' and b.time_zone <> c.time_zone
     group by m.id, c.time_zone, greatest(b.not_before, b.lease_until)`,
    [clientIds],
  );
}

export interface NewPlace {
  readonly dueAt: EpochMs;
  readonly closeAt: EpochMs;
}

/** Moves a group to a batch of its own. Its counters stay: the messages are still pending. */
export async function moveUnsent(tx: Transaction, group: UnsentGroup, { dueAt, closeAt }: NewPlace): Promise<void> {
  await tx.rows(
    `with fresh as materialized (select nextval(pg_get_serial_sequence('batch', 'id')) as id),
     moving as materialized (select id, batch_id from message where id = any($6::bigint[]) and status = 'PENDING' order by id for update),
     done as (update message g set batch_id = fresh.id from fresh, moving where g.id = moving.id returning moving.batch_id),
     ${leaveBatches}
     insert into batch (id, mailing_id, time_zone, due_at, close_at, not_before, pending)
     select fresh.id, $1::bigint, $2, ${fromMs('$3')}, ${fromMs('$4')}, ${fromMs('$5')}, (select count(*)::int from done) from fresh`,
    [group.mailingId, group.timeZone, dueAt, closeAt, group.notBefore, group.messageIds],
  );
}
