// Sends the report of the day that is over, once, whichever worker comes first; and keeps the job that does so waiting.
import type { Database } from '../database/database.ts';
import { claimReport, giveUpReportsBefore, markReportSent, postponeReport, whenReportMayGo } from '../database/daily-report-queries.ts';
import type { ReportClaim } from '../database/daily-report-queries.ts';
import { addJobs, jobKey } from '../database/job-queue.ts';
import { readNow } from '../database/single-rows.ts';
import { dueReportAt } from '../domain/report-day.ts';
import type { CalendarDay, ReportClock } from '../domain/report-day.ts';
import type { EpochMs } from '../domain/send-window.ts';
import { mailRetryDelayMs } from '../domain/report-mail.ts';
import type { MailFault, MailReport } from '../domain/report-mail.ts';
import { failpoint } from '../failpoints.ts';
import type { Log } from '../log.ts';
import type { ReadDailyReport } from './read-daily-report.ts';

interface Dependencies {
  readonly database: Database;
  readonly readReport: ReadDailyReport;
  readonly mailReport: MailReport;
  readonly clock: ReportClock;
  /** Everybody who is to have it. */
  readonly recipients: readonly string[];
  readonly log: Log;
}

export interface DailyReports {
  /**
   * Sends the newest report that is due and not sent yet; does nothing when there is none, or another worker has it. What a mail server
   * does not take now is tried again until the next report is due. A worker that dies between the server's yes and the row that says so
   * leaves a report that is sent once more, under the same Message-ID. `stop`: the process is to end.
   */
  readonly send: (stop?: AbortSignal) => Promise<void>;
  /** Puts the job for the report that is due, or for the next one, where it should be waiting. Idempotent. */
  readonly keepJob: () => Promise<void>;
}

/** Longer than an attempt may take (MailReport): a holder that is alive never loses its claim. */
const LEASE_MS = 5 * 60_000;

export function makeDailyReports({ database, readReport, mailReport, clock, recipients, log }: Dependencies): DailyReports {
  let announced: CalendarDay | null = null;
  return { send, keepJob };

  async function send(stop?: AbortSignal): Promise<void> {
    const { date, nextDueAt } = dueReportAt(await readNow(database), clock);
    const claim = await claimReport(database, date, LEASE_MS);
    if (claim === null) return;
    const to = recipients.filter((recipient) => !claim.deliveredTo.includes(recipient));
    const report = await readReport(date, clock.timeZone);
    const { accepted, deferred, refused } = await mailReport(report, { messageId: claim.messageId, to }, stop);
    failpoint('report-accepted');
    for (const { recipient, reason } of refused) log.error({ date, recipient, reason }, 'the daily report was refused by the mail server');
    for (const { recipient, reason } of deferred) log.warn({ date, recipient, reason }, 'the daily report could not be sent yet');
    const deliveredTo = [...claim.deliveredTo, ...accepted];
    const error = [...refused, ...deferred].map(inWords).join('; ') || null;
    // Whoever refuses it for good while others have it does not keep it from being sent.
    if (deferred.length === 0 && deliveredTo.length > 0) {
      await markReportSent(database, date, deliveredTo, error);
      log.info({ event: 'report-sent', date, recipients: deliveredTo.length, attempts: claim.attempts }, 'daily report sent');
    } else await postpone(date, claim, { deliveredTo, error: error ?? '', isRefused: deferred.length === 0, nextDueAt });
  }

  async function postpone(
    date: CalendarDay,
    { attempts }: ReportClaim,
    failure: { readonly deliveredTo: readonly string[]; readonly error: string; readonly isRefused: boolean; readonly nextDueAt: EpochMs },
  ): Promise<void> {
    const nextTryAt = (await readNow(database)) + mailRetryDelayMs(attempts, failure.isRefused);
    await postponeReport(database, date, { ...failure, nextTryAt });
    if (nextTryAt < failure.nextDueAt) await addJobs(database, [{ task: 'report', key: jobKey.report(date), runAt: nextTryAt }]);
  }

  async function keepJob(): Promise<void> {
    const { date, nextDate, nextDueAt } = dueReportAt(await readNow(database), clock);
    for (const { date: day, attempts, lastError } of await giveUpReportsBefore(database, date)) {
      log.error(
        { event: 'report-given-up', date: day, attempts, reason: lastError },
        'a daily report could not be sent until the next one was due',
      );
    }
    const mayGoAt = await whenReportMayGo(database, date);
    if (mayGoAt !== null) await addJobs(database, [{ task: 'report', key: jobKey.report(date), runAt: mayGoAt }]);
    if (announced === nextDate) return;
    // So that it goes out on time; were the job lost, the next look after the time would put it back.
    await addJobs(database, [{ task: 'report', key: jobKey.report(nextDate), runAt: nextDueAt, mode: 'replace' }]);
    announced = nextDate;
  }
}

function inWords({ recipient, reason }: MailFault): string {
  return `${recipient}: ${reason}`;
}
