// Rows of a CSV file -> rows of an import: which column holds what, and which rows cannot be read as clients.
import type { NewClientInput } from '../domain/client.ts';
import { CarillonError } from '../domain/errors.ts';
import type { FileRow, RowFault } from '../operations/import-client-file.ts';
import type { CsvRow } from './csv-reader.ts';

/** The fields of a client under the names of their columns. */
const fieldOfColumn = {
  phone: 'phone',
  operator_code: 'operatorCode',
  tag: 'tag',
  time_zone: 'timeZone',
} as const satisfies Record<string, keyof NewClientInput>;

type Column = keyof typeof fieldOfColumn;

const columns = Object.keys(fieldOfColumn) as Column[];
const requiredColumns: readonly Column[] = ['phone', 'time_zone'];
const wanted = 'The first line names the columns, in any order: phone, time_zone, and if wanted operator_code and tag.';

/** Of the header itself; its words are for the sender. */
export const headerFaultCodes = ['EMPTY_FILE', 'INVALID_HEADER'] as const;

/** The column in which a field stands: for the faults that are reported. */
export function columnOf(field: string): string {
  return columns.find((column) => fieldOfColumn[column] === field) ?? field;
}

/** Throws CarillonError EMPTY_FILE or INVALID_HEADER before the first row. */
export async function* toClientRows(parts: AsyncIterable<readonly CsvRow[]>): AsyncGenerator<readonly FileRow[], void> {
  let order: readonly Column[] | null = null;
  for await (const part of parts) {
    const rows = order === null ? part.slice(1) : part;
    order ??= readHeader(part[0]);
    const known = order;
    yield rows.map((row) => toFileRow(row, known));
  }
  if (order === null) throw new CarillonError('EMPTY_FILE', `The file is empty. ${wanted}`);
}

function readHeader(row: CsvRow | undefined): readonly Column[] {
  const names = (row?.cells ?? []).map((cell) => (cell ?? '').trim().toLowerCase());
  const unknown = names.filter((name) => !isColumn(name));
  const missing = requiredColumns.filter((column) => !names.includes(column));
  const twice = columns.filter((column) => names.indexOf(column) !== names.lastIndexOf(column));
  const faults = [
    ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`unknown: ${unknown.slice(0, 10).map(inQuotes).join(', ')}`] : []),
    ...(twice.length > 0 ? [`more than once: ${twice.join(', ')}`] : []),
  ];
  if (faults.length > 0)
    throw new CarillonError('INVALID_HEADER', `The columns are not those of clients (${faults.join('; ')}). ${wanted}`);
  return names.filter(isColumn);
}

function isColumn(name: string): name is Column {
  return columns.some((column) => column === name);
}

function inQuotes(name: string): string {
  return JSON.stringify(name.slice(0, 50));
}

function toFileRow({ line: row, cells }: CsvRow, order: readonly Column[]): FileRow {
  const unreadable = cells.indexOf(null);
  if (unreadable !== -1) return { row, fault: encodingFault(order[unreadable]) };
  // Spreadsheets leave empty cells behind a table.
  if (cells.length < order.length || cells.slice(order.length).some((cell) => cell !== '')) {
    return { row, fault: lengthFault(cells.length, order.length) };
  }
  const cellOf = (column: Column): string => cells[order.indexOf(column)] ?? '';
  const operatorCode = cellOf('operator_code');
  return {
    row,
    input: {
      phone: cellOf('phone'),
      operatorCode: operatorCode === '' ? null : operatorCode,
      tag: cellOf('tag'),
      timeZone: cellOf('time_zone'),
    },
  };
}

function encodingFault(column: Column | undefined): RowFault {
  return { code: 'INVALID_ENCODING', field: column === undefined ? [] : [fieldOfColumn[column]], message: 'must be in UTF-8' };
}

function lengthFault(cells: number, columnCount: number): RowFault {
  return { code: 'WRONG_NUMBER_OF_CELLS', field: [], message: `must have ${columnCount} cells, as the first line has; it has ${cells}` };
}
