// What tests of the mutations start from: messages of given clients in given states, and what is in the tables afterwards.
// Mailings, counters and the proof of the counters are in engine-seed.ts, clients in stored-rows.ts.
import type pg from 'pg';
import type { MessageStatus } from '../../src/domain/message.ts';
import { first } from './engine-seed.ts';
import { eventually } from './eventually.ts';
import { storeClient } from './stored-rows.ts';
import type { StoredClient } from './stored-rows.ts';

/** From now on the database's clock stands still at this instant; null: it runs again. */
export async function stopClock(pool: pg.Pool, at: string | null): Promise<void> {
  const now = at === null ? 'statement_timestamp()' : `timestamptz '${new Date(at).toISOString()}'`;
  await pool.query(`create or replace function instant_now() returns timestamptz language sql stable parallel safe return ${now}`);
}

export async function storeClients(pool: pg.Pool, count: number, client: StoredClient = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push(await storeClient(pool, client));
  return ids;
}

export interface SeededMessages {
  readonly status?: MessageStatus;
  readonly timeZone?: string;
  /** PostgreSQL timestamp text. Of the batch; only PENDING messages have one. */
  readonly dueAt?: string;
  readonly closeAt?: string;
  readonly notBefore?: string | null;
  /** Milliseconds from now; the batch is somebody's until then. */
  readonly leasedForMs?: number;
  readonly rescues?: number;
  readonly attempts?: number;
}

export interface SeededBatchOf {
  /** null: the messages are not PENDING. */
  readonly batchId: string | null;
  readonly leaseToken: string | null;
  readonly messageIds: string[];
}

/** One message for each client, in one batch when they are PENDING, counted. Their phones are the clients'. */
export async function addMessages(
  pool: pg.Pool,
  mailingId: string,
  clientIds: readonly string[],
  messages: SeededMessages = {},
): Promise<SeededBatchOf> {
  const { status = 'PENDING', timeZone = 'Europe/Moscow', rescues = 0, attempts = 0 } = messages;
  const { rows } = await pool.query<SeededBatchOf>(
    `with b as (
       insert into batch (mailing_id, time_zone, due_at, close_at, not_before, pending, rescues, lease_token, lease_until)
       select $1, $4, coalesce($5::timestamptz, instant_now() - interval '1 second'), coalesce($6::timestamptz, m.ends_at), $7::timestamptz,
         cardinality($2::bigint[]), $9, case when $8::float8 is not null then nextval('lease_token_seq') end, instant_now() + $8::float8 * interval '1 ms'
       from mailing m where m.id = $1 and $3 = 'PENDING'
       returning id, lease_token
     ),
     born as (
       insert into message (mailing_id, client_id, phone, batch_id, status, finished_at, attempts, error_code, error_message, error_at)
       select $1, c.id, c.phone, b.id, $3::message_status, case when $3 <> 'PENDING' then instant_now() end, $10,
         case when $3 in ('FAILED', 'UNCONFIRMED') then 'HTTP_400' end, case when $3 in ('FAILED', 'UNCONFIRMED') then 'no' end,
         case when $3 in ('FAILED', 'UNCONFIRMED') then instant_now() end
       from client c left join b on true where c.id = any($2::bigint[]) order by c.id
       returning id
     ),
     counted as (
       update mailing_statistics set total = total + cardinality($2::bigint[]), ${status.toLowerCase()} = ${status.toLowerCase()} + cardinality($2::bigint[])
       where mailing_id = $1
     )
     select (select id::text from b) as "batchId", (select lease_token::text from b) as "leaseToken", (select array_agg(id::text order by id) from born) as "messageIds"`,
    [
      mailingId,
      clientIds,
      status,
      timeZone,
      messages.dueAt ?? null,
      messages.closeAt ?? null,
      messages.notBefore ?? null,
      messages.leasedForMs ?? null,
      rescues,
      attempts,
    ],
  );
  return first(rows);
}

/** Instants as ISO text. */
export interface BatchRow {
  readonly id: string;
  readonly timeZone: string;
  readonly dueAt: string;
  readonly closeAt: string;
  readonly notBefore: string | null;
  readonly pending: number;
  readonly leaseToken: string | null;
  readonly leaseUntil: string | null;
  readonly rescues: number;
}

/** In id order. */
export async function batchesOf(pool: pg.Pool, mailingId: string): Promise<BatchRow[]> {
  const { rows } = await pool.query<BatchRow>(
    `select id::text, time_zone as "timeZone", ${iso('due_at')} as "dueAt", ${iso('close_at')} as "closeAt", ${iso('not_before')} as "notBefore", pending,
       lease_token::text as "leaseToken", ${iso('lease_until')} as "leaseUntil", rescues
     from batch where mailing_id = $1 order by batch.id`,
    [mailingId],
  );
  return rows;
}

export interface MessageRow {
  readonly id: string;
  readonly clientId: string | null;
  readonly phone: string | null;
  readonly status: MessageStatus;
  readonly batchId: string | null;
  readonly attempts: number;
  readonly finishedAt: string | null;
}

/** In id order. */
export async function messagesOf(pool: pg.Pool, mailingId: string): Promise<MessageRow[]> {
  const { rows } = await pool.query<MessageRow>(
    `select id::text, client_id::text as "clientId", phone::text, status, batch_id::text as "batchId", attempts, ${iso('finished_at')} as "finishedAt"
     from message where mailing_id = $1 order by message.id`,
    [mailingId],
  );
  return rows;
}

/** When each job that waits runs, by task, as ISO text in the database's time; 'now' when it is due. */
export async function jobsOf(pool: pg.Pool, mailingId: string): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ task: string; key: string; at: string; due: boolean }>(
    // A clock that stands still and the queue's own clock drift apart by the time the statements took: rounded to the minute.
    `select task_identifier as task, split_part(key, ':', 1) as key, run_at <= now() as due,
       ${iso("date_trunc('minute', instant_now() + (run_at - now()) + interval '30 seconds')")} as at
     from graphile_worker.jobs where split_part(key, ':', 2) = $1`,
    [mailingId],
  );
  return Object.fromEntries(
    rows.map(({ task, key, at, due }) => [task === key ? task : `${task} under the key of ${key}`, due ? 'now' : at]),
  );
}

export async function removeJobs(pool: pg.Pool): Promise<void> {
  await pool.query('delete from graphile_worker._private_jobs');
}

export async function statisticsVersion(pool: pg.Pool, mailingId: string): Promise<number> {
  const { rows } = await pool.query<{ version: number }>('select version::int from mailing_statistics where mailing_id = $1', [mailingId]);
  return first(rows).version;
}

function iso(expression: string): string {
  return `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
}

/** Until so many statements of the mutations and of the engine wait for a lock. */
export async function waitForLocks(pool: pg.Pool, count: number): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await pool.query(
      "select from pg_stat_activity where datname = current_database() and application_name = 'engine test' and wait_event_type = 'Lock'",
    );
    return rowCount === count;
  });
}

/**
 * Until whoever waits for a lock has looked for a deadlock, which PostgreSQL does once, a second after a wait begins. Of two who meet in a
 * deadlock after that, the other one finds it and fails.
 */
export async function waitPastDeadlockChecks(pool: pg.Pool): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await pool.query(
      `select from pg_locks l join pg_stat_activity a on a.pid = l.pid and a.datname = current_database()
       where not l.granted and clock_timestamp() - l.waitstart < interval '1.2 seconds'`,
    );
    return rowCount === 0;
  });
}

/**
 * Runs `steps` at once while the test itself holds a row, each only when the one before waits for a lock: they get it in this order.
 * `lock` is a statement that locks it, with one parameter. `patient`: the first to wait is not the one to find a deadlock.
 */
export async function inTheWay(
  pool: pg.Pool,
  lock: string,
  id: string,
  steps: readonly (() => Promise<unknown>)[],
  { patient = false }: { readonly patient?: boolean } = {},
): Promise<void> {
  const holder = await pool.connect();
  const running: Promise<unknown>[] = [];
  try {
    await holder.query('begin');
    await holder.query(lock, [id]);
    for (const step of steps) {
      running.push(step());
      await Promise.race([waitForLocks(pool, running.length), ...running]);
    }
    if (patient) await waitPastDeadlockChecks(pool);
  } finally {
    await holder.query('commit');
    holder.release();
    await Promise.all(running);
  }
}
