// Clients are born one by one or in lists, and end: the statements behind the mutations.
import type { NewClient } from '../domain/client.ts';
import type { BulkTransaction } from './bulk-transaction.ts';
import type { Sql } from './database.ts';
import { clientColumns } from './records.ts';
import type { ClientRecord } from './records.ts';
import type { StagedClients } from './staged-clients.ts';

/** The unique constraint that a second client with one phone violates. */
export const PHONE_CONSTRAINT = 'client_phone_unique';

/** Throws the unique violation of PHONE_CONSTRAINT when the phone is taken. */
export async function insertClient(sql: Sql, client: NewClient): Promise<ClientRecord> {
  const rows = await sql.rows<ClientRecord>(
    `insert into client as c (phone, operator_code, tag, time_zone) values ($1::bigint, $2, $3, $4) returning ${clientColumns}`,
    [client.phone, client.operatorCode, client.tag, client.timeZone],
  );
  const row = rows[0];
  if (row === undefined) throw new Error('insert ... returning answers the inserted row');
  return row;
}

/**
 * Several in one statement; answers those whose phone was free. Phones in order, so that two of these never wait for each other. Throws
 * a lock timeout when a phone is in the hands of a transaction that lasts: they should not all wait for it.
 */
export async function insertClients(sql: Sql, clients: readonly NewClient[]): Promise<ClientRecord[]> {
  return sql.rows<ClientRecord>(
    `insert into client as c (phone, operator_code, tag, time_zone)
     select g.phone, g.operator_code, g.tag, g.time_zone from (select set_config('lock_timeout', '50ms', true)) patience, ${given}
     order by g.phone
     on conflict (phone) do nothing
     returning ${clientColumns}`,
    columnsOf(clients),
  );
}

export async function findClient(sql: Sql, id: string): Promise<ClientRecord | null> {
  const rows = await sql.rows<ClientRecord>(`select ${clientColumns} from client c where c.id = $1::bigint`, [id]);
  return rows[0] ?? null;
}

export async function deleteClientRow(sql: Sql, id: string): Promise<void> {
  await sql.rows('delete from client where id = $1::bigint', [id]);
}

/** What became of the rows of an import. The others were already as their rows say, or, when nothing is updated, in the directory. */
export interface WrittenClients {
  readonly created: number;
  readonly updated: number;
  /** Existing clients whose unsent messages may now be in the wrong hours. */
  readonly moved: readonly string[];
}

/**
 * Writes clients with distinct phones in one statement; existing ones take the row's operator code, tag and zone, and keep their
 * opt-out. A client that is already as the row says is left untouched. Locks rows in phone order, so that imports never deadlock.
 */
export async function upsertClients(sql: Sql, clients: readonly NewClient[]): Promise<WrittenClients> {
  return theRow(await sql.rows<WrittenClients>(upsertFrom(given), columnsOf(clients)));
}

/** Writes clients with distinct phones in one statement; existing ones stay as they are. Answers how many were created. */
export async function insertNewClients(sql: Sql, clients: readonly NewClient[]): Promise<number> {
  return theRow(await sql.rows<{ created: number }>(insertFrom(given), columnsOf(clients))).created;
}

/**
 * Loads clients into a table that the connection has for itself, empty again after the transaction. The table is made once per
 * connection, so that an import leaves no dead rows in the catalogue.
 */
export async function stageClients(tx: BulkTransaction, clients: StagedClients): Promise<void> {
  await tx.rows(
    'create temp table if not exists staged_client (position int, phone bigint, operator_code text, tag text, time_zone text) on commit delete rows',
  );
  await tx.copyIn('copy staged_client from stdin', clients.copyText());
}

/** As `upsertClients`, from what is staged; of several rows with one phone the last counts. */
export async function upsertStagedClients(tx: BulkTransaction): Promise<WrittenClients> {
  return theRow(await tx.rows<WrittenClients>(upsertFrom(staged('desc'))));
}

/** As `insertNewClients`, from what is staged; of several rows with one phone the first counts. */
export async function insertNewStagedClients(tx: BulkTransaction): Promise<number> {
  return theRow(await tx.rows<{ created: number }>(insertFrom(staged('asc')))).created;
}

const staged = (order: 'asc' | 'desc'): string =>
  `(select distinct on (phone) phone, operator_code, tag, time_zone from staged_client order by phone, position ${order}) s`;

const given = 'unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as g(phone, operator_code, tag, time_zone)';

const upsertFrom = (source: string): string => `
  with written as (
    insert into client as c (phone, operator_code, tag, time_zone)
    select phone, operator_code, tag, time_zone from ${source} order by phone
    on conflict (phone) do update
      set operator_code = excluded.operator_code, tag = excluded.tag, time_zone = excluded.time_zone, updated_at = instant_now(), version = c.version + 1
      where (c.operator_code, c.tag, c.time_zone) is distinct from (excluded.operator_code, excluded.tag, excluded.time_zone)
    returning c.id, old.id is null as created, old.id is not null and old.time_zone <> c.time_zone as zone_changed
  )
  select count(*) filter (where created)::int as created, count(*) filter (where not created)::int as updated,
    coalesce(array_agg(id::text) filter (where zone_changed), '{}') as moved
  from written`;

const insertFrom = (source: string): string => `
  with written as (
    insert into client (phone, operator_code, tag, time_zone)
    select phone, operator_code, tag, time_zone from ${source} order by phone
    on conflict (phone) do nothing
    returning id
  )
  select count(*)::int as created from written`;

function columnsOf(clients: readonly NewClient[]): unknown[] {
  return [clients.map((c) => c.phone), clients.map((c) => c.operatorCode), clients.map((c) => c.tag), clients.map((c) => c.timeZone)];
}

function theRow<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error('an aggregate without group by always returns a row');
  return row;
}
