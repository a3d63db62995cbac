// Samples as they stand in the tables, with a clock that a test sets second by second.
import type pg from 'pg';
import { stopClock } from './seed.ts';

/** Where the clock of these tests begins. */
export const samplesBegin = '2027-06-15T09:00:00Z';

export interface StoredSample {
  /** Seconds since `samplesBegin`. */
  readonly at: number;
  readonly pending: number;
  readonly sent: number;
  readonly failed: number;
}

/** The database's clock stands still so many seconds after `samplesBegin`. */
export async function clockAt(pool: pg.Pool, seconds: number): Promise<void> {
  await stopClock(pool, new Date(Date.parse(samplesBegin) + seconds * 1_000).toISOString());
}

/** No samples, and an interval of sending that begins at the clock's instant. */
export async function clearSamples(pool: pg.Pool): Promise<void> {
  await pool.query(`truncate mailing_sample, mailing_sampling, sending_sample;
    insert into sending_sample (at, seconds, messages) values (instant_now(), 0, 0)`);
}

/** As settling does, so many of a mailing's pending messages. */
export async function settle(pool: pg.Pool, mailingId: string, { sent = 0, failed = 0, cancelled = 0 }: Partial<Settled>): Promise<void> {
  await pool.query(
    `update mailing_statistics set pending = pending - $2 - $3 - $4, sent = sent + $2, failed = failed + $3, cancelled = cancelled + $4,
       version = version + 1, updated_at = instant_now() where mailing_id = $1`,
    [mailingId, sent, failed, cancelled],
  );
}

interface Settled {
  readonly sent: number;
  readonly failed: number;
  readonly cancelled: number;
}

export async function endMailing(pool: pg.Pool, mailingId: string, status: 'COMPLETED' | 'CANCELLED'): Promise<void> {
  await pool.query('update mailing set status = $2::mailing_status, finished_at = instant_now() where id = $1', [mailingId, status]);
  await pool.query('update mailing_statistics set version = version + 1, updated_at = instant_now() where mailing_id = $1', [mailingId]);
}

export async function samplesOf(pool: pg.Pool, mailingId: string): Promise<StoredSample[]> {
  const { rows } = await pool.query<StoredSample>(
    `select extract(epoch from at - $2::timestamptz)::float8 as at, pending::int, sent::int, failed::int
     from mailing_sample where mailing_id = $1 order by mailing_sample.at`,
    [mailingId, samplesBegin],
  );
  return rows;
}

/** Mailings that the sampler looks at. */
export async function sampledMailings(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>('select mailing_id::text as id from mailing_sampling order by mailing_id');
  return rows.map(({ id }) => id);
}

export interface StoredTotal {
  /** Seconds since `samplesBegin`. */
  readonly at: number;
  readonly seconds: number;
  readonly messages: number;
}

/** The intervals of sending, oldest first, without the beginning of the first. */
export async function sendingOf(pool: pg.Pool): Promise<StoredTotal[]> {
  const { rows } = await pool.query<StoredTotal>(
    `select extract(epoch from at - $1::timestamptz)::float8 as at, seconds, messages::int from sending_sample
     where seconds > 0 order by sending_sample.at`,
    [samplesBegin],
  );
  return rows;
}
