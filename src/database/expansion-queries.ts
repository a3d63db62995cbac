// Expansion: clients of a mailing's audience become messages and batches, one keyset chunk at a time.
// Every function runs inside the chunk's transaction, which holds the client directory lock (shared) and the mailing row.
import type { MailingFilter } from '../domain/mailing.ts';
import type { EpochMs, OpenInterval } from '../domain/send-window.ts';
import type { Transaction } from './database.ts';
import { fromMs, toMs } from './instant.ts';
import { CLIENT_DIRECTORY_LOCK } from './locks.ts';
import { mailingColumns } from './records.ts';
import type { MailingRecord } from './records.ts';

/** Clients looked at per chunk: about 0.2 s of work, so nothing waits long for the locks. */
export const CHUNK_SIZE = 20_000;
/** Messages per batch: large enough that a lease costs little per message, small enough to spread over lanes. */
export const BATCH_SIZE = 500;

export interface ExpandingMailing extends MailingRecord {
  readonly now: EpochMs;
  readonly expanded: boolean;
  readonly deleted: boolean;
}

/** Locks the client directory (shared) and the mailing (no key update), and reads it. null when it does not exist. */
export async function lockExpandingMailing(tx: Transaction, mailingId: string): Promise<ExpandingMailing | null> {
  await tx.rows('select pg_advisory_xact_lock_shared($1)', [CLIENT_DIRECTORY_LOCK]);
  const rows = await tx.rows<ExpandingMailing>(
    `select ${mailingColumns}, ${toMs('instant_now()')} as now, m.expanded_at is not null as expanded, m.deleted_at is not null as deleted
     from mailing m where m.id = $1::bigint for no key update`,
    [mailingId],
  );
  return rows[0] ?? null;
}

/** SCHEDULED -> RUNNING, with the audience closed at the newest client of this moment. */
export async function launchMailing(tx: Transaction, mailingId: string): Promise<void> {
  await tx.rows(
    `update mailing set status = 'RUNNING', started_at = instant_now(), expansion_ceiling = coalesce((select max(id) from client), 0),
       version = version + 1, updated_at = instant_now()
     where id = $1::bigint and status = 'SCHEDULED'`,
    [mailingId],
  );
  await tx.rows(`update mailing_statistics set version = version + 1, updated_at = instant_now() where mailing_id = $1::bigint`, [
    mailingId,
  ]);
}

export interface ChunkResult {
  /** Zones of this chunk that `intervals` does not know: nothing was written, call again with them. */
  readonly unknownZones: string[] | null;
  readonly total: number;
  readonly pending: number;
  readonly batches: number;
  readonly earliestDueAt: EpochMs | null;
  readonly earliestCloseAt: EpochMs | null;
  /** The audience has been passed to its end. */
  readonly done: boolean;
}

/**
 * Writes the next chunk: messages in client order, grouped in batches of one time zone; clients whose window never opens
 * become EXPIRED at once. `intervals`: per time zone when it may be sent to; null: never.
 * Index client_pkey, or client_audience / client_tag when the filter is narrow.
 */
export async function expandChunk(
  tx: Transaction,
  mailingId: string,
  filter: MailingFilter,
  intervals: ReadonlyMap<string, OpenInterval | null>,
): Promise<ChunkResult> {
  const zones = [...intervals.keys()];
  const rows = await tx.rows<ChunkResult>(chunkStatement(filter), [
    mailingId,
    zones,
    zones.map((zone) => intervals.get(zone)?.opensAt ?? null),
    zones.map((zone) => intervals.get(zone)?.closesAt ?? null),
    filter.operatorCodes,
    filter.tags,
  ]);
  const row = rows[0];
  if (row === undefined) throw new Error('expansion: the chunk statement always returns a row');
  return row;
}

function chunkStatement(filter: MailingFilter): string {
  const byOperator = filter.operatorCodes.length > 0 ? 'and c.operator_code = any($5::text[])' : 'and cardinality($5::text[]) = 0';
  const byTag = filter.tags.length > 0 ? 'and c.tag = any($6::text[])' : 'and cardinality($6::text[]) = 0';
  return `
  with bounds as materialized (select expansion_cursor, expansion_ceiling from mailing where id = $1::bigint),
  candidate as materialized (
    select c.id, c.phone, c.time_zone from client c
    where c.id > (select expansion_cursor from bounds) and c.id <= (select expansion_ceiling from bounds)
      and c.opted_out_at is null ${byOperator} ${byTag}
    order by c.id limit ${CHUNK_SIZE}
  ),
  zone as materialized (
    select time_zone, ${fromMs('opens')} as opens_at, ${fromMs('closes')} as closes_at
    from unnest($2::text[], $3::float8[], $4::float8[]) as z(time_zone, opens, closes)
  ),
  unknown as materialized (select distinct time_zone from candidate where time_zone not in (select time_zone from zone)),
  -- Every 500th client of a zone begins a slot, which becomes a batch; slots are numbered through, so that one number joins them.
  placed as materialized (
    select id, phone, time_zone, opens_at, closes_at,
      case when opens_at is not null then count(*) filter (where place % ${BATCH_SIZE} = 0) over (order by time_zone, id) end as slot
    from (
      select c.id, c.phone, c.time_zone, z.opens_at, z.closes_at, row_number() over (partition by c.time_zone order by c.id) - 1 as place
      from candidate c join zone z on z.time_zone = c.time_zone
      where not exists (select from unknown)
    ) counted
  ),
  slot as materialized (
    select nextval(pg_get_serial_sequence('batch', 'id')) as id, slot, time_zone, opens_at, closes_at
    from (select slot, min(time_zone) as time_zone, min(opens_at) as opens_at, min(closes_at) as closes_at from placed where slot is not null group by slot order by slot) s
  ),
  born as (
    insert into message (mailing_id, client_id, phone, batch_id, status, finished_at)
    select $1::bigint, p.id, p.phone, s.id,
      case when s.id is null then 'EXPIRED' else 'PENDING' end::message_status, case when s.id is null then instant_now() end
    from placed p left join slot s on s.slot = p.slot
    order by p.slot, p.id
    on conflict (client_id, mailing_id) do nothing
    returning batch_id, status
  ),
  filled as (
    insert into batch (id, mailing_id, time_zone, due_at, close_at, pending)
    select s.id, $1::bigint, s.time_zone, s.opens_at, s.closes_at, n.pending
    from slot s join (select batch_id, count(*)::int as pending from born where status = 'PENDING' group by batch_id) n on n.batch_id = s.id
    returning due_at, close_at
  ),
  sums as materialized (select count(*) as total, count(*) filter (where status = 'PENDING') as pending from born),
  seen as materialized (select count(*) as n, max(id) as last_id from candidate),
  moved as (
    update mailing m
    set expansion_cursor = case when seen.n = ${CHUNK_SIZE} then seen.last_id else m.expansion_ceiling end,
      expanded_at = case when seen.n = ${CHUNK_SIZE} then null else instant_now() end
    from seen where m.id = $1::bigint and not exists (select from unknown)
    returning m.expanded_at
  ),
  counted as (
    update mailing_statistics s
    set total = s.total + sums.total, pending = s.pending + sums.pending, expired = s.expired + sums.total - sums.pending,
      version = s.version + 1, updated_at = instant_now()
    from sums where s.mailing_id = $1::bigint and sums.total > 0
  )
  select (select array_agg(time_zone) from unknown) as "unknownZones", sums.total::float8 as total, sums.pending::float8 as pending,
    (select count(*)::int from filled) as batches, (select ${toMs('min(due_at)')} from filled) as "earliestDueAt",
    (select ${toMs('min(close_at)')} from filled) as "earliestCloseAt", exists (select from moved where expanded_at is not null) as done
  from sums`;
}
