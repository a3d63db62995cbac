// Marks: a short text for each page that changes when something on it may have changed. Reading them is cheap, so they are read often.
import type { MailingStatus } from '../domain/mailing.ts';
import type { Sql } from './database.ts';

export interface MailingMark {
  readonly mailingId: string;
  readonly mailingStatus: MailingStatus;
  readonly pending: number;
  /** Equal: nothing about the mailing has changed. */
  readonly mark: string;
}

export interface ClientMark {
  readonly clientId: string;
  /** Equal: nothing about the client has changed. */
  readonly version: number;
}

/** In no order; clients that do not exist are left out. Index client_pkey. No locks. */
export async function readClientMarks(sql: Sql, clientIds: readonly string[]): Promise<ClientMark[]> {
  return sql.rows<ClientMark>('select id::text as "clientId", version from client where id = any($1::bigint[])', [clientIds]);
}

/**
 * Changes some seconds after any client was created, changed or deleted: PostgreSQL counts the rows of the table by itself, and brings its
 * counts up to date at most ten seconds later. Finds what a lost notice would have told, at no cost for those who write. Reads no table.
 */
export async function readClientsMark(sql: Sql): Promise<string> {
  const [row] = await sql.rows<{ mark: string }>(
    `select concat_ws(' ', pg_stat_get_tuples_inserted(id), pg_stat_get_tuples_updated(id), pg_stat_get_tuples_deleted(id)) as mark
     from (select 'client'::regclass::oid as id) client`,
  );
  if (row === undefined) throw new Error('a statement without where always returns a row');
  return row.mark;
}

/** While a mailing is under way, hours open and rates fall without anything being written: then marks change by themselves. */
const BEAT_SECONDS = 3;
const beat = `floor(extract(epoch from instant_now()) / ${BEAT_SECONDS})`;

/** In no order; mailings that do not exist or are deleted are left out. By the primary keys of both tables. No locks. */
export async function readMailingMarks(sql: Sql, mailingIds: readonly string[]): Promise<MailingMark[]> {
  return sql.rows<MailingMark>(
    `select m.id::text as "mailingId", m.status::text as "mailingStatus", s.pending::float8 as pending,
       concat_ws(' ', m.version, s.version, case when m.status in ('RUNNING', 'PAUSED') then ${beat} end) as mark
     from mailing m join mailing_statistics s on s.mailing_id = m.id
     where m.id = any($1::bigint[]) and m.deleted_at is null`,
    [mailingIds],
  );
}

/**
 * Changes when any mailing was created, changed or deleted, or its counters moved. Whatever happens to a mailing leaves an event, takes it
 * from those that are not deleted, or happens to one that is under way or has batches left: only those are read row by row.
 * Indexes mailing_event_pkey, mailing_created (alone), mailing_unfinished. No locks.
 */
export async function readMailingsMark(sql: Sql): Promise<string> {
  const [row] = await sql.rows<{ mark: string }>(listMarkStatement);
  if (row === undefined) throw new Error('a statement without from always returns a row');
  return row.mark;
}

// offset 0: PostgreSQL takes the ids for many, and would read all mailings to find those few.
const listMarkStatement = `
  select concat_ws(' ', (select max(id) from mailing_event), (select count(*) from mailing where deleted_at is null), moving.mark) as mark
  from (
    select concat_ws(' ', count(*), sum(m.version), sum(m.counted), case when bool_or(m.status in ('RUNNING', 'PAUSED')) then ${beat} end) as mark
    from (select id from mailing where finished_at is null or deleted_at is not null union select mailing_id from batch) u
    cross join lateral (
      select m.version, m.status, s.version as counted
      from mailing m join mailing_statistics s on s.mailing_id = m.id
      where m.id = u.id and m.deleted_at is null offset 0
    ) m
  ) moving`;
