// Idempotency keys: the first call with a key does the work and leaves the id of what it made; later ones find it.
import type { Sql } from './database.ts';

/** What a key was used for before. */
export interface EarlierUse {
  /** Empty: forgotten, with what it created. */
  readonly requestHash: string;
  readonly resultId: string;
}

/**
 * Claims a key in the caller's transaction; null: it is new, and the caller does the work. A second caller waits here until the first
 * one's transaction ends. Index: primary key.
 */
export async function claimKey(sql: Sql, operation: string, key: string, requestHash: string): Promise<EarlierUse | null> {
  for (;;) {
    const claimed = await sql.rows(
      `insert into idempotency_key (operation, key, request_hash, result_id) values ($1, $2, $3, 0) on conflict do nothing returning key`,
      [operation, key, requestHash],
    );
    if (claimed.length > 0) return null;
    const earlier = await findKey(sql, operation, key);
    if (earlier !== null) return earlier;
  }
}

/** What the key was used for; null when it is new. Index: primary key. */
export async function findKey(sql: Sql, operation: string, key: string): Promise<EarlierUse | null> {
  const rows = await sql.rows<EarlierUse>(
    `select request_hash as "requestHash", result_id::text as "resultId" from idempotency_key where operation = $1 and key = $2`,
    [operation, key],
  );
  return rows[0] ?? null;
}

/** Notes what a claimed key created. Index: primary key. */
export async function keepResult(sql: Sql, operation: string, key: string, resultId: string): Promise<void> {
  await sql.rows('update idempotency_key set result_id = $3::bigint where operation = $1 and key = $2', [operation, key, resultId]);
}

/** Takes away what a client was created with, which its hash would let one guess. The key stays used up. Index idempotency_key_client. */
export async function forgetRequestOf(sql: Sql, clientId: string): Promise<void> {
  await sql.rows(`update idempotency_key set request_hash = '' where operation = 'createClient' and result_id = $1::bigint`, [clientId]);
}

/** A retry comes within minutes, at the latest after a weekend: keys are kept for 7 days. Index idempotency_key_created. */
export async function forgetOldKeys(sql: Sql): Promise<void> {
  await sql.rows(`delete from idempotency_key where created_at < instant_now() - interval '7 days'`);
}
