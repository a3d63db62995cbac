// Idempotency keys: the first call with a key does the work and leaves the id of what it made; later ones find it.
import type { Sql } from './database.ts';

export interface KeyClaim {
  /** null: the key is new, the caller does the work. */
  readonly earlier: { readonly requestHash: string; readonly resultId: string } | null;
}

/** Claims a key in the caller's transaction. A second caller waits here until the first one's transaction ends. Index: primary key. */
export async function claimKey(sql: Sql, operation: string, key: string, requestHash: string): Promise<KeyClaim> {
  const claimed = await sql.rows(
    `insert into idempotency_key (operation, key, request_hash, result_id) values ($1, $2, $3, 0) on conflict do nothing returning key`,
    [operation, key, requestHash],
  );
  if (claimed.length > 0) return { earlier: null };
  const rows = await sql.rows<{ requestHash: string; resultId: string }>(
    `select request_hash as "requestHash", result_id::text as "resultId" from idempotency_key where operation = $1 and key = $2`,
    [operation, key],
  );
  return { earlier: rows[0] ?? null };
}

export async function keepResult(sql: Sql, operation: string, key: string, resultId: string): Promise<void> {
  await sql.rows('update idempotency_key set result_id = $3::bigint where operation = $1 and key = $2', [operation, key, resultId]);
}
