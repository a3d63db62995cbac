// Who sends the report of a day: one row a day decides, whatever the number of workers and of their restarts.
import type { CalendarDay } from '../domain/report-day.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { Sql } from './database.ts';
import { fromMs, toMs } from './instant.ts';

/** From when the report of a day may be sent; null: it has been sent or given up. A day without a row is due now. No lock. */
export async function whenReportMayGo(sql: Sql, date: CalendarDay): Promise<EpochMs | null> {
  const [row] = await sql.rows<{ mayGoAt: EpochMs | null }>(
    `select case when status = 'DUE' then ${toMs('greatest(next_try_at, lease_until)')} end as "mayGoAt" from daily_report where date = $1::date`,
    [date],
  );
  return row === undefined ? 0 : row.mayGoAt;
}

export interface ReportClaim {
  readonly messageId: string;
  /** This one included. */
  readonly attempts: number;
  readonly deliveredTo: readonly string[];
}

/**
 * Takes the report of a day for `leaseMs`: null when it is not due yet, has been sent or given up, or somebody else has it. A claim that
 * nobody ended lapses. Locks the day's row.
 */
export async function claimReport(sql: Sql, date: CalendarDay, leaseMs: number): Promise<ReportClaim | null> {
  const [row] = await sql.rows<ReportClaim>(claimStatement, [date, leaseMs]);
  return row ?? null;
}

const claimStatement = `
  insert into daily_report as r (date, attempts, lease_until) values ($1::date, 1, instant_now() + $2::float8 * interval '1 ms')
  on conflict (date) do update set attempts = r.attempts + 1, lease_until = excluded.lease_until
    where r.status = 'DUE' and r.next_try_at <= instant_now() and (r.lease_until is null or r.lease_until <= instant_now())
  returning message_id::text as "messageId", attempts, delivered_to as "deliveredTo"`;

/** Everybody has it. Idempotent. Locks the day's row. */
export async function markReportSent(sql: Sql, date: CalendarDay, deliveredTo: readonly string[], error: string | null): Promise<void> {
  await sql.rows(
    `update daily_report set status = 'SENT', sent_at = instant_now(), delivered_to = $2::text[], last_error = $3, lease_until = null
     where date = $1::date and status = 'DUE'`,
    [date, deliveredTo, error],
  );
}

/** Not everybody has it: from `nextTryAt` on somebody may try again. Locks the day's row. */
export async function postponeReport(
  sql: Sql,
  date: CalendarDay,
  { deliveredTo, error, nextTryAt }: { readonly deliveredTo: readonly string[]; readonly error: string; readonly nextTryAt: EpochMs },
): Promise<void> {
  await sql.rows(
    `update daily_report set delivered_to = $2::text[], last_error = $3, next_try_at = ${fromMs('$4')}, lease_until = null
     where date = $1::date and status = 'DUE'`,
    [date, deliveredTo, error, nextTryAt],
  );
}

export interface AbandonedReport {
  readonly date: CalendarDay;
  readonly attempts: number;
  readonly lastError: string | null;
}

/** Reports of days before `date` that could not be sent are out of date. Returns them, once. Locks their rows. */
export async function giveUpReportsBefore(sql: Sql, date: CalendarDay): Promise<AbandonedReport[]> {
  return sql.rows<AbandonedReport>(
    `update daily_report set status = 'GIVEN_UP', lease_until = null
     where date < $1::date and status = 'DUE' and (lease_until is null or lease_until <= instant_now())
     returning date::text as date, attempts, last_error as "lastError"`,
    [date],
  );
}
