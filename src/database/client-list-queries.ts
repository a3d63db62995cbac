// Reads of the client directory for the API: pages, counts, and single clients by id.
import { toPhoneNumber, toPhoneRange } from '../domain/phone-number.ts';
import { storedTextFault } from '../domain/stored-text.ts';
import { toTimeZone } from '../domain/time-zone.ts';
import type { Sql } from './database.ts';
import type { Page, PageRequest } from './keyset.ts';
import { pageStatement, toPage } from './keyset.ts';
import type { PageRow } from './keyset.ts';
import type { ClientRecord } from './records.ts';
import { clientColumns } from './records.ts';
import type { SqlConditions } from './sql-conditions.ts';
import { makeSqlConditions } from './sql-conditions.ts';

/** All that is given must hold. null, undefined and an empty list do not restrict. */
export interface ClientFilter {
  /** In any form that `toPhoneNumber` reads; anything else matches nobody. */
  readonly phone?: string | null | undefined;
  /** In any form that `toPhoneRange` reads; anything else matches nobody. */
  readonly phonePrefix?: string | null | undefined;
  readonly operatorCodes?: readonly string[] | null | undefined;
  readonly tags?: readonly string[] | null | undefined;
  /** In any form that `toTimeZone` reads. */
  readonly timeZones?: readonly string[] | null | undefined;
  readonly optedOut?: boolean | null | undefined;
}

export type ClientOrder = 'CREATED_AT_ASC' | 'CREATED_AT_DESC';

/** One page, by client_created, client_phone_unique, client_audience, client_tag or client_time_zone. No locks. */
export async function listClients(sql: Sql, filter: ClientFilter, order: ClientOrder, page: PageRequest): Promise<Page<ClientRecord>> {
  const conditions = toConditions(filter);
  const descending = order === 'CREATED_AT_DESC';
  const text = pageStatement({ table: 'client', alias: 'c', columns: clientColumns, instant: 'created_at', descending, conditions, page });
  return toPage(await sql.rows<PageRow<ClientRecord>>(text, conditions.values), page.first);
}

/**
 * How many clients match: from the counters by zone when nothing but zones and opt-outs restrict, else counted over an index of the filter.
 * No locks.
 */
export async function countClients(sql: Sql, filter: ClientFilter): Promise<number> {
  const { timeZones, optedOut, ...others } = filter;
  if (toConditions(others).text() === 'true') return countByZone(sql, timeZones, optedOut);
  const conditions = toConditions(filter);
  return readCount(sql, `select count(*)::float8 as clients from client c where ${conditions.text()}`, conditions);
}

async function countByZone(sql: Sql, timeZones: ClientFilter['timeZones'], optedOut: ClientFilter['optedOut']): Promise<number> {
  const conditions = makeSqlConditions();
  addOneOf(conditions, 'z.time_zone', timeZones, toTimeZone);
  const counted = countedByZone(optedOut);
  return readCount(
    sql,
    `select coalesce(sum(${counted}), 0)::float8 as clients from client_zone_counter z where ${conditions.text()}`,
    conditions,
  );
}

async function readCount(sql: Sql, text: string, { values }: SqlConditions): Promise<number> {
  const [row] = await sql.rows<{ clients: number }>(text, values);
  return row?.clients ?? 0;
}

function countedByZone(optedOut: ClientFilter['optedOut']): string {
  if (optedOut === true) return 'opted_out';
  return optedOut === false ? 'clients - opted_out' : 'clients';
}

/** The clients that exist, in no order; by primary key. No locks. */
export async function readClients(sql: Sql, ids: readonly string[]): Promise<ClientRecord[]> {
  return sql.rows<ClientRecord>(`select ${clientColumns} from client c where c.id = any($1::bigint[])`, [ids]);
}

function toConditions(filter: ClientFilter): SqlConditions {
  const conditions = makeSqlConditions();
  if (filter.phone !== undefined && filter.phone !== null) {
    const phone = toPhoneNumber(filter.phone);
    if (phone === null) conditions.addFixed('false');
    else conditions.add((parameter) => `c.phone = ${parameter}::bigint`, phone);
  }
  if (filter.phonePrefix !== undefined && filter.phonePrefix !== null) addPhoneRange(conditions, filter.phonePrefix);
  addOneOf(conditions, 'c.operator_code', filter.operatorCodes, toStored);
  addOneOf(conditions, 'c.tag', filter.tags, toStored);
  addOneOf(conditions, 'c.time_zone', filter.timeZones, toTimeZone);
  if (filter.optedOut === true) conditions.addFixed('c.opted_out_at is not null');
  if (filter.optedOut === false) conditions.addFixed('c.opted_out_at is null');
  return conditions;
}

function addPhoneRange(conditions: SqlConditions, prefix: string): void {
  const range = toPhoneRange(prefix);
  if (range === null) return conditions.addFixed('false');
  const [first, last] = [conditions.parameter(range.first), conditions.parameter(range.last)];
  conditions.addFixed(`c.phone between ${first}::bigint and ${last}::bigint`);
}

/** The column is one of the values; those that no client can have are left out, so a list of nothing else matches nobody. */
function addOneOf(
  conditions: SqlConditions,
  column: string,
  values: readonly string[] | null | undefined,
  toStoredForm: (value: string) => string | null,
): void {
  if (values === undefined || values === null || values.length === 0) return;
  const stored = [...new Set(values.map(toStoredForm).filter((value) => value !== null))];
  conditions.add((parameter) => `${column} = any(${parameter}::text[])`, stored);
}

/** PostgreSQL refuses NUL and the driver changes lone surrogates: such a text equals nothing that is stored. */
function toStored(text: string): string | null {
  return storedTextFault(text) === null ? text : null;
}
