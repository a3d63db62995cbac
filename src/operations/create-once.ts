// Creating with an idempotency key: the same key and input give the first result again, however often and however concurrently.
import { createHash } from 'node:crypto';
import type { Transaction } from '../database/database.ts';
import { claimKey, findKey, keepResult } from '../database/idempotency-queries.ts';
import type { EarlierUse } from '../database/idempotency-queries.ts';
import { reject, succeed } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';
import { storedTextFault } from '../domain/stored-text.ts';

const MOST_KEY_LENGTH = 200;

interface Request<Created> {
  readonly operation: 'createClient' | 'createMailing';
  /** null: without a key. */
  readonly key: string | null;
  /** The checked input: what it means, not how it was written. */
  readonly input: object;
  /** What an earlier call created, as it is now. null: deleted since. */
  readonly find: (tx: Transaction, id: string) => Promise<Created | null>;
}

interface Creation<Created> extends Request<Created> {
  readonly create: (tx: Transaction) => Promise<Created>;
}

/** `isNew`: this call created it, and not an earlier one with the same key. */
export interface Once<Created> {
  readonly created: Created;
  readonly isNew: boolean;
}

/** Runs in the caller's transaction: the key and what it stands for are stored together or not at all. */
export async function createOnce<Created extends { readonly id: string }>(
  tx: Transaction,
  creation: Creation<Created>,
): Promise<Result<Once<Created>>> {
  const { operation, key, input, create } = creation;
  if (key === null) return succeed({ created: await create(tx), isNew: true });
  const earlier = await claimKey(tx, operation, key, hashOf(input));
  if (earlier !== null) return answerAgain(tx, creation, earlier);
  const created = await create(tx);
  await keepResult(tx, operation, key, created.id);
  return succeed({ created, isNew: true });
}

/** What the key gave before, for an input that can no longer be created; null when the key is new. */
export async function findEarlier<Created>(tx: Transaction, request: Request<Created>): Promise<Result<Once<Created>> | null> {
  if (request.key === null) return null;
  const earlier = await findKey(tx, request.operation, request.key);
  return earlier === null ? null : answerAgain(tx, request, earlier);
}

async function answerAgain<Created>(
  tx: Transaction,
  { input, find }: Request<Created>,
  earlier: EarlierUse,
): Promise<Result<Once<Created>>> {
  if (earlier.requestHash !== '' && earlier.requestHash !== hashOf(input))
    return keyFault('this key was used with another input; take a new one');
  const created = await find(tx, earlier.resultId);
  if (created !== null) return succeed({ created, isNew: false });
  return reject({
    code: 'NOT_FOUND',
    field: ['idempotencyKey'],
    message: 'what this key created has been deleted; take a new key to create it again',
  });
}

/** null when the key can be used. Keys are kept as they are: 1 to 200 characters. */
export function keyFaultOf(key: string | null): ReturnType<typeof reject> | null {
  if (key === null) return null;
  if (key === '' || key.length > MOST_KEY_LENGTH) return keyFault(`must have 1 to ${MOST_KEY_LENGTH} characters`);
  const fault = storedTextFault(key);
  return fault === null ? null : keyFault(fault);
}

function keyFault(message: string): ReturnType<typeof reject> {
  return reject({ code: 'IDEMPOTENCY_KEY_REUSED', field: ['idempotencyKey'], message });
}

function hashOf(input: object): string {
  return createHash('sha256').update(JSON.stringify(input)).digest('base64url');
}
