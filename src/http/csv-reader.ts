// Bytes of a CSV file -> its rows with the lines they begin on. Takes what spreadsheets and databases write: a byte order mark, any line
// ends, commas, semicolons or tabs, quoted cells over several lines. Knows nothing about clients.
import { isUtf8 } from 'node:buffer';
import { parse } from 'csv-parse';
import type { Parser } from 'csv-parse';
import { CarillonError } from '../domain/errors.ts';

export interface CsvRow {
  /** Where the row begins in the file, the first line being 1. */
  readonly line: number;
  /** null: the cell is not UTF-8. */
  readonly cells: readonly (string | null)[];
}

/** What makes a file unreadable from a place on; its words are for the sender. */
export const csvFaultCodes = ['NOT_UTF8', 'UNREADABLE_CSV'] as const;

/** A row of a directory has some hundred bytes; a quotation mark that is never closed must not gather the rest of the file. */
const MOST_ROW_BYTES = 64 * 1024;

/**
 * The rows in order, those of each piece of the file together; lines without any content are left out. Throws CarillonError NOT_UTF8 for
 * a file in UTF-16 and UNREADABLE_CSV for a row that does not end, after the rows before it.
 */
export async function* readCsv(bytes: AsyncIterable<Buffer>): AsyncGenerator<readonly CsvRow[], void> {
  let head: Buffer = Buffer.alloc(0);
  let rows: RowReader | null = null;
  for await (const piece of bytes) {
    if (rows !== null) {
      yield* rows.read(piece);
      continue;
    }
    // The first line says which separator is in use.
    head = Buffer.concat([head, piece]);
    if (!hasWholeLine(head) && head.length < MOST_ROW_BYTES) continue;
    rows = makeRowReader(separatorOf(head));
    yield* rows.read(withoutMark(head));
  }
  if (rows === null) {
    rows = makeRowReader(separatorOf(head));
    yield* rows.read(withoutMark(head));
  }
  yield* rows.end();
}

interface RowReader {
  read(piece: Buffer): AsyncGenerator<readonly CsvRow[], void>;
  /** The last row needs no line end. */
  end(): AsyncGenerator<readonly CsvRow[], void>;
}

function makeRowReader(separator: string): RowReader {
  let line = 1;
  let rows: CsvRow[] = [];
  const parser = parse({
    // One character per byte: whether a cell is UTF-8 is decided cell by cell, so that one bad cell costs one row.
    encoding: 'latin1',
    delimiter: separator,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    // A quotation mark inside a cell that does not begin with one is a character like others.
    relax_quotes: true,
    max_record_size: MOST_ROW_BYTES,
    on_record: (cells: readonly string[]) => {
      if (cells.some((cell) => cell !== '')) rows.push({ line, cells: cells.map(decode) });
      line += 1 + cells.reduce((breaks, cell) => breaks + lineBreaksIn(cell), 0);
      // Taken here, nothing goes through the stream: no piece waits for a reader.
      return null;
    },
  });
  parser.on('error', () => {});
  parser.resume();

  async function* handOver(step: Promise<unknown>): AsyncGenerator<readonly CsvRow[], void> {
    const fault = await step.then(
      () => null,
      () => new CarillonError('UNREADABLE_CSV', unclosedAt(line)),
    );
    const whole = rows;
    rows = [];
    if (whole.length > 0) yield whole;
    if (fault !== null) throw fault;
  }
  return { read: (piece) => handOver(write(parser, piece)), end: () => handOver(end(parser)) };
}

async function write(parser: Parser, piece: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => parser.write(piece, (error) => (error ? reject(error) : resolve())));
}

async function end(parser: Parser): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    parser.on('error', reject);
    parser.on('end', resolve);
    parser.end();
  });
}

function unclosedAt(line: number): string {
  return `The row that begins on line ${line} does not end within ${MOST_ROW_BYTES / 1024} KiB: is a quotation mark in it not closed? A quotation mark inside a quoted cell is written twice.`;
}

function hasWholeLine(head: Buffer): boolean {
  return /[^\r\n][\r\n]/.test(head.toString('latin1'));
}

/** The one that stands first in the first line: no name of a column holds one. A comma when there is none. */
function separatorOf(head: Buffer): string {
  const [first = ''] = /[^\r\n]+/.exec(head.toString('latin1')) ?? [];
  return /[,;\t]/.exec(first)?.[0] ?? ',';
}

function withoutMark(head: Buffer): Buffer {
  const mark = head.toString('hex', 0, 3);
  if (mark.startsWith('fffe') || mark.startsWith('feff')) {
    throw new CarillonError('NOT_UTF8', 'The file is in UTF-16. Save it as CSV in UTF-8 ("CSV UTF-8" in Excel) and send it again.');
  }
  return mark === 'efbbbf' ? head.subarray(3) : head;
}

function decode(cell: string): string | null {
  // oxlint-disable-next-line no-control-regex
  if (/^[\x00-\x7f]*$/.test(cell)) return cell;
  const bytes = Buffer.from(cell, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : null;
}

function lineBreaksIn(cell: string): number {
  return cell.includes('\n') || cell.includes('\r') ? (cell.match(/\r\n|\r|\n/g) ?? []).length : 0;
}
