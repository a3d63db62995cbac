// The report as HTML for mail programs: tables, styles on the elements, no script, nothing that is loaded from elsewhere.
import type { DailyReport } from '../domain/daily-report.ts';
import { chartColours, peakOf, shownSize } from './report-chart.ts';
import {
  count,
  dayInWords,
  errorRows,
  errorsNote,
  mailingCells,
  mailingColumns,
  mailingsInWords,
  mailingsNote,
  noErrors,
  noMailings,
  statusRows,
  subjectOf,
  unlistedInWords,
} from './report-words.ts';

/** `chartUrl`: `cid:…` in a mail, `data:…` in a file. */
export function toReportHtml(report: DailyReport, chartUrl: string): string {
  const statusCells = statusRows(report).map(({ name, messages, before, change, meaning }) => [name, messages, before, change, meaning]);
  const errorCells = errorRows(report).map(({ code, requests, refused, explanation }) => [code, requests, refused, explanation]);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(subjectOf(report))}</title></head>
<body style="margin:0;padding:24px;background:#ffffff;color:#212529;font:15px/1.5 -apple-system,'Segoe UI',Roboto,Arial,sans-serif">
<h1 style="font-size:20px;margin:0 0 4px">Carillon</h1>
<p style="margin:0 0 16px">${escape(dayInWords(report))}<br>${escape(mailingsInWords(report))}</p>
${chart(report, chartUrl)}
${section('Messages', [table(['', 'that day', 'day before', 'change', ''], statusCells, 'lrrrl')])}
${section('Mailings', mailingParts(report))}
${section('Errors', errorCells.length === 0 ? [note(noErrors)] : [table(['code', 'requests', 'refused', ''], errorCells, 'lrrl'), note(errorsNote)])}
</body>
</html>
`;
}

function mailingParts(report: DailyReport): string[] {
  if (report.listed.length === 0) return [note(noMailings)];
  const unlisted = unlistedInWords(report);
  return [
    table([...mailingColumns], report.listed.map(mailingCells), 'rlrrrrrrrl'),
    ...(unlisted === null ? [] : [note(unlisted)]),
    note(mailingsNote),
  ];
}

function chart(report: DailyReport, url: string): string {
  const { width, height } = shownSize;
  const legend = [
    ['sent', chartColours.sent],
    ['unconfirmed', chartColours.unconfirmed],
    ['failed', chartColours.failed],
    ['expired or cancelled', chartColours.unsent],
  ].map(([name, colour]) => `<span style="color:${colour}">&#9632;</span> ${name}`);
  const about = `Messages that came to an end, hour by hour; ${count(peakOf(report))} in the busiest.`;
  return `<p style="margin:0 0 4px;font-size:13px">${about} ${legend.join(' &nbsp;')}</p>
<img src="${escape(url)}" width="${width}" height="${height}" alt="${about}" style="display:block;border:0;max-width:100%;height:auto">
${axis(report)}`;
}

/** Below the chart, one cell for each hour: every third says which it is on the zone's clocks. */
function axis({ hours, bounds, timeZone }: DailyReport): string {
  const cells = hours.map((_, nth) => {
    const { hour } = Temporal.Instant.fromEpochMilliseconds(bounds.from + nth * 3_600_000).toZonedDateTimeISO(timeZone);
    return `<td style="padding:0;width:${(100 / hours.length).toFixed(3)}%;font-size:11px;color:#868e96">${hour % 3 === 0 ? String(hour).padStart(2, '0') : ''}</td>`;
  });
  return `<table role="presentation" cellspacing="0" style="width:${shownSize.width}px;max-width:100%;table-layout:fixed;border-collapse:collapse"><tr>${cells.join('')}</tr></table>`;
}

function section(title: string, parts: readonly string[]): string {
  return `<h2 style="font-size:16px;margin:24px 0 8px">${title}</h2>\n${parts.join('\n')}`;
}

function note(words: string): string {
  return `<p style="margin:4px 0;font-size:13px;color:#495057">${escape(words)}</p>`;
}

function table(headings: readonly string[], rows: readonly (readonly string[])[], sides: string): string {
  const styleOf = (column: number): string =>
    `padding:3px 12px 3px 0;text-align:${sides[column] === 'r' ? 'right' : 'left'};border-bottom:1px solid #dee2e6;vertical-align:top`;
  const heads = headings.map((heading, column) => `<th scope="col" style="${styleOf(column)};font-size:13px">${escape(heading)}</th>`);
  const lines = rows.map((row) => `<tr>${row.map((cell, column) => `<td style="${styleOf(column)}">${escape(cell)}</td>`).join('')}</tr>`);
  return `<table cellspacing="0" style="border-collapse:collapse"><tr>${heads.join('')}</tr>\n${lines.join('\n')}</table>`;
}

/** Texts of mailings are whatever people wrote. */
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
