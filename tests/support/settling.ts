// Batches in hand with their outcomes, and the people who change their messages meanwhile: what tests of settling share.
import type pg from 'pg';
import { leaseBatch } from '../../src/database/batch-queries.ts';
import type { LeasedBatch } from '../../src/database/batch-queries.ts';
import type { Database } from '../../src/database/database.ts';
import type { Settled } from '../../src/database/settle-queries.ts';
import { addBatch, addMailing, first, given } from './engine-seed.ts';

export const leaseMs = 60_000;

export interface Held {
  readonly mailingId: string;
  readonly batch: LeasedBatch;
  readonly ids: readonly string[];
}

/** A mailing's only batch, under a lease. */
export async function hold(pool: pg.Pool, database: Database, size: number): Promise<Held> {
  const mailingId = await addMailing(pool);
  const { messageIds } = await addBatch(pool, mailingId, { size, timeZone: 'Asia/Omsk' });
  return { mailingId, batch: given(await leaseBatch(database, mailingId, leaseMs, 500)), ids: messageIds };
}

/** Of a first attempt; what is to be tried again waits 2 s unless told otherwise. */
export function outcome(messageId: string | undefined, kind: Settled['kind'], more: Partial<Settled> = {}): Settled {
  const error =
    kind === 'accepted' ? { code: null, message: null, httpStatus: null } : { code: 'HTTP_500', message: 'no', httpStatus: 500 };
  return {
    messageId: given(messageId),
    attemptsBefore: 0,
    kind,
    latencyMs: 12,
    delayMs: kind === 'retry' || kind === 'ambiguous' ? 2_000 : 0,
    ...error,
    ...more,
  };
}

export interface MessageRow {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly batch: string;
  readonly error: string | null;
  readonly ambiguous: boolean;
  readonly finished: boolean;
}

/** In id order. */
export async function settledMessages(pool: pg.Pool): Promise<MessageRow[]> {
  const { rows } = await pool.query<MessageRow>(
    'select id::text, status, attempts, batch_id::text as batch, error_code as error, ambiguous, finished_at is not null as finished from message order by id',
  );
  return rows;
}

/** A person's transaction that stays open until `commit`. */
export async function begin(pool: pg.Pool): Promise<pg.PoolClient & { commit: () => Promise<void> }> {
  const client = await pool.connect();
  await client.query('begin');
  const commit = async (): Promise<void> => {
    await client.query('commit');
    client.release();
  };
  return Object.assign(client, { commit });
}

/** As cancelling a client's messages does it: batch, message, counters. */
export async function cancel(client: Pick<pg.PoolClient, 'query'>, messageId: string | undefined): Promise<void> {
  await client.query('select from batch where id = (select batch_id from message where id = $1) for update', [messageId]);
  await client.query(
    `with done as (update message set status = 'CANCELLED', finished_at = instant_now() where id = $1 and status = 'PENDING' returning mailing_id, batch_id),
     b as (update batch set pending = pending - 1 from done where batch.id = done.batch_id)
     update mailing_statistics s set pending = pending - 1, cancelled = cancelled + 1, version = version + 1 from done where s.mailing_id = done.mailing_id`,
    [messageId],
  );
}

/** As a change of a client's time zone does it: to a batch of its own. */
export async function move(pool: pg.Pool, messageId: string | undefined): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `with old as (select batch_id, mailing_id from message where id = $1),
     fresh as (insert into batch (mailing_id, time_zone, due_at, close_at, pending) select mailing_id, 'Asia/Tokyo', instant_now() + interval '1 hour', 'infinity', 1 from old returning id),
     moved as (update message set batch_id = (select id from fresh) where id = $1),
     left_batch as (update batch set pending = pending - 1 where id = (select batch_id from old))
     select id::text from fresh`,
    [messageId],
  );
  return first(rows).id;
}
