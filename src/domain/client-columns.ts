// The columns of a CSV file of clients: which there are, which a header must have, and what of a client stands in which cell.
import type { NewClientInput } from './client.ts';

/** The fields of a client under the names of their columns. */
const fieldOfColumn = {
  phone: 'phone',
  operator_code: 'operatorCode',
  tag: 'tag',
  time_zone: 'timeZone',
} as const satisfies Record<string, keyof NewClientInput>;

export type ClientColumn = keyof typeof fieldOfColumn;

export const clientColumns = Object.keys(fieldOfColumn) as readonly ClientColumn[];
export const requiredClientColumns: readonly ClientColumn[] = ['phone', 'time_zone'];

export interface ClientHeader {
  /** The known columns as they stand. Those of a row only when nothing is unknown. */
  readonly order: readonly ClientColumn[];
  readonly missing: readonly ClientColumn[];
  /** As they are written in the file, but without spaces around and in lower case. */
  readonly unknown: readonly string[];
  readonly twice: readonly ClientColumn[];
}

/** Case, spaces and hyphens do not matter: timeZone is time_zone. null: a cell that could not be read, which names no column. */
export function readClientHeader(cells: readonly (string | null)[]): ClientHeader {
  const names = cells.map((cell) => (cell ?? '').trim().toLowerCase());
  const columns = names.map((name) => columnOfName.get(toLetters(name)) ?? null);
  return {
    order: columns.filter((column) => column !== null),
    missing: requiredClientColumns.filter((column) => !columns.includes(column)),
    unknown: names.filter((_, index) => columns[index] === null),
    twice: clientColumns.filter((column) => columns.indexOf(column) !== columns.lastIndexOf(column)),
  };
}

const columnOfName: ReadonlyMap<string, ClientColumn> = new Map(clientColumns.map((column) => [toLetters(column), column]));

function toLetters(name: string): string {
  return name.replaceAll(/[\s_-]/g, '');
}

/** Spreadsheets leave empty cells behind a table: those are no cells of the row. */
export function hasCellsFor(order: readonly ClientColumn[], cells: readonly (string | null)[]): boolean {
  return cells.length >= order.length && cells.slice(order.length).every((cell) => cell === '');
}

/** A column that is missing, and a cell that could not be read, are empty. */
export function toClientInput(order: readonly ClientColumn[], cells: readonly (string | null)[]): NewClientInput {
  const cellOf = (column: ClientColumn): string => cells[order.indexOf(column)] ?? '';
  const operatorCode = cellOf('operator_code');
  return {
    phone: cellOf('phone'),
    operatorCode: operatorCode === '' ? null : operatorCode,
    tag: cellOf('tag'),
    timeZone: cellOf('time_zone'),
  };
}

/** The field that stands in a column. */
export function fieldOf(column: ClientColumn): keyof NewClientInput {
  return fieldOfColumn[column];
}

/** The column in which a field stands: for the faults that are reported. */
export function columnOf(field: string): string {
  return clientColumns.find((column) => fieldOfColumn[column] === field) ?? field;
}
