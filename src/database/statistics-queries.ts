// Reads of the counters: per mailing and over everything. Never a count over messages.
import type { Sql } from './database.ts';
import type { StatisticsRecord } from './records.ts';
import { statisticsColumns } from './records.ts';

/** Counts over everything that is not deleted. */
export interface TotalsRecord {
  readonly clients: number;
  readonly mailings: {
    readonly total: number;
    readonly scheduled: number;
    readonly running: number;
    readonly paused: number;
    readonly completed: number;
    readonly cancelled: number;
  };
  readonly messages: {
    readonly total: number;
    readonly pending: number;
    readonly sent: number;
    readonly failed: number;
    readonly expired: number;
    readonly cancelled: number;
    readonly unconfirmed: number;
  };
}

/** With its age: how long ago, by the database's clock, the counters last changed. Milliseconds. */
export interface LiveRecord extends StatisticsRecord {
  readonly ageMs: number;
}

/** The counters of mailings, in no order; those that do not exist or are deleted are left out. */
export async function readStatistics(sql: Sql, mailingIds: readonly string[]): Promise<LiveRecord[]> {
  return sql.rows<LiveRecord>(visibleStatisticsStatement, [mailingIds]);
}

/** As `readStatistics`, with mailings that are being deleted: for those that an answer shows already. */
export async function readStatisticsOfAll(sql: Sql, mailingIds: readonly string[]): Promise<StatisticsRecord[]> {
  return sql.rows<StatisticsRecord>(statisticsStatement, [mailingIds]);
}

// The counters of a set of mailings, by the primary keys of both tables. No locks.
const counters = (more: string) => `
  select ${statisticsColumns}${more}
  from mailing_statistics s join mailing m on m.id = s.mailing_id
  where s.mailing_id = any($1::bigint[])`;

const statisticsStatement = counters('');
const visibleStatisticsStatement = `${counters(`, (extract(epoch from instant_now() - s.updated_at) * 1000)::float8 as "ageMs"`)} and m.deleted_at is null`;

/** One snapshot of everything: its cost grows with the number of mailings, not of messages or clients. */
export async function readTotals(sql: Sql): Promise<TotalsRecord> {
  const [row] = await sql.rows<TotalsRecord>(totalsStatement);
  if (row === undefined) throw new Error('totals: an aggregate gave no row');
  return row;
}

// Clients from their sharded counters, mailings by status and the sum of their counters in one pass. No locks.
const totalsStatement = `
  select (select coalesce(sum(clients), 0)::float8 from client_zone_counter) as clients,
    json_build_object('total', count(*),
      'scheduled', count(*) filter (where m.status = 'SCHEDULED'), 'running', count(*) filter (where m.status = 'RUNNING'),
      'paused', count(*) filter (where m.status = 'PAUSED'), 'completed', count(*) filter (where m.status = 'COMPLETED'),
      'cancelled', count(*) filter (where m.status = 'CANCELLED')) as mailings,
    json_build_object('total', coalesce(sum(s.total), 0), 'pending', coalesce(sum(s.pending), 0), 'sent', coalesce(sum(s.sent), 0),
      'failed', coalesce(sum(s.failed), 0), 'expired', coalesce(sum(s.expired), 0), 'cancelled', coalesce(sum(s.cancelled), 0),
      'unconfirmed', coalesce(sum(s.unconfirmed), 0)) as messages
  from mailing m join mailing_statistics s on s.mailing_id = m.id
  where m.deleted_at is null`;
