// The words that the text and the HTML of a report share: one table for both, so that they never say different things.
import { endedOf } from '../domain/daily-report.ts';
import type { DailyReport, DayCounts, ReportedMailing } from '../domain/daily-report.ts';
import { meaningOf } from '../domain/error-code.ts';

export function subjectOf(report: DailyReport): string {
  const { day, mailings } = report;
  const bad = day.failed + day.unconfirmed;
  const trouble = bad === 0 ? '' : `, ${count(bad)} not delivered for certain`;
  return `Carillon, ${report.date}: ${count(day.sent)} sent${trouble}, ${count(mailings.running)} running`;
}

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

export function dayInWords({ date, timeZone }: DailyReport): string {
  const weekday = weekdays[Temporal.PlainDate.from(date).dayOfWeek - 1] ?? '';
  return `${weekday} ${date}, midnight to midnight in ${timeZone}`;
}

export function mailingsInWords({ mailings: { started, running, completed, cancelled } }: DailyReport): string {
  return `Mailings: ${count(started)} started, ${count(completed)} completed, ${count(cancelled)} cancelled, ${count(running)} running at the day's end.`;
}

/** Names of statuses are those of the API. */
const statuses = [
  ['SENT', 'accepted by the provider', (counts: DayCounts) => counts.sent],
  ['FAILED', 'refused by the provider', (counts: DayCounts) => counts.failed],
  ['UNCONFIRMED', 'ended without a clear answer', (counts: DayCounts) => counts.unconfirmed],
  ['EXPIRED', 'not sent before the end or in permitted hours', (counts: DayCounts) => counts.expired],
  ['CANCELLED', 'stopped by a person', (counts: DayCounts) => counts.cancelled],
  ['together', 'came to an end', endedOf],
  ['created', 'selected for a mailing', (counts: DayCounts) => counts.created],
  ['retried', 'put back by a person', (counts: DayCounts) => counts.retried],
] as const;

export interface StatusRow {
  readonly name: string;
  readonly meaning: string;
  readonly messages: string;
  readonly before: string;
  readonly change: string;
}

export function statusRows({ day, dayBefore }: DailyReport): StatusRow[] {
  return statuses.map(([name, meaning, read]) => ({
    name,
    meaning,
    messages: count(read(day)),
    before: count(read(dayBefore)),
    change: changeOf(read(dayBefore), read(day)),
  }));
}

export const mailingColumns = ['id', 'state', 'sent', 'failed', 'unconfirmed', 'expired', 'cancelled', 'waiting', 'of', 'text'] as const;

export function mailingCells(mailing: ReportedMailing): string[] {
  const { id, state, sent, failed, unconfirmed, expired, cancelled, pending, total, text } = mailing;
  return [id, state, ...[sent, failed, unconfirmed, expired, cancelled, pending, total].map(count), shortened(text)];
}

export interface ErrorRow {
  readonly code: string;
  readonly requests: string;
  readonly refused: string;
  readonly explanation: string;
}

export function errorRows({ errors }: DailyReport): ErrorRow[] {
  return errors.map(({ code, requests, refused }) => ({
    code,
    requests: count(requests),
    refused: count(refused),
    explanation: meaningOf(code).explanation,
  }));
}

export const noMailings = 'No mailing was under way.';
export const noErrors = 'Every request to the provider was accepted, or there were none.';
export const mailingsNote = 'Counts are those of the day; waiting and of: now, out of all its messages.';
export const errorsNote = 'Requests that were not accepted; most are repeated. Refused: the message is FAILED.';

export function unlistedInWords({ unlisted }: DailyReport): string | null {
  return unlisted === 0 ? null : `And ${count(unlisted)} more with fewer messages: the API lists them all.`;
}

export function count(value: number): string {
  return value.toLocaleString('en-GB');
}

function changeOf(before: number, now: number): string {
  if (before === now) return '=';
  const difference = `${now > before ? '+' : '−'}${count(Math.abs(now - before))}`;
  return before <= 0
    ? difference
    : `${difference} (${now > before ? '+' : '−'}${count(Math.round((Math.abs(now - before) / before) * 100))} %)`;
}

/** On one line, however many the text has, and without what a terminal would obey. */
function shortened(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  const characters = Array.from(line);
  return characters.length > 60 ? `${characters.slice(0, 59).join('')}…` : line;
}
