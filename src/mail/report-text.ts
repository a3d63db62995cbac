// The report as plain text: for mail programs without HTML, and for a terminal.
import type { DailyReport } from '../domain/daily-report.ts';
import {
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
  unlistedInWords,
} from './report-words.ts';

export function toReportText(report: DailyReport): string {
  return [
    `Carillon: ${dayInWords(report)}`,
    mailingsInWords(report),
    ['MESSAGES', ...table([['', 'that day', 'day before', 'change', ''], ...statusRows(report).map(statusCells)], 'lrrrl')].join('\n'),
    ['MAILINGS', ...mailingLines(report)].join('\n'),
    ['ERRORS', ...errorLines(report)].join('\n'),
  ]
    .join('\n\n')
    .concat('\n');
}

function statusCells({ name, meaning, messages, before, change }: ReturnType<typeof statusRows>[number]): string[] {
  return [name, messages, before, change, meaning];
}

function mailingLines(report: DailyReport): string[] {
  if (report.listed.length === 0) return [`  ${noMailings}`];
  const unlisted = unlistedInWords(report);
  const lines = table([[...mailingColumns], ...report.listed.map(mailingCells)], 'rlrrrrrrrl');
  return [...lines, ...(unlisted === null ? [] : [`  ${unlisted}`]), `  ${mailingsNote}`];
}

function errorLines(report: DailyReport): string[] {
  const rows = errorRows(report);
  if (rows.length === 0) return [`  ${noErrors}`];
  const cells = rows.map(({ code, requests, refused, explanation }) => [code, requests, refused, explanation]);
  return [...table([['code', 'requests', 'refused', ''], ...cells], 'lrrl'), `  ${errorsNote}`];
}

/** Columns as wide as their widest cell; `sides`: l or r for each. */
function table(rows: readonly (readonly string[])[], sides: string): string[] {
  const widths = Array.from(sides, (_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      sides[column] === 'r' ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    );
    return `  ${cells.join('  ').trimEnd()}`;
  });
}
