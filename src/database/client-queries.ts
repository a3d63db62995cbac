// Clients are born one by one or in lists, and end: the statements behind the mutations.
import type { NewClient } from '../domain/client.ts';
import type { Sql } from './database.ts';
import { clientColumns } from './records.ts';
import type { ClientRecord } from './records.ts';

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

export async function findClient(sql: Sql, id: string): Promise<ClientRecord | null> {
  const rows = await sql.rows<ClientRecord>(`select ${clientColumns} from client c where c.id = $1::bigint`, [id]);
  return rows[0] ?? null;
}

export async function deleteClientRow(sql: Sql, id: string): Promise<void> {
  await sql.rows('delete from client where id = $1::bigint', [id]);
}

export interface ImportedClient {
  readonly id: string;
  readonly created: boolean;
  /** An existing client whose unsent messages may now be in the wrong hours. */
  readonly zoneChanged: boolean;
}

/**
 * Writes clients with distinct phones in one statement; existing ones take the row's operator code, tag and zone, and keep their
 * opt-out. A client that is already as the row says is left untouched. Locks rows in phone order, so that imports never deadlock.
 */
export async function upsertClients(sql: Sql, clients: readonly NewClient[]): Promise<ImportedClient[]> {
  return sql.rows<ImportedClient>(
    `insert into client as c (phone, operator_code, tag, time_zone)
     select phone, operator_code, tag, time_zone from ${given} order by phone
     on conflict (phone) do update
       set operator_code = excluded.operator_code, tag = excluded.tag, time_zone = excluded.time_zone, updated_at = instant_now(), version = c.version + 1
       where (c.operator_code, c.tag, c.time_zone) is distinct from (excluded.operator_code, excluded.tag, excluded.time_zone)
     returning c.id::text as id, old.id is null as created, old.id is not null and old.time_zone <> c.time_zone as "zoneChanged"`,
    columnsOf(clients),
  );
}

/** Writes clients with distinct phones in one statement; existing ones stay as they are and are not answered. */
export async function insertNewClients(sql: Sql, clients: readonly NewClient[]): Promise<{ id: string }[]> {
  return sql.rows(
    `insert into client as c (phone, operator_code, tag, time_zone)
     select phone, operator_code, tag, time_zone from ${given} order by phone
     on conflict (phone) do nothing
     returning c.id::text as id`,
    columnsOf(clients),
  );
}

const given = 'unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as g(phone, operator_code, tag, time_zone)';

function columnsOf(clients: readonly NewClient[]): unknown[] {
  return [clients.map((c) => c.phone), clients.map((c) => c.operatorCode), clients.map((c) => c.tag), clients.map((c) => c.timeZone)];
}
