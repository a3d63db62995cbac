// Which calendar day a report is about, and when it is due: local time of the report's zone, daylight saving included.
import type { EpochMs } from './send-window.ts';

/** When reports are sent: every day at a wall-clock time (HH:MM) of a zone that `toTimeZone` gave. */
export interface ReportClock {
  readonly at: string;
  readonly timeZone: string;
}

/** A calendar day, YYYY-MM-DD. */
export type CalendarDay = string;

export interface DayBounds {
  readonly from: EpochMs;
  /** The first instant of the next day: 23 or 25 hours later when clocks change. */
  readonly to: EpochMs;
}

/** A day's first instant and the next day's. Midnight itself may be missing: then the day begins when the clock goes on. */
export function boundsOfDay(date: CalendarDay, timeZone: string): DayBounds {
  const day = Temporal.PlainDate.from(date);
  return { from: startOf(day, timeZone), to: startOf(day.add({ days: 1 }), timeZone) };
}

export function dayBefore(date: CalendarDay): CalendarDay {
  return Temporal.PlainDate.from(date).subtract({ days: 1 }).toString();
}

/** Whether the text is a day of the calendar, YYYY-MM-DD. */
export function isCalendarDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  try {
    return Temporal.PlainDate.from(text).toString() === text;
  } catch {
    return false;
  }
}

/** The day that the zone's clocks show. */
export function dayAt(now: EpochMs, timeZone: string): CalendarDay {
  return localDayAt(now, timeZone).toString();
}

export interface DueReport {
  /** What it is about: the day before the one on which it is due. */
  readonly date: CalendarDay;
  readonly dueAt: EpochMs;
  readonly nextDate: CalendarDay;
  readonly nextDueAt: EpochMs;
}

/**
 * The newest report that is due by `now`, and the one after it. A time that clocks skip comes as much later as they go forward, one
 * that they show twice is its first pass: one report a day in every case.
 */
export function dueReportAt(now: EpochMs, clock: ReportClock): DueReport {
  const today = localDayAt(now, clock.timeZone);
  const due = dueOn(today, clock) <= now ? today : today.subtract({ days: 1 });
  return {
    date: due.subtract({ days: 1 }).toString(),
    dueAt: dueOn(due, clock),
    nextDate: due.toString(),
    nextDueAt: dueOn(due.add({ days: 1 }), clock),
  };
}

function dueOn(day: Temporal.PlainDate, { at, timeZone }: ReportClock): EpochMs {
  return day.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(at) }).epochMilliseconds;
}

function startOf(day: Temporal.PlainDate, timeZone: string): EpochMs {
  return day.toZonedDateTime({ timeZone }).epochMilliseconds;
}

function localDayAt(now: EpochMs, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDate();
}
