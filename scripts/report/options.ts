// The flags of `npm run report`. Reports all faults at once.
import { parseArgs } from 'node:util';
import { isCalendarDay } from '../../src/domain/report-day.ts';

export interface ReportOptions {
  /** null: yesterday, on the clocks of the report's zone. */
  readonly date: string | null;
  readonly print: boolean;
  readonly htmlFile: string | null;
  readonly send: boolean;
}

export type ReportCommand = { readonly options: ReportOptions } | { readonly help: string } | { readonly faults: readonly string[] };

const help = `Shows or sends the daily report of any day.

  npm run report -- [--date YYYY-MM-DD] [--print] [--html FILE] [--send]

  --date DAY    the day it is about (yesterday, in REPORT_TIME_ZONE)
  --print       writes it here as text; what happens when nothing else is asked for
  --html FILE   writes it as a page with its chart
  --send        sends it to REPORT_TO now, beside the one that is sent every day
  --help        these lines

It reads the database of DATABASE_URL, or the embedded one in DATA_DIR while the service runs. REPORT_TIME_ZONE says whose day is meant;
--send needs SMTP_URL and REPORT_TO as the service does.`;

/** Never throws. */
export function readReportCommand(args: readonly string[]): ReportCommand {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        date: { type: 'string' },
        print: { type: 'boolean' },
        html: { type: 'string' },
        send: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return { help };
    const faults: string[] = [];
    const { date = null, html: htmlFile = null, send = false } = values;
    if (date !== null && !isCalendarDay(date)) faults.push(`--date must be a day such as 2026-11-20, not "${date}"`);
    if (htmlFile === '') faults.push('--html needs the name of a file');
    if (faults.length > 0) return { faults };
    return { options: { date, htmlFile, send, print: values.print ?? (htmlFile === null && !send) } };
  } catch (error) {
    return { faults: [error instanceof Error ? error.message : String(error)] };
  }
}
