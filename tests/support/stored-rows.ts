// Rows for tests of reads, written as they would stand after the operations that make them.
import type pg from 'pg';

export interface StoredClient {
  readonly phone?: string;
  readonly operatorCode?: string;
  readonly tag?: string | null;
  readonly timeZone?: string;
  readonly optedOut?: boolean;
  /** PostgreSQL timestamp text, to the microsecond. */
  readonly createdAt?: string;
}

let phones = 79_000_000_000;

/** Returns the new client's id. */
export async function storeClient(pool: pg.Pool, client: StoredClient = {}): Promise<string> {
  const phone = client.phone ?? String((phones += 1));
  const { rows } = await pool.query<{ id: string }>(
    `insert into client (phone, operator_code, tag, time_zone, opted_out_at, created_at)
     values ($1, $2, $3, $4, $5, coalesce($6::timestamptz, instant_now())) returning id::text`,
    [
      phone,
      client.operatorCode ?? phone.slice(1, 4),
      client.tag ?? null,
      client.timeZone ?? 'Europe/Moscow',
      client.optedOut ? new Date() : null,
      client.createdAt,
    ],
  );
  return idOf(rows);
}

export interface StoredMailing {
  readonly text?: string;
  readonly status?: 'SCHEDULED' | 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'CANCELLED';
  readonly startsAt?: string;
  readonly createdAt?: string;
  readonly window?: readonly [from: string, to: string];
  readonly deleted?: boolean;
}

/** Returns the new mailing's id; its counters are all 0 until messages are stored. */
export async function storeMailing(pool: pg.Pool, mailing: StoredMailing = {}): Promise<string> {
  const status = mailing.status ?? 'RUNNING';
  const started = status !== 'SCHEDULED';
  const { rows } = await pool.query<{ id: string }>(
    `insert into mailing (text, operator_codes, tags, starts_at, ends_at, window_from, window_to, rate_per_second, status, started_at, finished_at,
       expansion_ceiling, expanded_at, deleted_at, created_at)
     values ($1, '{900,901}', '{vip}', $2, '2099-01-01T00:00:00Z', $3, $4, 50, $5::mailing_status,
       case when $6 then instant_now() end, case when $7 then instant_now() end, case when $6 then 0 end, case when $6 then instant_now() end,
       case when $8 then instant_now() end, coalesce($9::timestamptz, instant_now())) returning id::text`,
    [
      mailing.text ?? 'Hello',
      mailing.startsAt ?? '2026-01-01T00:00:00Z',
      mailing.window?.[0] ?? null,
      mailing.window?.[1] ?? null,
      status,
      started,
      status === 'COMPLETED' || status === 'CANCELLED',
      mailing.deleted ?? false,
      mailing.createdAt,
    ],
  );
  const id = idOf(rows);
  await pool.query('insert into mailing_statistics (mailing_id) values ($1)', [id]);
  return id;
}

export type StoredStatus = 'PENDING' | 'SENT' | 'FAILED' | 'EXPIRED' | 'CANCELLED' | 'UNCONFIRMED';

export interface StoredMessage {
  readonly mailingId: string;
  /** null: the client was deleted. */
  readonly clientId: string | null;
  readonly status?: StoredStatus;
  readonly dueAt?: string;
  readonly error?: readonly [code: string, message: string, at: string];
}

/** Stores the message with its batch, and counts it. Returns its id. */
export async function storeMessage(
  pool: pg.Pool,
  { mailingId, clientId, status = 'PENDING', dueAt, error }: StoredMessage,
): Promise<string> {
  const pending = status === 'PENDING';
  const { rows } = await pool.query<{ id: string }>(
    `with b as (
       insert into batch (mailing_id, time_zone, due_at, close_at, pending)
       select $1, 'UTC', coalesce($4::timestamptz, instant_now()), 'infinity', 1 where $3::text = 'PENDING' returning id
     )
     insert into message (mailing_id, client_id, phone, batch_id, status, finished_at, attempts, error_code, error_message, error_at)
     select $1::bigint, $2::bigint, case when $2::bigint is not null or $3::text = 'PENDING' then 79000000000 end, (select id from b), $3::message_status,
       case when $3::text <> 'PENDING' then timestamptz '2026-02-03 04:05:06.789Z' end, 3, $5, $6, $7::timestamptz returning id::text`,
    [mailingId, clientId, status, dueAt ?? null, error?.[0] ?? null, error?.[1] ?? null, error?.[2] ?? null],
  );
  const column = pending ? 'pending' : status.toLowerCase();
  await pool.query(
    `update mailing_statistics set total = total + 1, ${column} = ${column} + 1, version = version + 1 where mailing_id = $1`,
    [mailingId],
  );
  return idOf(rows);
}

function idOf(rows: readonly { readonly id: string }[]): string {
  const [row] = rows;
  if (row === undefined) throw new Error('nothing was stored');
  return row.id;
}
