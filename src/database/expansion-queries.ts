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
/** Of the first chunk: sending begins after it. */
export const FIRST_CHUNK_SIZE = 4_000;
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
    `with launched as (
       update mailing set status = 'RUNNING', started_at = instant_now(), expansion_ceiling = coalesce((select max(id) from client), 0),
         version = version + 1, updated_at = instant_now()
       where id = $1::bigint and status = 'SCHEDULED'
       returning id
     )
     insert into mailing_event (mailing_id, kind) select id, 'STARTED' from launched`,
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
 * Writes the next chunk: messages zone by zone, in batches of one zone each (in which order is the plan's business); clients whose window never opens
 * become EXPIRED at once. `intervals`: per time zone when it may be sent to; null: never.
 * Index client_pkey, or client_audience / client_tag when the filter is narrow.
 */
export async function expandChunk(
  tx: Transaction,
  mailingId: string,
  filter: MailingFilter,
  intervals: ReadonlyMap<string, OpenInterval | null>,
  size: number,
): Promise<ChunkResult> {
  const zones = [...intervals.keys()];
  const rows = await tx.rows<ChunkResult>(chunkStatement(filter, size), [
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

function chunkStatement(filter: MailingFilter, size: number): string {
  const byOperator = filter.operatorCodes.length > 0 ? 'and c.operator_code = any($5::text[])' : 'and cardinality($5::text[]) = 0';
  const byTag = filter.tags.length > 0 ? 'and c.tag = any($6::text[])' : 'and cardinality($6::text[]) = 0';
  return `
  with bounds as materialized (
    select expansion_cursor, expansion_ceiling from mailing where id = $1::bigint
  ),
  -- The clients of each zone as arrays: cheaper than joining every one of them to its zone and sorting them by it.
  zone as materialized (
    select n.time_zone, z.time_zone is not null as known, ${fromMs('opens')} as opens_at, ${fromMs('closes')} as closes_at,
      n.ids, n.phones, n.clients, n.last_id
    from (
      select time_zone, array_agg(id) as ids, array_agg(phone) as phones, count(*)::int as clients, max(id) as last_id
      from (
        select c.id, c.phone, c.time_zone from client c
        where c.id > (select expansion_cursor from bounds) and c.id <= (select expansion_ceiling from bounds)
          and c.opted_out_at is null ${byOperator} ${byTag}
        order by c.id limit ${size}
      ) candidate
      group by time_zone
    ) n
    left join unnest($2::text[], $3::float8[], $4::float8[]) as z(time_zone, opens, closes) on z.time_zone = n.time_zone
  ),
  unknown as materialized (select time_zone from zone where not known),
  -- Every 500 clients of a zone become a batch.
  slot as materialized (
    select nextval(pg_get_serial_sequence('batch', 'id')) as id, time_zone, opens_at, closes_at, part,
      least(${BATCH_SIZE}, clients - ${BATCH_SIZE} * part) as pending
    from zone cross join lateral generate_series(0, (clients - 1) / ${BATCH_SIZE}) as part
    where opens_at is not null and not exists (select from unknown)
  ),
  zone_batches as materialized (
    select ids, phones, (select array_agg(s.id order by s.part) from slot s where s.time_zone = z.time_zone) as batch_ids
    from zone z where not exists (select from unknown)
  ),
  born as (
    insert into message (mailing_id, client_id, phone, batch_id, status, finished_at)
    select $1::bigint, c.id, c.phone, z.batch_ids[1 + (c.nth - 1) / ${BATCH_SIZE}],
      case when z.batch_ids is null then 'EXPIRED'::message_status else 'PENDING' end, case when z.batch_ids is null then instant_now() end
    from zone_batches z cross join lateral unnest(z.ids, z.phones) with ordinality as c(id, phone, nth)
    returning status
  ),
  filled as (
    insert into batch (id, mailing_id, time_zone, due_at, close_at, pending)
    select id, $1::bigint, time_zone, opens_at, closes_at, pending from slot
    returning due_at, close_at
  ),
  -- From what was written, and so after it: the statistics row is locked for the commit only.
  sums as materialized (select count(*) as total, count(*) filter (where status = 'PENDING') as pending from born),
  seen as materialized (select coalesce(sum(clients), 0) as n, max(last_id) as last_id from zone),
  moved as (
    update mailing m
    set expansion_cursor = case when seen.n = ${size} then seen.last_id else m.expansion_ceiling end,
      expanded_at = case when seen.n = ${size} then null else instant_now() end
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
