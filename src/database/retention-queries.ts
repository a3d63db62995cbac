// Removing the messages of mailings that ended long ago, whose rows, counters and history stay, and of deleted ones, which go after them.
import type { Sql } from './database.ts';

/** Messages deleted by one statement: about 20 ms, so that nobody waits for it. */
const CHUNK = 2_000;

/** Whether a mailing is in the middle of it, or ended more than `days` days ago with messages; `days` null: only the first. No lock. */
export async function hasMessagesToRemove(sql: Sql, days: number | null): Promise<boolean> {
  const rows = await sql.rows<{ found: boolean }>(
    `select exists (select from mailing where removing_messages) or exists (${candidates}) as found`,
    [days],
  );
  return rows[0]?.found ?? false;
}

// Nothing of it waits, is in flight or can come back: a retry would have to make it RUNNING first, and then it has not ended. $1 null: none.
const candidates = `
  select from mailing m join mailing_statistics s on s.mailing_id = m.id
  where m.finished_at < instant_now() - $1::int * interval '1 day' and m.finished_at is not null and m.messages_removed_at is null
    and m.deleted_at is null and s.total > 0 and s.pending = 0 and not exists (select from batch b where b.mailing_id = m.id)`;

export interface Removal {
  readonly mailingId: string;
  /** The mailing goes, too. */
  readonly deleted: boolean;
}

/** A mailing in the middle of it, those that a person deleted before others; null: none. No lock. Index mailing_removing_messages. */
export async function findRemoval(sql: Sql): Promise<Removal | null> {
  const rows = await sql.rows<Removal>(
    `select id::text as "mailingId", deleted_at is not null as deleted from mailing where removing_messages order by deleted_at is null, id limit 1`,
  );
  return rows[0] ?? null;
}

/**
 * Takes the messages of the mailing that ended first, more than `days` days ago, out of every answer: from this commit on there are
 * none. Returns its id; null: there is no such mailing. Locks the mailing, passing by those that somebody else holds.
 */
export async function beginRemoval(sql: Sql, days: number): Promise<string | null> {
  const rows = await sql.rows<{ id: string }>(
    `with next as materialized (${candidates.replace('select from', 'select m.id from')} order by m.finished_at, m.id limit 1 for no key update of m skip locked)
     update mailing m set messages_removed_at = instant_now(), removing_messages = true from next where m.id = next.id returning m.id::text as id`,
    [days],
  );
  return rows[0]?.id ?? null;
}

/** Deletes up to 2,000 of its messages that nobody holds, with their attempts. Returns how many. Indexes message_mailing, message_attempt_message. */
export async function removeMessages(sql: Sql, mailingId: string): Promise<number> {
  const rows = await sql.rows<{ n: number }>(removeStatement, [mailingId]);
  return rows[0]?.n ?? 0;
}

const removeStatement = `
  with gone as (
    delete from message where id = any (array(
      select g.id from message g join mailing m on m.id = g.mailing_id and m.messages_removed_at is not null
      where g.mailing_id = $1::bigint order by g.id limit ${CHUNK} for update of g skip locked
    )) returning id
  ),
  attempts as (delete from message_attempt a using gone where a.message_id = gone.id)
  select count(*)::int as n from gone`;

/** True when no message is left. Leaves alone a mailing that was deleted meanwhile. Idempotent. Locks the mailing. */
export async function endRemoval(sql: Sql, mailingId: string): Promise<boolean> {
  const rows = await sql.rows(
    `update mailing set removing_messages = false
     where id = $1::bigint and removing_messages and deleted_at is null and not exists (select from message where mailing_id = $1::bigint) returning id`,
    [mailingId],
  );
  return rows.length > 0;
}
