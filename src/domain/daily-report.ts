// What a daily report says, made from the figures that the database keeps by quarter hours.
import type { MailingStatus } from './mailing.ts';
import type { CalendarDay, DayBounds } from './report-day.ts';
import type { EpochMs } from './send-window.ts';

/** How many messages were created, and reached each status, in some time. */
export interface DayCounts {
  readonly created: number;
  readonly sent: number;
  readonly failed: number;
  readonly unconfirmed: number;
  readonly expired: number;
  readonly cancelled: number;
  /** Put back by a person after they had failed. */
  readonly retried: number;
}

export const noCounts: DayCounts = { created: 0, sent: 0, failed: 0, unconfirmed: 0, expired: 0, cancelled: 0, retried: 0 };

export interface QuarterCounts extends DayCounts {
  /** Its first instant. */
  readonly at: EpochMs;
}

/** A mailing that was under way in the day. */
export interface ReportedMailing extends DayCounts {
  readonly id: string;
  readonly text: string;
  /** At the day's end. PAUSED counts as RUNNING. */
  readonly state: Extract<MailingStatus, 'RUNNING' | 'COMPLETED' | 'CANCELLED'>;
  readonly startedAt: EpochMs | null;
  /** Over its whole life, up to now. */
  readonly total: number;
  /** Now. */
  readonly pending: number;
}

export interface MailingTotals {
  readonly started: number;
  /** At the day's end. */
  readonly running: number;
  readonly completed: number;
  readonly cancelled: number;
}

/** Requests to the provider in the day that were not accepted. */
export interface ReportedError {
  readonly code: string;
  readonly requests: number;
  /** Of those: the provider's last word, after which the message is FAILED. */
  readonly refused: number;
}

export interface DailyReport {
  readonly date: CalendarDay;
  readonly timeZone: string;
  readonly bounds: DayBounds;
  readonly mailings: MailingTotals;
  /** Those with most messages first; `mailings` counts those that found no room as well. */
  readonly listed: readonly ReportedMailing[];
  readonly unlisted: number;
  readonly day: DayCounts;
  readonly dayBefore: DayCounts;
  /** Hour by hour from the day's first instant; 23 to 25 of them. */
  readonly hours: readonly DayCounts[];
  /** Frequent ones first. */
  readonly errors: readonly ReportedError[];
}

const hourMs = 3_600_000;

export function sumOf(parts: readonly DayCounts[]): DayCounts {
  return parts.reduce(
    (sum, part) => ({
      created: sum.created + part.created,
      sent: sum.sent + part.sent,
      failed: sum.failed + part.failed,
      unconfirmed: sum.unconfirmed + part.unconfirmed,
      expired: sum.expired + part.expired,
      cancelled: sum.cancelled + part.cancelled,
      retried: sum.retried + part.retried,
    }),
    noCounts,
  );
}

/** The hours of a day; where clocks change by half an hour, the last one is shorter. */
export function hoursOf({ from, to }: DayBounds, quarters: readonly QuarterCounts[]): DayCounts[] {
  return Array.from({ length: Math.ceil((to - from) / hourMs) }, (_, hour) => {
    const [begin, end] = [from + hour * hourMs, from + (hour + 1) * hourMs];
    return sumOf(quarters.filter(({ at }) => at >= begin && at < end));
  });
}

/** Messages that came to an end: what the bars of the chart are made of. Those put back count again when they end again. */
export function endedOf({ sent, failed, unconfirmed, expired, cancelled }: DayCounts): number {
  return sent + failed + unconfirmed + expired + Math.max(0, cancelled);
}
