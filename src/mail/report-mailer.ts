// The door to a mail server: one report as one mail, in text and HTML with its chart inside.
import { createTransport } from 'nodemailer';
import type { DailyReport } from '../domain/daily-report.ts';
import type { MailFault, MailOutcome, MailReport, ReportEnvelope } from '../domain/report-mail.ts';
import { drawChart } from './report-chart.ts';
import { toReportHtml } from './report-html.ts';
import { toReportText } from './report-text.ts';
import { subjectOf } from './report-words.ts';

interface MailerOptions {
  /** smtp:// (STARTTLS where the server offers it) or smtps://, with user and password where it asks for them. */
  readonly url: string;
  readonly from: string;
  /** As they stand in the heading: `ops@example.org` or `Anna <anna@example.org>`. */
  readonly to: readonly string[];
  /** A password goes out encrypted or not at all. Left out: only to a server on this machine it may go as it is. */
  readonly requireTls: boolean;
}

/** For each step; a server that drips is cut off by the last. Milliseconds. */
const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;
const WHOLE_MS = 120_000;
const CHART_ID = 'chart@carillon';

export function makeReportMailer({ url, from, to, requireTls }: MailerOptions): MailReport {
  const transport = createTransport({
    url,
    requireTLS: requireTls,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // What a mail is made of comes from here: nothing is read from disk or fetched for it.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const sender = addressOf(from);

  return async (report, envelope, signal) => {
    const recipients = envelope.to.map(addressOf);
    const limits = [AbortSignal.timeout(WHOLE_MS), ...(signal === undefined ? [] : [signal])];
    try {
      const sent = await transport.sendMail({
        ...toMail(report, envelope),
        from,
        to: [...to],
        envelope: { from: sender, to: recipients },
        signal: AbortSignal.any(limits),
      });
      return toOutcome(envelope.to, sent.rejectedErrors ?? []);
    } catch (error) {
      return toOutcome(envelope.to, rejectionsIn(error), error);
    }
  };

  function toMail(report: DailyReport, { messageId }: ReportEnvelope): object {
    return {
      messageId: `<report-${report.date}-${messageId}@${sender.slice(sender.lastIndexOf('@') + 1)}>`,
      subject: subjectOf(report),
      text: toReportText(report),
      html: toReportHtml(report, `cid:${CHART_ID}`),
      attachments: [
        {
          filename: `messages-${report.date}.png`,
          content: drawChart(report),
          contentType: 'image/png',
          cid: CHART_ID,
          contentDisposition: 'inline',
        },
      ],
      // Answers by machines (RFC 3834) are of no use to anybody.
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    };
  }
}

/** `ops@example.org` of either form. */
function addressOf(recipient: string): string {
  return /<([^<>]+)>\s*$/.exec(recipient)?.[1] ?? recipient;
}

interface Rejection extends Error {
  readonly recipient?: string | undefined;
  readonly responseCode?: number | undefined;
}

function rejectionsIn(error: unknown): readonly Rejection[] {
  const rejected = error instanceof Error && 'rejectedErrors' in error ? error.rejectedErrors : null;
  return Array.isArray(rejected) ? (rejected as Rejection[]) : [];
}

/** What each recipient came to: its own rejection, else `fault`, which was everybody's, else it was accepted. */
function toOutcome(to: readonly string[], rejections: readonly Rejection[], fault?: unknown): MailOutcome {
  const accepted: string[] = [];
  const deferred: MailFault[] = [];
  const refused: MailFault[] = [];
  for (const recipient of to) {
    const rejection = rejections.find((candidate) => candidate.recipient === addressOf(recipient)) ?? fault;
    if (rejection === undefined) accepted.push(recipient);
    else (isFinal(rejection) ? refused : deferred).push({ recipient, reason: inWords(rejection) });
  }
  return { accepted, deferred, refused };
}

/** 5xx and what needs a person; anything without a reply is an outage. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const status = 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : null;
  if (status !== null) return status >= 500;
  return 'code' in error && (error.code === 'EAUTH' || error.code === 'EENVELOPE' || error.code === 'ECONFIG');
}

function inWords(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').slice(0, 300);
}
