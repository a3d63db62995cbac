// The outbox of webhooks: rows that triggers write in the transactions of the events, taken, tried and kept for a while.
import type { EpochMs } from '../domain/send-window.ts';
import type { WebhookEvent } from '../domain/webhook.ts';
import type { Sql } from './database.ts';
import { toMs } from './instant.ts';

/** From the next transaction on events are written down, or not. Locks the one row when that is a change. */
export async function switchWebhooks(sql: Sql, enabled: boolean): Promise<void> {
  await sql.rows('update webhook_switch set enabled = $1::boolean where enabled <> $1::boolean', [enabled]);
}

export interface ClaimedWebhook {
  readonly rowId: string;
  readonly event: WebhookEvent;
  /** This one included. */
  readonly attempts: number;
  /** What the database's clock shows. */
  readonly now: EpochMs;
}

/**
 * Takes up to `most` events whose time has come for `leaseMs`, the one that waits longest first. A claim that nobody ended lapses.
 * Index webhook_delivery_due. Locks the rows, passing by those that others hold.
 */
export async function claimWebhooks(sql: Sql, most: number, leaseMs: number): Promise<ClaimedWebhook[]> {
  const rows = await sql.rows<Omit<ClaimedWebhook, 'event'> & WebhookEvent>(claimStatement, [most, leaseMs]);
  return rows.map(({ rowId, attempts, now, ...event }) => ({ rowId, attempts, now, event }));
}

const claimStatement = `
  update webhook_delivery d set attempts = d.attempts + 1, lease_until = instant_now() + $2::float8 * interval '1 ms'
  where d.id = any (array(
    select id from webhook_delivery
    where status = 'DUE' and next_try_at <= instant_now() and (lease_until is null or lease_until <= instant_now())
    order by next_try_at, id limit $1::int for update skip locked
  ))
  returning d.id::text as "rowId", d.attempts, ${toMs('instant_now()')} as now, 'msg_' || d.webhook_id as id, d.type, ${toMs('d.at')} as at, d.data`;

/** It is over. `error` null: the receiver has it. Idempotent. */
export async function endWebhook(sql: Sql, rowId: string, error: string | null): Promise<void> {
  await sql.rows(
    `update webhook_delivery set status = case when $2::text is null then 'DELIVERED' else 'GIVEN_UP' end, ended_at = instant_now(),
       last_error = $2::text, lease_until = null
     where id = $1::bigint and status = 'DUE'`,
    [rowId, error],
  );
}

/** From so many milliseconds on somebody may try again. */
export async function postponeWebhook(sql: Sql, rowId: string, error: string, delayMs: number): Promise<void> {
  await sql.rows(
    `update webhook_delivery set next_try_at = instant_now() + $3::float8 * interval '1 ms', last_error = $2::text, lease_until = null
     where id = $1::bigint and status = 'DUE'`,
    [rowId, error, delayMs],
  );
}

/** When the next attempt may be made; null: nothing waits. Looks at all that wait, which are few. Index webhook_delivery_due. No lock. */
export async function nextWebhookAt(sql: Sql): Promise<EpochMs | null> {
  const rows = await sql.rows<{ at: EpochMs }>(
    `select ${toMs('greatest(next_try_at, lease_until)')} as at from webhook_delivery where status = 'DUE' order by greatest(next_try_at, lease_until) limit 1`,
  );
  return rows[0]?.at ?? null;
}

/** As if it had not been taken: its request was broken off from our side. */
export async function giveBackWebhook(sql: Sql, rowId: string): Promise<void> {
  await sql.rows(
    `update webhook_delivery set attempts = attempts - 1, lease_until = null where id = $1::bigint and status = 'DUE' and lease_until is not null`,
    [rowId],
  );
}

/** Events of more than 4 days ago, which is longer than all attempts take: nobody was there to tell them. Returns their types. Index webhook_delivery_due. */
export async function giveUpStaleWebhooks(sql: Sql): Promise<{ readonly id: string; readonly type: string }[]> {
  return sql.rows(
    `update webhook_delivery set status = 'GIVEN_UP', ended_at = instant_now(), lease_until = null
     where status = 'DUE' and at < instant_now() - interval '4 days' and (lease_until is null or lease_until <= instant_now())
     returning 'msg_' || webhook_id as id, type`,
  );
}

/** Events that have been over for a week tell nobody anything more. Index webhook_delivery_ended. */
export async function forgetOldWebhooks(sql: Sql): Promise<void> {
  await sql.rows(`delete from webhook_delivery where ended_at < instant_now() - interval '7 days'`);
}
