// The clock that decides, moved: instant_now() of one database, which every statement of a running service asks.
import type pg from 'pg';

/** Moves the database's clock by so many milliseconds, on top of earlier moves; statements prepared before see it as well. */
export async function moveClock(pool: pg.Pool, ms: number): Promise<void> {
  await setClock(pool, Math.round(await aheadMs(pool)) + ms);
}

/** By how many milliseconds it is ahead of this machine's; exact, however long the answer takes. */
export async function aheadMs(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ ahead: number }>(
    'select extract(epoch from instant_now() - statement_timestamp())::float8 * 1000 as ahead',
  );
  return rows[0]?.ahead ?? Number.NaN;
}

/** The clock runs as it does elsewhere again. */
export async function resetClock(pool: pg.Pool): Promise<void> {
  await setClock(pool, 0);
}

async function setClock(pool: pg.Pool, ms: number): Promise<void> {
  await pool.query(
    `create or replace function instant_now() returns timestamptz language sql stable parallel safe return statement_timestamp() + interval '${ms} ms'`,
  );
}

/** What the database's clock shows, in epoch milliseconds. */
export async function databaseNow(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ now: number }>('select extract(epoch from instant_now())::float8 * 1000 as now');
  return rows[0]?.now ?? Number.NaN;
}
