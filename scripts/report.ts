// npm run report: the daily report of any day, on the terminal, as a page, or by mail.
import { writeFile } from 'node:fs/promises';
import { readConfig } from '../src/config.ts';
import type { Config } from '../src/config.ts';
import { readNow } from '../src/database/single-rows.ts';
import type { DailyReport } from '../src/domain/daily-report.ts';
import { dayAt, dayBefore } from '../src/domain/report-day.ts';
import { toTimeZone } from '../src/domain/time-zone.ts';
import { drawChart } from '../src/mail/report-chart.ts';
import { toReportHtml } from '../src/mail/report-html.ts';
import { makeReportMailer } from '../src/mail/report-mailer.ts';
import { toReportText } from '../src/mail/report-text.ts';
import { makeReadDailyReport } from '../src/operations/read-daily-report.ts';
import { openServiceDatabase } from './database/open.ts';
import { readReportCommand } from './report/options.ts';
import type { ReportOptions } from './report/options.ts';

const command = readReportCommand(process.argv.slice(2));
// What the service would say of other settings is not this program's business.
const { SMTP_URL, REPORT_TO, REPORT_FROM, REPORT_AT, REPORT_TIME_ZONE, DATABASE_URL, DATA_DIR } = process.env;
const mail = { SMTP_URL, REPORT_TO, REPORT_FROM, REPORT_AT };
const wantsMail = 'options' in command && command.options.send;
const config = readConfig({ DATABASE_URL, DATA_DIR, ...(wantsMail ? { ...mail, REPORT_TIME_ZONE } : {}) });
const timeZone = toTimeZone((REPORT_TIME_ZONE ?? '').trim() || 'UTC');

if ('help' in command) console.log(command.help);
else if ('faults' in command) fail([...command.faults, '--help lists the flags.']);
else if (!config.ok) fail(config.faults);
else if (timeZone === null) fail(['REPORT_TIME_ZONE must be an IANA name such as Europe/Moscow, an offset such as +03:00, or GMT+3']);
else if (command.options.send && config.config.reports === null) fail(['--send needs SMTP_URL and REPORT_TO']);
else
  await run(command.options, config.config, timeZone).catch((error: unknown) =>
    fail([error instanceof Error ? error.message : String(error)]),
  );

async function run({ date, print, htmlFile, send }: ReportOptions, { database: place, reports }: Config, zone: string): Promise<void> {
  await using database = await openServiceDatabase(place, 'carillon report');
  const report = await makeReadDailyReport({ database })(date ?? dayBefore(dayAt(await readNow(database), zone)), zone);
  if (print) console.log(toReportText(report));
  if (htmlFile !== null) {
    await writeFile(htmlFile, toReportHtml(report, `data:image/png;base64,${drawChart(report).toString('base64')}`));
    console.error(`Written to ${htmlFile}.`);
  }
  if (send && reports !== null) await mailNow(report, reports);
}

async function mailNow(report: DailyReport, { smtpUrl: url, from, to, requireTls }: NonNullable<Config['reports']>): Promise<void> {
  const { accepted, deferred, refused } = await makeReportMailer({ url, from, to, requireTls })(report, {
    messageId: crypto.randomUUID(),
    to,
  });
  if (accepted.length > 0) console.error(`Sent to ${accepted.join(', ')}.`);
  const faults = [...refused, ...deferred].map(({ recipient, reason }) => `Not sent to ${recipient}: ${reason}`);
  if (faults.length > 0) fail(faults);
}

function fail(words: readonly string[]): void {
  for (const line of words) console.error(line);
  process.exitCode = 'options' in command ? 1 : 2;
}
