// CSV as the service reads it (src/http/csv-reader.ts), on pieces of a file that the page holds in memory.
import { parse } from 'csv-parse/browser/esm/sync';

export type Separator = ',' | ';' | '\t';

/** A row of a directory has some hundred bytes; no row that the service takes has more. */
export const MOST_ROW_BYTES = 64 * 1024;

export interface CsvRow {
  /** Where the row begins in the file, the first line being 1. */
  readonly line: number;
  /** null: the cell is not UTF-8. */
  readonly cells: readonly (string | null)[];
  /** Bytes of the piece up to the row's end, its line end included. */
  readonly endsAt: number;
}

export interface CsvPiece {
  /** Lines without any content are left out. */
  readonly rows: readonly CsvRow[];
  /** Line of a row whose quotation mark is not closed in this piece; null: there is none. */
  readonly unclosedLine: number | null;
}

export function readRows(bytes: Uint8Array, separator: Separator): CsvPiece {
  const rows: CsvRow[] = [];
  let line = 1;
  try {
    parse(bytes, {
      encoding: null,
      delimiter: separator,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      max_record_size: MOST_ROW_BYTES,
      on_record: (record: unknown, { bytes: endsAt }) => {
        const cells = record as readonly Uint8Array[];
        if (cells.some((cell) => cell.length > 0)) rows.push({ line, cells: cells.map(decode), endsAt });
        line += 1 + cells.reduce((breaks, cell) => breaks + lineBreaksIn(cell), 0);
        return null;
      },
    });
    return { rows, unclosedLine: null };
  } catch (error) {
    if (!isUnclosed(error)) throw error;
    return { rows, unclosedLine: line };
  }
}

/** The one that stands first in the first line: no name of a column holds one. A comma when there is none. */
export function separatorOf(bytes: Uint8Array): Separator {
  const [first = ''] = /[^\r\n]+/.exec(lenient.decode(bytes)) ?? [];
  return (/[,;\t]/.exec(first)?.[0] ?? ',') as Separator;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8');

function decode(cell: Uint8Array): string | null {
  try {
    return strict.decode(cell);
  } catch {
    return null;
  }
}

function lineBreaksIn(cell: Uint8Array): number {
  return cell.includes(10) || cell.includes(13) ? (lenient.decode(cell).match(/\r\n|\r|\n/g) ?? []).length : 0;
}

function isUnclosed(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'CSV_QUOTE_NOT_CLOSED' || code === 'CSV_MAX_RECORD_SIZE';
}
