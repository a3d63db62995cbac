// What the beginning of a chosen file says before any of it is sent: whether it can be read, its columns, and its first rows by the service's rules.
import { columnOf, hasCellsFor, readClientHeader, toClientInput } from '../../../../src/domain/client-columns.ts';
import type { ClientHeader } from '../../../../src/domain/client-columns.ts';
import { checkNewClient } from '../../../../src/domain/client.ts';
import { knowsTimeZones } from '../time-zones.ts';
import { readRows, separatorOf } from './csv-rows.ts';
import type { CsvRow, Separator } from './csv-rows.ts';
import type { RowErrorCode } from './import-answer.ts';

/** All that is read of a file however large it is: a thousand rows or so. */
export const HEAD_BYTES = 64 * 1024;

export type FileHead =
  | { readonly kind: 'empty' | 'utf16' | 'workbook' }
  /** A quotation mark is never closed. */
  | { readonly kind: 'unreadable'; readonly line: number }
  | HeadTable;

export interface HeadTable {
  readonly kind: 'table';
  readonly separator: Separator;
  /** A byte order mark stands in front. */
  readonly mark: boolean;
  /** As they are written. */
  readonly names: readonly string[];
  readonly header: ClientHeader;
  readonly rows: readonly HeadRow[];
  /** The rows are all that the file has. */
  readonly isWhole: boolean;
  /** The service would take the header. */
  readonly isReady: boolean;
}

export interface HeadRow {
  readonly line: number;
  readonly cells: readonly (string | null)[];
  readonly faults: readonly RowFault[];
}

export interface RowFault {
  readonly code: RowErrorCode;
  /** null: the row as a whole. */
  readonly column: string | null;
}

export async function readFileHead(file: Blob): Promise<FileHead> {
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  return toFileHead(bytes, file.size);
}

/** `bytes`: the first ones of a file that has `size`. */
function toFileHead(bytes: Uint8Array, size: number): FileHead {
  if (isUtf16(bytes)) return { kind: 'utf16' };
  if (startsWith(bytes, [0x50, 0x4b, 0x03, 0x04]) || startsWith(bytes, [0xd0, 0xcf, 0x11, 0xe0])) return { kind: 'workbook' };
  const mark = startsWith(bytes, [0xef, 0xbb, 0xbf]);
  const isWhole = size <= bytes.length;
  const content = wholeLines(mark ? bytes.subarray(3) : bytes, isWhole);
  const separator = separatorOf(content);
  const { rows, unclosedLine } = readRows(content, separator);
  const [first, ...rest] = rows;
  if (first === undefined) return unclosedLine === null ? { kind: 'empty' } : { kind: 'unreadable', line: unclosedLine };
  // In a longer file the row may end beyond what was read.
  if (unclosedLine !== null && isWhole) return { kind: 'unreadable', line: unclosedLine };
  const header = readClientHeader(first.cells);
  const isReady = header.missing.length + header.unknown.length + header.twice.length === 0;
  return {
    kind: 'table',
    separator,
    mark,
    names: first.cells.map((cell) => (cell ?? '�').trim()),
    header,
    rows: rest.map((row) => toHeadRow(row, isReady ? header : null)),
    isWhole,
    isReady,
  };
}

/** The last line of a piece may be cut: it is left to the rest of the file. */
function wholeLines(bytes: Uint8Array, isWhole: boolean): Uint8Array {
  if (isWhole) return bytes;
  const end = Math.max(bytes.lastIndexOf(10), bytes.lastIndexOf(13));
  return end === -1 ? bytes : bytes.subarray(0, end + 1);
}

/** Without a header that can be used, nothing can be said of the rows. */
function toHeadRow({ line, cells }: CsvRow, header: ClientHeader | null): HeadRow {
  return { line, cells, faults: header === null ? [] : faultsOfRow(cells, header) };
}

function faultsOfRow(cells: readonly (string | null)[], { order }: ClientHeader): readonly RowFault[] {
  const unreadable = cells.indexOf(null);
  if (unreadable !== -1) return [{ code: 'INVALID_ENCODING', column: order[unreadable] ?? null }];
  if (!hasCellsFor(order, cells)) return [{ code: 'WRONG_NUMBER_OF_CELLS', column: null }];
  const checked = checkNewClient(toClientInput(order, cells), []);
  if (checked.ok) return [];
  return checked.errors
    .filter(({ code }) => code !== 'INVALID_TIME_ZONE' || knowsTimeZones())
    .map(({ code, field }) => ({ code: code as RowErrorCode, column: columnOf(field[0] ?? '') }));
}

/** By its mark, or by the zero that stands in each ASCII character without one. */
function isUtf16(bytes: Uint8Array): boolean {
  if (startsWith(bytes, [0xff, 0xfe]) || startsWith(bytes, [0xfe, 0xff])) return true;
  return bytes.length >= 4 && (bytes[0] === 0) !== (bytes[1] === 0) && (bytes[2] === 0) !== (bytes[3] === 0);
}

function startsWith(bytes: Uint8Array, beginning: readonly number[]): boolean {
  return beginning.every((byte, index) => bytes[index] === byte);
}
