// Rate caps over all workers: each whole second of database time has as many slots as the cap; a grant takes the next free ones.
import type { Sql } from './database.ts';

export interface RateCap {
  /** 'provider' or 'mailing:ID'. */
  readonly key: string;
  readonly perSecond: number;
}

export interface RateGrant {
  /** Epoch second the slots lie in. */
  readonly second: number;
  /** How many slots were taken under every cap; 0: this second is used up. */
  readonly granted: number;
  /** Database time of the grant in epoch milliseconds. */
  readonly now: number;
  /** Per cap, in the order of `key`: its first slot and how many slots its second has. */
  readonly firsts: number[];
  readonly caps: number[];
}

/**
 * Takes up to `wanted` slots of the current second under all caps at once. Slots that lie in the past are skipped, so a pause never
 * turns into a burst. Locks one row per cap, in key order.
 */
export async function takeSlots(sql: Sql, caps: readonly RateCap[], wanted: number): Promise<RateGrant | null> {
  const rows = await sql.rows<RateGrant>(takeStatement, [caps.map((cap) => cap.key), caps.map((cap) => cap.perSecond), wanted]);
  return rows[0] ?? null;
}

// The statement's clock stands still while it waits for a row: a row that is already in a later second grants nothing.
const takeStatement = `
  with clock as materialized (select floor(e)::bigint as second, e - floor(e) as fraction, floor(e * 1000)::float8 as now from (select extract(epoch from instant_now())::float8 as e) t),
  held as materialized (
    select g.key, g.second, g.granted, cap.per_second
    from rate_grant g join unnest($1::text[], $2::int[]) as cap(key, per_second) on cap.key = g.key
    order by g.key for update of g
  ),
  room as materialized (
    select held.key, held.per_second, held.second > clock.second as late,
      greatest(case when held.second = clock.second then held.granted else 0 end, floor(clock.fraction * held.per_second)::int) as used
    from held cross join clock
  ),
  taken as materialized (select case when bool_or(late) then 0 else greatest(0, least($3::int, min(per_second - used))) end as n from room),
  changed as (
    update rate_grant g set second = clock.second, granted = room.used + taken.n
    from room, taken, clock where g.key = room.key and taken.n > 0
  )
  select clock.second::float8 as second, clock.now, taken.n as granted,
    (select array_agg(used order by key) from room) as firsts, (select array_agg(per_second order by key) from room) as caps
  from clock cross join taken
  where (select count(*) from room) = cardinality($1::text[])`;

/** Makes the rows that takeSlots locks. Idempotent. */
export async function addRateKeys(sql: Sql, keys: readonly string[]): Promise<void> {
  await sql.rows(
    'insert into rate_grant (key, second, granted) select key, 0, 0 from unnest($1::text[]) as k(key) on conflict do nothing',
    [keys],
  );
}

/** Removes rows that nobody used for an hour, those of mailings that are over among them. Whoever needs one again adds it. */
export async function removeUnusedRateKeys(sql: Sql): Promise<void> {
  await sql.rows('delete from rate_grant where second < extract(epoch from instant_now()) - 3600');
}
