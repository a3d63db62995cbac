// Creating with an idempotency key: the same key and input give the first result again, however often and however concurrently.
import { createHash } from 'node:crypto';
import type { Transaction } from '../database/database.ts';
import { claimKey, keepResult } from '../database/idempotency-queries.ts';
import { reject } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';

const MOST_KEY_LENGTH = 200;

interface Creation<Created extends { readonly id: string }> {
  readonly operation: 'createClient' | 'createMailing';
  /** null: create without a key. */
  readonly key: string | null;
  /** The checked input: what it means, not how it was written. */
  readonly input: unknown;
  readonly create: (tx: Transaction) => Promise<Created>;
  /** What an earlier call created, as it is now. null: deleted since. */
  readonly find: (tx: Transaction, id: string) => Promise<Created | null>;
}

/** Runs in the caller's transaction: the key and what it stands for are stored together or not at all. */
export async function createOnce<Created extends { readonly id: string }>(tx: Transaction, creation: Creation<Created>): Promise<Result<Created>> {
  const { operation, key, input, create, find } = creation;
  if (key === null) return { ok: true, value: await create(tx) };
  const requestHash = createHash('sha256').update(JSON.stringify(input)).digest('base64url');
  const { earlier } = await claimKey(tx, operation, key, requestHash);
  if (earlier === null) {
    const created = await create(tx);
    await keepResult(tx, operation, key, created.id);
    return { ok: true, value: created };
  }
  if (earlier.requestHash !== requestHash) return keyFault('this key was used with another input; take a new one');
  const found = await find(tx, earlier.resultId);
  if (found !== null) return { ok: true, value: found };
  return reject({ code: 'NOT_FOUND', field: ['idempotencyKey'], message: 'what this key created has been deleted; take a new key to create it again' });
}

/** null when the key can be used. Keys are kept as they are: 1 to 200 characters. */
export function keyFaultOf(key: string | null): ReturnType<typeof reject> | null {
  if (key === null || (key.length > 0 && key.length <= MOST_KEY_LENGTH && !key.includes('\0'))) return null;
  return keyFault(`a key has 1 to ${MOST_KEY_LENGTH} characters`);
}

function keyFault(message: string): ReturnType<typeof reject> {
  return reject({ code: 'IDEMPOTENCY_KEY_REUSED', field: ['idempotencyKey'], message });
}
