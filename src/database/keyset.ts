// Pages by keyset: a cursor holds the values a row is ordered by, so a page starts at a place and not at a count, and stays right while
// rows come and go. Instants are carried in microseconds, PostgreSQL's own precision: two rows of one millisecond keep their order.
import type { SqlConditions } from './sql-conditions.ts';

/** The values a list is ordered by, as decimal text: an instant in microseconds where the order has one, then the id. */
export type Position = readonly string[];

export interface PageRequest {
  /** Rows wanted, 1 to `pageSizeLimit`. */
  readonly first: number;
  /** Rows after this position only. */
  readonly after: Position | null;
}

export interface Page<Row> {
  readonly rows: readonly (Row & { readonly position: Position })[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** A row of a page statement: what lies before the page is known even when the page is empty. */
export type PageRow<Row> =
  | (Row & { readonly position: Position; readonly before: boolean })
  | { readonly position: null; readonly before: boolean };

export const pageSizeLimit = 100;

// A literal LIMIT lets PostgreSQL see how little is wanted (a parameter is taken for a tenth of the table); a few fixed ones keep the
// number of prepared statements small. One row more than the page tells whether another page follows.
const fetchSizes = [21, 51, pageSizeLimit + 1] as const;

/** The smallest fixed LIMIT that holds a page of `first` rows and the row after it. */
export function fetchSizeOf(first: number): number {
  return fetchSizes.find((size) => size > first) ?? pageSizeLimit + 1;
}

export function toPage<Row extends object>(rows: readonly PageRow<Row>[], first: number): Page<Row> {
  const present = rows.filter((row): row is Extract<PageRow<Row>, { position: Position }> => row.position !== null);
  return { rows: present.slice(0, first), hasNextPage: present.length > first, hasPreviousPage: rows[0]?.before ?? false };
}

export const emptyPage: Page<never> = { rows: [], hasNextPage: false, hasPreviousPage: false };

/** Opaque text for a position in the named order. */
export function toCursor(order: string, position: Position): string {
  return Buffer.from([order, ...position].join(':')).toString('base64url');
}

/** The position in a cursor, or null when the text is no cursor of this order. `instants`: how many of its values are instants. */
export function toPosition(order: string, cursor: string, instants: number): Position | null {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.toString('base64url') !== cursor) return null;
  const [name, ...values] = bytes.toString('latin1').split(':');
  if (name !== order || values.length !== instants + 1) return null;
  return values.every((value, index) => (index < instants ? isMicroseconds(value) : isBigint(value))) ? values : null;
}

/** Years 1 to 9999 in microseconds: all that PostgreSQL is ever asked to make a timestamp of. */
const earliestMicros = -62_135_596_800_000_000n;
const latestMicros = 253_402_300_799_999_999n;

function isMicroseconds(text: string): boolean {
  return /^(?:0|-?[1-9]\d{0,17})$/.test(text) && BigInt(text) >= earliestMicros && BigInt(text) <= latestMicros;
}

function isBigint(text: string): boolean {
  return /^(?:0|[1-9]\d{0,18})$/.test(text) && BigInt(text) <= 9_223_372_036_854_775_807n;
}

/** SQL for a timestamptz in microseconds since 1970, as decimal text. */
function toMicros(expression: string): string {
  return `(extract(epoch from ${expression}) * 1000000)::bigint::text`;
}

/** SQL for a parameter in microseconds as timestamptz. Whole seconds and the rest apart, so that no digit is lost to floating point. */
function fromMicros(parameter: string): string {
  return `to_timestamp((${parameter}::bigint / 1000000)::float8) + (${parameter}::bigint % 1000000) * interval '1 microsecond'`;
}

/**
 * The statement of one page of a table ordered by an instant with an id tie-break, either way; an index on (instant, id) serves both.
 * `conditions` hold the filter, and are given the parameters of the position.
 */
export function pageStatement(list: {
  readonly table: string;
  readonly alias: string;
  readonly columns: string;
  readonly instant: string;
  readonly descending: boolean;
  readonly conditions: SqlConditions;
  readonly page: PageRequest;
  /** What is read beside each row of the page: joins to at most one row each. */
  readonly beside?: string;
}): string {
  const { table, alias, columns, descending, conditions, page, beside = '' } = list;
  const instant = `${alias}.${list.instant}`;
  const [order, reverse] = descending
    ? [newestFirst(instant, alias), oldestFirst(instant, alias)]
    : [oldestFirst(instant, alias), newestFirst(instant, alias)];
  const filter = conditions.text();
  let after = 'true';
  let before = 'false';
  if (page.after !== null) {
    const [micros, id] = page.after.map((value) => conditions.parameter(value));
    const position = `(${fromMicros(micros ?? '')}, ${id}::bigint)`;
    after = `(${instant}, ${alias}.id) ${descending ? '<' : '>'} ${position}`;
    // Not `exists`: it drops the order, and PostgreSQL would look for any such row from the table's start.
    before = `(select true from ${table} ${alias} where ${filter} and (${instant}, ${alias}.id) ${descending ? '>=' : '<='} ${position}
      order by ${reverse} limit 1) is not null`;
  }
  return `
    select page.before, case when ${alias}.id is not null then array[${toMicros(instant)}, ${alias}.id::text] end as position, ${columns}
    from (select ${before} as before) page
    left join lateral (
      select * from ${table} ${alias} where ${filter} and ${after} order by ${order} limit ${fetchSizeOf(page.first)}
    ) ${alias} on true ${beside}
    order by ${order}`;
}

function newestFirst(instant: string, alias: string): string {
  return `${instant} desc, ${alias}.id desc`;
}

function oldestFirst(instant: string, alias: string): string {
  return `${instant}, ${alias}.id`;
}
