// Reads of mailings for the API: pages, counts, and single mailings by id. Deleted mailings are invisible.
import type { MailingStatus } from '../domain/mailing.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { Sql } from './database.ts';
import { fromMs, toMs } from './instant.ts';
import type { Page, PageRequest, PageRow } from './keyset.ts';
import { pageStatement, toPage } from './keyset.ts';
import type { MailingRecord, StatisticsRecord } from './records.ts';
import { mailingColumns } from './records.ts';
import type { SqlConditions } from './sql-conditions.ts';
import { makeSqlConditions } from './sql-conditions.ts';

/** All that is given must hold. null, undefined and an empty list do not restrict. */
export interface MailingFilter {
  readonly statuses?: readonly MailingStatus[] | null | undefined;
  /** startsAt is later than this instant. */
  readonly startsAfter?: EpochMs | null | undefined;
  /** startsAt is earlier than this instant. */
  readonly startsBefore?: EpochMs | null | undefined;
  /** endsAt is later than this instant. */
  readonly endsAfter?: EpochMs | null | undefined;
  /** endsAt is earlier than this instant. */
  readonly endsBefore?: EpochMs | null | undefined;
}

export type MailingOrder = 'CREATED_AT_ASC' | 'CREATED_AT_DESC' | 'STARTS_AT_ASC' | 'STARTS_AT_DESC';

const orderings = {
  CREATED_AT_ASC: { instant: 'created_at', descending: false },
  CREATED_AT_DESC: { instant: 'created_at', descending: true },
  STARTS_AT_ASC: { instant: 'starts_at', descending: false },
  STARTS_AT_DESC: { instant: 'starts_at', descending: true },
} as const satisfies Record<MailingOrder, { instant: string; descending: boolean }>;

/** A row of a page: the counters in one text, so that the driver has one value to read instead of nine. */
interface ListedRow extends MailingRecord {
  readonly counters: string | null;
}

const counters = ['total', 'pending', 'sent', 'failed', 'expired', 'cancelled', 'unconfirmed', 'version'].map((name) => `s.${name}`);
const listedColumns = `${mailingColumns}, case when s.mailing_id is not null then concat_ws(' ', ${counters.join(', ')}, ${toMs('s.updated_at')}) end as counters`;

/** One page with the statistics of each, by mailing_created, mailing_starts, mailing_ends or mailing_status_created. No locks. */
export async function listMailings(sql: Sql, filter: MailingFilter, order: MailingOrder, page: PageRequest): Promise<Page<MailingRecord>> {
  const conditions = toConditions(filter);
  const beside = 'left join mailing_statistics s on s.mailing_id = m.id';
  const text = pageStatement({ table: 'mailing', alias: 'm', columns: listedColumns, beside, ...orderings[order], conditions, page });
  const { rows, ...place } = toPage(await sql.rows<PageRow<ListedRow>>(text, conditions.values), page.first);
  return { rows: rows.map(toListed), ...place };
}

function toListed<Row extends ListedRow>({ counters: text, ...mailing }: Row): Omit<Row, 'counters'> {
  return text === null ? mailing : { ...mailing, statistics: toStatistics(mailing, text) };
}

function toStatistics({ id: mailingId, status: mailingStatus }: Pick<MailingRecord, 'id' | 'status'>, text: string): StatisticsRecord {
  const [total = 0, pending = 0, sent = 0, failed = 0, expired = 0, cancelled = 0, unconfirmed = 0, version = 0, updatedAt = 0] = text
    .split(' ')
    .map(Number);
  return { mailingId, mailingStatus, total, pending, sent, failed, expired, cancelled, unconfirmed, version, updatedAt };
}

/** How many mailings match, counted over an index. No locks. */
export async function countMailings(sql: Sql, filter: MailingFilter): Promise<number> {
  const conditions = toConditions(filter);
  const text = `select count(*)::float8 as mailings from mailing m where ${conditions.text()}`;
  const [row] = await sql.rows<{ mailings: number }>(text, conditions.values);
  return row?.mailings ?? 0;
}

/** `deleted`: invisible by itself, though a message that was read a moment ago may still name it. */
export interface FoundMailing extends MailingRecord {
  readonly deleted: boolean;
}

/** The mailings that exist, deleted ones marked, in no order; by primary key. No locks. */
export async function readMailings(sql: Sql, ids: readonly string[]): Promise<FoundMailing[]> {
  return sql.rows<FoundMailing>(
    `select ${mailingColumns}, m.deleted_at is not null as deleted from mailing m where m.id = any($1::bigint[])`,
    [ids],
  );
}

function toConditions(filter: MailingFilter): SqlConditions {
  const conditions = makeSqlConditions();
  conditions.addFixed('m.deleted_at is null');
  if (filter.statuses !== undefined && filter.statuses !== null && filter.statuses.length > 0) {
    conditions.add((parameter) => `m.status = any(${parameter}::mailing_status[])`, [...new Set(filter.statuses)]);
  }
  addBound(conditions, 'm.starts_at >', filter.startsAfter);
  addBound(conditions, 'm.starts_at <', filter.startsBefore);
  addBound(conditions, 'm.ends_at >', filter.endsAfter);
  addBound(conditions, 'm.ends_at <', filter.endsBefore);
  return conditions;
}

function addBound(conditions: SqlConditions, comparison: string, at: EpochMs | null | undefined): void {
  if (at !== undefined && at !== null) conditions.add((parameter) => `${comparison} ${fromMs(parameter)}`, at);
}
