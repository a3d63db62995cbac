// What becomes of a report that is handed to a mail server, and when it is tried again.
import type { DailyReport } from './daily-report.ts';

export interface ReportEnvelope {
  /** Without angle brackets and host; the same for every attempt. */
  readonly messageId: string;
  /** Only these are sent to; the heading names everybody. */
  readonly to: readonly string[];
}

export interface MailFault {
  readonly recipient: string;
  /** SMTP's reply, or what broke on the way. */
  readonly reason: string;
}

/** Every recipient of the envelope stands in one of them. */
export interface MailOutcome {
  readonly accepted: readonly string[];
  /** Not now: 4xx, no connection, no answer in time. */
  readonly deferred: readonly MailFault[];
  /** Never as it is: 5xx, or credentials that the server refuses. */
  readonly refused: readonly MailFault[];
}

/** Never rejects. Gives up when `signal` is aborted, or after two minutes. */
export type MailReport = (report: DailyReport, envelope: ReportEnvelope, signal?: AbortSignal) => Promise<MailOutcome>;

// Greylisting servers ask for 1 to 15 minutes; after that it is an outage, which nobody hurries by asking.
const deferredMinutes = [1, 2, 5, 10, 20, 30] as const;
const longestDeferredMinutes = 30;
// Somebody has to put something right first.
const refusedMinutes = 60;

/** Milliseconds to wait after `attempts` (1 or more) attempts. The report is given up when the next one is due. */
export function mailRetryDelayMs(attempts: number, isRefused: boolean): number {
  return (isRefused ? refusedMinutes : (deferredMinutes[attempts - 1] ?? longestDeferredMinutes)) * 60_000;
}
