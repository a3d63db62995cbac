// Everything that the report of one day says, gathered from the database.
import type { Database } from '../database/database.ts';
import { countErrorsOfDay, countMailingsOfDay, listMailingsOfDay, readQuarters } from '../database/report-queries.ts';
import { hoursOf, sumOf } from '../domain/daily-report.ts';
import type { DailyReport } from '../domain/daily-report.ts';
import { boundsOfDay, dayBefore } from '../domain/report-day.ts';
import type { CalendarDay } from '../domain/report-day.ts';

/** A mail is read, not searched: the others are in the API. */
const MOST_MAILINGS = 30;

export type ReadDailyReport = (date: CalendarDay, timeZone: string) => Promise<DailyReport>;

export function makeReadDailyReport({ database }: { readonly database: Database }): ReadDailyReport {
  return async (date, timeZone) => {
    const bounds = boundsOfDay(date, timeZone);
    const [quarters, before, mailings, { listed, all }, errors] = await Promise.all([
      readQuarters(database, bounds),
      readQuarters(database, boundsOfDay(dayBefore(date), timeZone)),
      countMailingsOfDay(database, bounds),
      listMailingsOfDay(database, bounds, MOST_MAILINGS),
      countErrorsOfDay(database, bounds),
    ]);
    return {
      date,
      timeZone,
      bounds,
      mailings,
      listed,
      unlisted: all - listed.length,
      day: sumOf(quarters),
      dayBefore: sumOf(before),
      hours: hoursOf(bounds, quarters),
      errors,
    };
  };
}
