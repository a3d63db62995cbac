// The figures of a daily report: from counters by quarter hours, mailings and attempts of that day. Never a count over messages.
import type { DayCounts, QuarterCounts, ReportedError, ReportedMailing, MailingTotals } from '../domain/daily-report.ts';
import type { DayBounds } from '../domain/report-day.ts';
import type { Sql } from './database.ts';
import { fromMs, toMs } from './instant.ts';

const counters = [
  'created',
  'sent',
  'failed',
  'unconfirmed',
  'expired',
  'cancelled',
  'retried',
] as const satisfies readonly (keyof DayCounts)[];
const sums = counters.map((column) => `coalesce(sum(q.${column}), 0)::float8 as ${column}`).join(', ');

/** Over all mailings, those deleted since included; quarters without a message are left out. Primary key of mailing_quarter. No locks. */
export async function readQuarters(sql: Sql, { from, to }: DayBounds): Promise<QuarterCounts[]> {
  return sql.rows<QuarterCounts>(
    `select ${toMs('q.quarter')} as at, ${sums} from mailing_quarter q
     where q.quarter >= ${fromMs('$1')} and q.quarter < ${fromMs('$2')} group by q.quarter order by q.quarter`,
    [from, to],
  );
}

// Mailings that were under way at some time of the day: those that ended after it began, and those that have not ended.
// Each half by an index of its own.
const underWay = `
  under_way as materialized (
    select id, started_at, finished_at, status from mailing m
    where finished_at >= ${fromMs('$1')} and started_at < ${fromMs('$2')} and deleted_at is null
    union all
    select id, started_at, finished_at, status from mailing m
    where finished_at is null and started_at < ${fromMs('$2')} and deleted_at is null
  )`;

/** How many mailings started, ended, or were running when the day ended. Indexes mailing_finished, mailing_unfinished. No locks. */
export async function countMailingsOfDay(sql: Sql, { from, to }: DayBounds): Promise<MailingTotals> {
  const [row] = await sql.rows<MailingTotals>(
    `with ${underWay}
     select count(*) filter (where started_at >= ${fromMs('$1')})::float8 as started,
       count(*) filter (where finished_at is null or finished_at >= ${fromMs('$2')})::float8 as running,
       count(*) filter (where finished_at < ${fromMs('$2')} and status = 'COMPLETED')::float8 as completed,
       count(*) filter (where finished_at < ${fromMs('$2')} and status = 'CANCELLED')::float8 as cancelled
     from under_way`,
    [from, to],
  );
  if (row === undefined) throw new Error('mailings of a day: an aggregate gave no row');
  return row;
}

/**
 * The `most` mailings of the day with the most messages in it, and how many there are in all. Indexes as countMailingsOfDay, and the
 * primary keys of mailing_quarter, mailing and mailing_statistics. No locks.
 */
export async function listMailingsOfDay(
  sql: Sql,
  { from, to }: DayBounds,
  most: number,
): Promise<{ readonly listed: ReportedMailing[]; readonly all: number }> {
  const rows = await sql.rows<{ readonly mailing: ReportedMailing; readonly all: number }>(
    `with ${underWay},
     counted as materialized (
       select q.mailing_id, ${sums} from mailing_quarter q
       where q.quarter >= ${fromMs('$1')} and q.quarter < ${fromMs('$2')} group by q.mailing_id
     ),
     top as materialized (
       select u.*, c.*, count(*) over ()::float8 as "all", coalesce(c.sent + c.failed + c.unconfirmed + c.expired + c.cancelled, 0) as ended
       from under_way u left join counted c on c.mailing_id = u.id
       order by ended desc, u.id desc limit $3::int
     )
     select t."all", json_build_object('id', t.id::text, 'text', m.text, 'startedAt', ${toMs('t.started_at')}, 'total', s.total, 'pending', s.pending,
       'state', case when t.finished_at < ${fromMs('$2')} then t.status::text else 'RUNNING' end,
       ${counters.map((name) => `'${name}', coalesce(t.${name}, 0)`).join(', ')}) as mailing
     from top t join mailing m on m.id = t.id join mailing_statistics s on s.mailing_id = t.id
     order by t.ended desc, t.id desc`,
    [from, to, most],
  );
  return { listed: rows.map(({ mailing }) => mailing), all: rows[0]?.all ?? 0 };
}

/** Requests of the day that were not accepted, by code. Reads that day's attempts: about 0.3 s per million. Index message_attempt_at. No locks. */
export async function countErrorsOfDay(sql: Sql, { from, to }: DayBounds): Promise<ReportedError[]> {
  return sql.rows<ReportedError>(
    `select code, count(*)::float8 as requests, count(*) filter (where outcome = 'refused')::float8 as refused
     from message_attempt where at >= ${fromMs('$1')} and at < ${fromMs('$2')} group by code order by requests desc, code`,
    [from, to],
  );
}
