// Rate caps over all workers: each whole second of database time has as many slots as the cap; a grant takes the next free ones.
import type { EpochMs } from '../domain/send-window.ts';
import type { Sql } from './database.ts';

export interface RateCap {
  /** 'provider' or 'mailing:ID'. */
  readonly key: string;
  readonly perSecond: number;
}

/**
 * Where in its second a slot lies, as parts of it. The margins at both ends keep a request in its own second although clocks are not
 * read exactly (at the start) and requests start and arrive late (at the end); they cost nothing, as every slot lies between them.
 */
export const FIRST_SLOT_AT = 0.05;
export const LAST_SLOT_BEFORE = 0.7;
/** A slot whose turn is over by less than this may still be taken: a look at the database takes its time. Part of a second. */
const LATE = 0.06;

export interface RateGrant {
  /** Epoch second the slots lie in. */
  readonly second: number;
  /** How many slots were taken under every cap; 0: this second is used up, or is not the one that was asked for. */
  readonly granted: number;
  /** Database time of the grant. */
  readonly now: EpochMs;
  /** Per cap, in the order of `key`: its first slot and how many slots its second has. */
  readonly firsts: number[];
  readonly caps: number[];
}

/**
 * Takes up to `wanted` slots of `second`, for which the caps hold, under all caps at once; nothing unless the database is in that second.
 * Slots whose turn is over are skipped, so a pause never turns into a burst. null: a key has no row. Locks one row per cap, in key order.
 */
export async function takeSlots(sql: Sql, caps: readonly RateCap[], second: number, wanted: number): Promise<RateGrant | null> {
  const rows = await sql.rows<RateGrant>(takeStatement, [caps.map((cap) => cap.key), caps.map((cap) => cap.perSecond), wanted, second]);
  return rows[0] ?? null;
}

// The turn of slot n lasts from FIRST + n / cap * width to that of slot n + 1.
// The statement's clock stands still while it waits for a row: a row that is already in a later second grants nothing. One that is far
// ahead was written before the clock was set back: it counts as old.
const takeStatement = `
  with clock as materialized (
    select floor(e)::bigint as second, e - floor(e) as fraction, floor(e * 1000)::float8 as now from (select extract(epoch from instant_now())::float8 as e) t
  ),
  held as materialized (
    select g.key, g.second, g.granted, cap.per_second
    from rate_grant g join unnest($1::text[], $2::int[]) as cap(key, per_second) on cap.key = g.key
    order by g.key for update of g
  ),
  room as materialized (
    select held.key, held.per_second, held.second > clock.second and held.second < clock.second + 5 as late,
      greatest(
        case when held.second = clock.second then held.granted else 0 end,
        floor((clock.fraction - ${LATE} - ${FIRST_SLOT_AT}) / ${LAST_SLOT_BEFORE - FIRST_SLOT_AT} * held.per_second)::int
      ) as used
    from held cross join clock
  ),
  taken as materialized (
    select case when bool_or(late) or clock.second <> $4::float8 then 0 else greatest(0, least($3::int, min(per_second - used))) end as n
    from room cross join clock group by clock.second
  ),
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
