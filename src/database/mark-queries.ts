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

const listMarkStatement = `
  select concat_ws(' ', (select max(id) from mailing_event), (select count(*) from mailing where deleted_at is null), moving.mark) as mark
  from (
    select concat_ws(' ', count(*), sum(m.version), sum(s.version), case when bool_or(m.status in ('RUNNING', 'PAUSED')) then ${beat} end) as mark
    from mailing m join mailing_statistics s on s.mailing_id = m.id
    where m.deleted_at is null
      and m.id in (select id from mailing where finished_at is null or deleted_at is not null union select mailing_id from batch)
  ) moving`;
