// Rows of a CSV file -> rows of an import: which of them cannot be read as clients, and a header that names other columns.
import { fieldOf, hasCellsFor, readClientHeader, toClientInput } from '../domain/client-columns.ts';
import type { ClientColumn } from '../domain/client-columns.ts';
import { CarillonError } from '../domain/errors.ts';
import type { FileRow, RowFault } from '../operations/import-client-file.ts';
import type { CsvRow } from './csv-reader.ts';

const wanted = 'The first line names the columns, in any order: phone, time_zone, and if wanted operator_code and tag.';

/** Of the header itself; its words are for the sender. */
export const headerFaultCodes = ['EMPTY_FILE', 'INVALID_HEADER'] as const;

/** Throws CarillonError EMPTY_FILE or INVALID_HEADER before the first row. */
export async function* toClientRows(parts: AsyncIterable<readonly CsvRow[]>): AsyncGenerator<readonly FileRow[], void> {
  let order: readonly ClientColumn[] | null = null;
  for await (const part of parts) {
    const rows = order === null ? part.slice(1) : part;
    order ??= readHeader(part[0]);
    const known = order;
    yield rows.map((row) => toFileRow(row, known));
  }
  if (order === null) throw new CarillonError('EMPTY_FILE', `The file is empty. ${wanted}`);
}

function readHeader(row: CsvRow | undefined): readonly ClientColumn[] {
  const { order, missing, unknown, twice } = readClientHeader(row?.cells ?? []);
  const faults = [
    ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`unknown: ${unknown.slice(0, 10).map(inQuotes).join(', ')}`] : []),
    ...(twice.length > 0 ? [`more than once: ${twice.join(', ')}`] : []),
  ];
  if (faults.length > 0)
    throw new CarillonError('INVALID_HEADER', `The columns are not those of clients (${faults.join('; ')}). ${wanted}`);
  return order;
}

function inQuotes(name: string): string {
  return JSON.stringify(name.slice(0, 50));
}

function toFileRow({ line: row, cells }: CsvRow, order: readonly ClientColumn[]): FileRow {
  const unreadable = cells.indexOf(null);
  if (unreadable !== -1) return { row, fault: encodingFault(order[unreadable]) };
  if (!hasCellsFor(order, cells)) return { row, fault: lengthFault(cells.length, order.length) };
  return { row, input: toClientInput(order, cells) };
}

function encodingFault(column: ClientColumn | undefined): RowFault {
  return { code: 'INVALID_ENCODING', field: column === undefined ? [] : [fieldOf(column)], message: 'must be in UTF-8' };
}

function lengthFault(cells: number, columnCount: number): RowFault {
  return { code: 'WRONG_NUMBER_OF_CELLS', field: [], message: `must have ${columnCount} cells, as the first line has; it has ${cells}` };
}
