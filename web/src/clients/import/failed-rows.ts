// The rows of an import that failed, as they stand in the file: found again by their lines, however large the file is, and put into files
// to be kept or to be corrected and imported.
import { stringify } from 'csv-stringify/browser/esm/sync';
import { MOST_ROW_BYTES, readRows } from './csv-rows.ts';
import type { CsvRow, Separator } from './csv-rows.ts';
import type { RowError } from './import-answer.ts';

/**
 * Where each of the lines begins, in bytes; a line that the file does not have is left out. Reads the file as a stream, up to the last of
 * them. Throws what reading throws: NotReadableError when the file was changed or removed.
 */
export async function findLines(file: Blob, lines: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const wanted = new Set(lines);
  const last = Math.max(0, ...lines);
  const found = new Map<number, number>();
  let line = 1;
  let at = 0;
  let afterReturn = false;
  if (wanted.has(1)) found.set(1, 0);
  const begin = (offset: number): void => {
    line += 1;
    if (wanted.has(line)) found.set(line, offset);
  };
  const reader = file.stream().getReader();
  while (line < last) {
    const { done, value } = await reader.read();
    if (done) break;
    for (let index = 0; index < value.length && line < last; index += 1) {
      const byte = value[index];
      if (afterReturn && byte !== 10) begin(at + index);
      if (line < last && byte === 10) begin(at + index + 1);
      afterReturn = byte === 13;
    }
    at += value.length;
  }
  await reader.cancel();
  if (afterReturn && line < last) begin(at);
  for (const [number, offset] of found) if (offset >= file.size) found.delete(number);
  return found;
}

export interface FailedRow {
  readonly cells: readonly (string | null)[];
  /** As it stands in the file, its line end included. */
  readonly bytes: Blob;
}

/** By line; in the order of the file. A row that cannot be read again is left out. */
export async function readFailedRows(file: Blob, lines: readonly number[], separator: Separator): Promise<ReadonlyMap<number, FailedRow>> {
  const rows = new Map<number, FailedRow>();
  for (const [line, offset] of await findLines(
    file,
    [...new Set(lines)].toSorted((one, other) => one - other),
  )) {
    const row = await readRowAt(file, offset, separator);
    if (row !== null) rows.set(line, { cells: row.cells, bytes: file.slice(offset, offset + row.endsAt) });
  }
  return rows;
}

const USUAL_ROW_BYTES = 2 * 1024;

async function readRowAt(file: Blob, offset: number, separator: Separator): Promise<CsvRow | null> {
  for (const size of [USUAL_ROW_BYTES, MOST_ROW_BYTES]) {
    const bytes = new Uint8Array(await file.slice(offset, offset + size).arrayBuffer());
    const [row] = readRows(bytes, separator).rows;
    const isCut = row === undefined || (row.endsAt >= bytes.length && offset + bytes.length < file.size);
    if (!isCut) return row;
  }
  return null;
}

interface ErrorTable {
  /** The columns of the file. */
  readonly names: readonly string[];
  readonly errors: readonly RowError[];
  readonly rows: ReadonlyMap<number, FailedRow>;
  /** Names of the columns in front: line, column, what is wrong. */
  readonly titles: readonly [string, string, string];
  readonly wordsOf: (error: RowError) => string;
}

/**
 * One line per fault, and beside it the row. For spreadsheets: with a byte order mark, and a cell that would be taken for a formula
 * begins with an apostrophe, as in the service's own files.
 */
export function toErrorTable({ names, errors, rows, titles, wordsOf }: ErrorTable): string {
  const lines = errors.map((error) => [
    String(error.row),
    error.field.join(', '),
    wordsOf(error),
    ...(rows.get(error.row)?.cells ?? []).map((cell) => cell ?? '�'),
  ]);
  return stringify([[...titles, ...names], ...lines], { record_delimiter: 'windows', escape_formulas: true, bom: true });
}

/** The header and the rows that failed, byte by byte as they stand in the file: to be corrected, and imported as it is. */
export async function toCorrectionFile(file: Blob, rows: ReadonlyMap<number, FailedRow>, separator: Separator): Promise<Blob> {
  const header = await readRowAt(file, 0, separator);
  const parts = [file.slice(0, header?.endsAt ?? 0), ...[...rows.values()].map(({ bytes }) => bytes)];
  const ended = await Promise.all(parts.map(async (part) => ((await endsLine(part)) ? [part] : [part, '\r\n'])));
  return new Blob(ended.flat(), { type: 'text/csv' });
}

/** The last line of a file need not end. */
async function endsLine(part: Blob): Promise<boolean> {
  const [last] = new Uint8Array(await part.slice(-1).arrayBuffer());
  return last === 10 || last === 13;
}
