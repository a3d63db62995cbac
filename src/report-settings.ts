// The settings of the daily report: what they are, what can be wrong with them, and what they come to. config.ts reads them with all others.
import { isLoopback } from './oidc-settings.ts';
import type { ReportClock } from './domain/report-day.ts';
import { toTimeZone } from './domain/time-zone.ts';

/** Who gets reports, when, and by which server. */
export interface Reports {
  readonly clock: ReportClock;
  readonly smtpUrl: string;
  /** A password never goes out unencrypted, but to this machine. */
  readonly requireTls: boolean;
  readonly from: string;
  readonly to: readonly string[];
}

export const reportSettings = [
  {
    name: 'SMTP_URL',
    default: 'unset',
    meaning: 'mail server for the daily report, `smtps://user:password@host` or `smtp://…:587`; with `REPORT_TO`, else there is no report',
  },
  { name: 'REPORT_TO', default: 'unset', meaning: 'who gets it: `ops@example.org` or `Anna <anna@example.org>`, several with commas' },
  { name: 'REPORT_FROM', default: 'unset', meaning: 'whom it comes from; unset: the first of `REPORT_TO`' },
  { name: 'REPORT_AT', default: '08:00', meaning: 'when it is sent each day, HH:MM in `REPORT_TIME_ZONE`; about the day before' },
  { name: 'REPORT_TIME_ZONE', default: 'UTC', meaning: 'whose days and hours the report has: an IANA name or an offset such as `+03:00`' },
] as const;

// Each of these says what follows the setting's name in a fault, or null when the value is good.

export function smtpUrlFault(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '')
    return ': must look like smtp://host:587 or smtps://user:password@host (its value is not shown)';
  if ((url.username === '') !== (url.password === ''))
    return ': must carry both a user and a password, or none; special characters as %XX (its value is not shown)';
  return url.search === '' && url.hash === '' && /^\/?$/.test(url.pathname)
    ? null
    : ': must end with the host or port: no path, no query (its value is not shown)';
}

export function reportToFault(text: string): string | null {
  const wrong = toRecipients(text).find((recipient) => !mailbox.test(recipient));
  if (wrong !== undefined) return `: ${JSON.stringify(wrong)} is no address such as ops@example.org or Anna <anna@example.org>`;
  return toRecipients(text).length > 0 ? null : ': must have an address such as ops@example.org';
}

export function reportFromFault(text: string): string | null {
  return mailbox.test(text.trim())
    ? null
    : `: ${JSON.stringify(text)} is no address such as carillon@example.org or Carillon <carillon@example.org>`;
}

export function reportAtFault(text: string): string | null {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(text) ? null : `=${JSON.stringify(text)}: must be a wall-clock time HH:MM from 00:00 to 23:59`;
}

export function reportZoneFault(text: string): string | null {
  return toTimeZone(text) === null
    ? `=${JSON.stringify(text)}: must be an IANA name such as Europe/Moscow, an offset such as +03:00, or GMT+3`
    : null;
}

// Either an address, or a name and an address in angle brackets. No commas within: they part the recipients. What the address means is
// the mail server's business.
const mailbox = /^(?:[^\s@<>",;:\\]+@[^\s@<>",;:\\]+|[^<>"@,\\]+ <[^\s@<>",;:\\]+@[^\s@<>",;:\\]+>)$/;

function toRecipients(text: string): readonly string[] {
  return text
    .split(',')
    .map((recipient) => recipient.trim())
    .filter((recipient) => recipient !== '');
}

/** null: no reports. `smtpUrl` without `to`, or the other way round, is a contradiction that has been reported. */
export function toReports(given: {
  readonly smtpUrl: string | null;
  readonly to: string | null;
  readonly from: string | null;
  readonly at: string;
  readonly timeZone: string;
}): Reports | null {
  const { smtpUrl, from, at } = given;
  const to = [...new Set(toRecipients(given.to ?? ''))];
  const [first] = to;
  if (smtpUrl === null || first === undefined) return null;
  const { protocol, username, hostname } = new URL(smtpUrl);
  return {
    clock: { at, timeZone: toTimeZone(given.timeZone) ?? 'UTC' },
    smtpUrl,
    requireTls: protocol === 'smtp:' && username !== '' && !isLoopback(hostname),
    from: from?.trim() ?? first,
    to,
  };
}

/** Half a report is none: whoever set a part of it expects mail. What has a default may stand alone. `given`: the names of all that are set. */
export function reportContradictions(given: ReadonlySet<string>): readonly string[] {
  const [url, to] = [given.has('SMTP_URL'), given.has('REPORT_TO')];
  if (url && to) return [];
  if (url) return ['SMTP_URL is set without REPORT_TO: nobody would get a daily report; set REPORT_TO to an address, or unset SMTP_URL'];
  if (to) return ['REPORT_TO is set without SMTP_URL: no daily report could be sent; set SMTP_URL to a mail server, or unset REPORT_TO'];
  return given.has('REPORT_FROM')
    ? ['REPORT_FROM is set without SMTP_URL and REPORT_TO: no daily report would be sent; set both, or unset it']
    : [];
}
