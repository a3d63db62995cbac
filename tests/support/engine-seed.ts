// What tests of the sending engine start from: mailings and batches as the expansion would have left them, and an engine's own connection.
import type pg from 'pg';
import { openDatabase } from '../../src/database/database.ts';
import type { Database } from '../../src/database/database.ts';
import { eventually } from './eventually.ts';

export async function openEngineDatabase(url: string, connections = 8): Promise<Database> {
  return openDatabase({ url, connections, applicationName: 'engine test', statementTimeoutMs: 0, onConnectionLost: () => undefined });
}

export interface SeededMailing {
  readonly text?: string;
  readonly status?: 'SCHEDULED' | 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'CANCELLED';
  /** Milliseconds from now. */
  readonly startsInMs?: number;
  readonly endsInMs?: number;
  readonly window?: readonly [from: string, to: string];
  readonly ratePerSecond?: number;
  readonly operatorCodes?: readonly string[];
  readonly tags?: readonly string[];
  /** The audience has been passed to its end; true unless SCHEDULED. */
  readonly expanded?: boolean;
  readonly deleted?: boolean;
}

/** Returns the id. Running for an hour from now unless told otherwise, with no messages yet. */
export async function addMailing(pool: pg.Pool, mailing: SeededMailing = {}): Promise<string> {
  const status = mailing.status ?? 'RUNNING';
  const started = status !== 'SCHEDULED';
  const { rows } = await pool.query<{ id: string }>(
    `with born as (
       insert into mailing (text, status, starts_at, ends_at, window_from, window_to, rate_per_second, operator_codes, tags, started_at,
         expansion_ceiling, expanded_at, finished_at, deleted_at)
       values ($1, $2::mailing_status, instant_now() + $3::float8 * interval '1 ms', instant_now() + $4::float8 * interval '1 ms', $5, $6, $7, $8, $9,
         case when $10 then instant_now() end, case when $10 then coalesce((select max(id) from client), 0) end,
         case when $11 then instant_now() end, case when $2 in ('COMPLETED', 'CANCELLED') then instant_now() end, case when $12 then instant_now() end)
       returning id
     ),
     counters as (insert into mailing_statistics (mailing_id) select id from born)
     select id::text from born`,
    [
      mailing.text ?? 'Hello',
      status,
      mailing.startsInMs ?? -1_000,
      mailing.endsInMs ?? 3_600_000,
      mailing.window?.[0] ?? null,
      mailing.window?.[1] ?? null,
      mailing.ratePerSecond ?? null,
      mailing.operatorCodes ?? [],
      mailing.tags ?? [],
      started,
      mailing.expanded ?? started,
      mailing.deleted ?? false,
    ],
  );
  return first(rows).id;
}

export interface SeededBatch {
  readonly size: number;
  /** Milliseconds from now. */
  readonly dueInMs?: number;
  readonly closeInMs?: number;
  readonly timeZone?: string;
}

let nextClient = 5_000_000;

/** A batch of pending messages to clients that need not exist, counted. Due since a second and open for an hour unless told otherwise. */
export async function addBatch(
  pool: pg.Pool,
  mailingId: string,
  { size, dueInMs = -1_000, closeInMs = 3_600_000, timeZone = 'UTC' }: SeededBatch,
): Promise<{ readonly id: string; readonly messageIds: string[] }> {
  const clientsFrom = nextClient;
  nextClient += size;
  const { rows } = await pool.query<{ id: string; messageIds: string[] }>(
    `with b as (
       insert into batch (mailing_id, time_zone, due_at, close_at, pending)
       values ($1, $2, instant_now() + $3::float8 * interval '1 ms', instant_now() + $4::float8 * interval '1 ms', $5) returning id
     ),
     born as (
       insert into message (mailing_id, client_id, phone, batch_id)
       select $1::bigint, c, 79000000000 + c, b.id from b, generate_series($6::bigint, $6::bigint + $5::bigint - 1) c returning id
     ),
     counted as (update mailing_statistics set total = total + $5, pending = pending + $5, version = version + 1 where mailing_id = $1)
     select (select id::text from b) as id, (select array_agg(id::text order by id) from born) as "messageIds"`,
    [mailingId, timeZone, dueInMs, closeInMs, size, clientsFrom],
  );
  return first(rows);
}

/** Every lease of the mailing ran out. */
export async function expireLeases(pool: pg.Pool): Promise<void> {
  await pool.query("update batch set lease_until = instant_now() - interval '1 second' where lease_token is not null");
}

/** Removes every row of the engine, so that tests of one file do not see each other's. */
export async function clearEngine(pool: pg.Pool): Promise<void> {
  await pool.query(`
    truncate client, client_zone_counter, mailing, mailing_statistics, mailing_quarter, mailing_event, mailing_sample, mailing_sampling, batch, message, message_attempt, provider_answers, rate_grant, daily_report, webhook_delivery;
    update webhook_switch set enabled = false;
    update provider_gate set state = 'OPEN', reason_code = null, reason = null, blocked_until = null, closings = 0, probe_token = null,
      probe_until = null, probes_passed = 0, opened_at = null, version = version + 1;
    delete from graphile_worker._private_jobs;`);
}

/** The database's clock shows `iso` now and goes on from there: the one clock that decides. */
export async function setClock(pool: pg.Pool, iso: string): Promise<void> {
  await pool.query(`do $$ begin execute format(
    'create or replace function instant_now() returns timestamptz language sql stable parallel safe return statement_timestamp() + interval %L',
    timestamptz '${iso}' - statement_timestamp()); end $$`);
}

export interface WaitingJob {
  readonly key: string;
  /** From now, rounded; 0 when it may run at once. */
  readonly inSeconds: number;
}

/** The jobs that wait, by key. */
export async function waitingJobs(pool: pg.Pool): Promise<WaitingJob[]> {
  const { rows } = await pool.query<WaitingJob>(
    'select key, greatest(0, round(extract(epoch from run_at - now())))::int as "inSeconds" from graphile_worker.jobs where key is not null and locked_at is null order by key',
  );
  return rows;
}

export interface Counts {
  readonly total: number;
  readonly pending: number;
  readonly sent: number;
  readonly failed: number;
  readonly expired: number;
  readonly cancelled: number;
  readonly unconfirmed: number;
}

export async function countsOf(pool: pg.Pool, mailingId: string): Promise<Counts> {
  const { rows } = await pool.query<Counts>(
    `select total::int, pending::int, sent::int, failed::int, expired::int, cancelled::int, unconfirmed::int
     from mailing_statistics where mailing_id = $1`,
    [mailingId],
  );
  return first(rows);
}

export async function statusOf(pool: pg.Pool, mailingId: string): Promise<string | null> {
  const { rows } = await pool.query<{ status: string }>('select status from mailing where id = $1', [mailingId]);
  return rows[0]?.status ?? null;
}

/** How many messages there are in each status, over the whole database. */
export async function statusesOf(pool: pg.Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ status: string; n: number }>('select status, count(*)::int as n from message group by status');
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
}

/** Where counters and rows disagree, in words: always nothing, unless a promise is broken. Over all mailings that have their messages. */
export async function faultsOfCounters(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ fault: string }>(`
    with emptied as (select id from mailing where messages_removed_at is not null),
    found as (select mailing_id, status, count(*) as n from message where mailing_id not in (select id from emptied) group by mailing_id, status),
    counted as (
      select s.mailing_id, c.status::message_status, c.n, s.total, s.pending + s.sent + s.failed + s.expired + s.cancelled + s.unconfirmed as parts
      from mailing_statistics s cross join lateral (values ('PENDING', s.pending), ('SENT', s.sent), ('FAILED', s.failed), ('EXPIRED', s.expired),
        ('CANCELLED', s.cancelled), ('UNCONFIRMED', s.unconfirmed)) as c(status, n)
      where s.mailing_id not in (select id from emptied)
    )
    select format('mailing %s: %s counted as %s, %s rows', mailing_id, status, coalesce(c.n, 0), coalesce(f.n, 0)) as fault
      from counted c full join found f using (mailing_id, status) where coalesce(c.n, 0) <> coalesce(f.n, 0)
    union all
    select format('mailing %s: total %s, parts %s', mailing_id, total, parts) from counted where total <> parts
    union all
    select format('batch %s: pending %s, %s rows', b.id, b.pending, coalesce(p.n, 0))
      from batch b left join (select batch_id, count(*) as n from message where status = 'PENDING' group by batch_id) p on p.batch_id = b.id
      where b.pending <> coalesce(p.n, 0)
    union all
    select format('message %s is pending in batch %s, which is not there', id, batch_id)
      from message g where status = 'PENDING' and not exists (select from batch b where b.id = g.batch_id and b.mailing_id = g.mailing_id)`);
  return rows.map((row) => row.fault);
}

/** Until some statement of the engine waits for a lock. */
export async function waitForLock(pool: pg.Pool): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await pool.query(
      "select from pg_stat_activity where datname = current_database() and application_name = 'engine test' and wait_event_type = 'Lock'",
    );
    return (rowCount ?? 0) > 0;
  });
}

/** The value, when a test says that there is one. */
export function given<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('there is nothing where the test expects something');
  return value;
}

export function first<T>(values: readonly T[]): T {
  return given(values[0]);
}
