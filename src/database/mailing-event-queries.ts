// A mailing's history: one short row per change, written in the transaction of the change, and read newest first.
// What happens by itself (CREATED aside: STARTED, COMPLETED) is written by the statements that do it.
import type { MailingEventKind, MailingField } from '../domain/mailing-event.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { Sql, Transaction } from './database.ts';
import { toMs } from './instant.ts';
import type { Page, PageRequest, PageRow } from './keyset.ts';
import { fetchSizeOf, toPage } from './keyset.ts';

export interface MailingEventRecord {
  readonly id: string;
  readonly kind: MailingEventKind;
  /** null: it happened by itself, or nobody knows who it was. */
  readonly actor: string | null;
  readonly at: EpochMs;
  /** Of EDITED. */
  readonly fields: readonly MailingField[] | null;
  /** Of MESSAGES_RETRIED: how many. */
  readonly retried: number | null;
}

export interface NewMailingEvent {
  readonly mailingId: string;
  readonly kind: MailingEventKind;
  readonly actor: string | null;
  readonly fields?: readonly MailingField[];
  readonly retried?: number;
}

/** Returns the id. The caller holds the mailing. */
export async function insertMailingEvent(tx: Transaction, event: NewMailingEvent): Promise<string> {
  const { mailingId, kind, actor, fields = null, retried = null } = event;
  const [row] = await tx.rows<{ id: string }>(
    `insert into mailing_event (mailing_id, kind, actor, fields, retried)
     values ($1::bigint, $2::mailing_event_kind, $3::text, $4::text[], $5::float8::bigint) returning id::text as id`,
    [mailingId, kind, actor, fields, retried],
  );
  if (row === undefined) throw new Error('insert ... returning answers the inserted row');
  return row.id;
}

/** A retry goes on in another chunk: its event counts those messages too. */
export async function addToRetried(tx: Transaction, eventId: string, messages: number): Promise<void> {
  await tx.rows('update mailing_event set retried = retried + $2::float8::bigint where id = $1::bigint', [eventId, messages]);
}

/** One page for each mailing, in their order, newest first. Index mailing_event_mailing. No locks. */
export async function listMailingEvents(sql: Sql, mailingIds: readonly string[], page: PageRequest): Promise<Page<MailingEventRecord>[]> {
  const after = page.after === null ? null : page.after[0];
  const rows = await sql.rows<PageRow<MailingEventRecord> & { readonly ordinal: number }>(pageText(page.first), [mailingIds, after]);
  const rowsOf = Map.groupBy(rows, (row) => row.ordinal);
  return mailingIds.map((_, index) => toPage(rowsOf.get(index + 1) ?? [], page.first));
}

function pageText(first: number): string {
  return `
    select p.ordinal::int as ordinal, q.before, case when e.id is not null then array[e.id::text] end as position,
      e.id::text as id, e.kind::text as kind, e.actor, ${toMs('e.at')} as at, e.fields, e.retried::float8 as retried
    from unnest($1::bigint[]) with ordinality as p(mailing_id, ordinal)
    cross join lateral (
      select exists (select from mailing_event e where e.mailing_id = p.mailing_id and e.id >= $2::bigint) as before
    ) q
    left join lateral (
      select * from mailing_event e where e.mailing_id = p.mailing_id and ($2::bigint is null or e.id < $2::bigint)
      order by e.id desc limit ${fetchSizeOf(first)}
    ) e on true
    order by p.ordinal, e.id desc`;
}

/** How long each mailing's history is, in their order: people make few changes. Index mailing_event_mailing. No locks. */
export async function countMailingEvents(sql: Sql, mailingIds: readonly string[]): Promise<number[]> {
  const rows = await sql.rows<{ events: number }>(
    `select (select count(*) from mailing_event e where e.mailing_id = p.mailing_id)::float8 as events
     from unnest($1::bigint[]) with ordinality as p(mailing_id, ordinal) order by p.ordinal`,
    [mailingIds],
  );
  return rows.map(({ events }) => events);
}
