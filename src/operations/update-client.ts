// Changes a client. What matters to its unsent messages (opt-out, phone, time zone) reaches them in the same transaction.
import { CLIENTS } from '../database/change-notifier.ts';
import { violatedUniqueConstraint } from '../database/database-faults.ts';
import { PHONE_CONSTRAINT } from '../database/client-queries.ts';
import type { Transaction } from '../database/database.ts';
import type { Client } from '../database/entities.ts';
import type { ClientRecord } from '../database/records.ts';
import { lockClient, readNow, toClientRecord } from '../database/single-rows.ts';
import { cancelUnsent, lockClientDirectory, redirectUnsent } from '../database/unsent-message-queries.ts';
import type { ChangedMailing } from '../database/unsent-message-queries.ts';
import { changedOperatorCode, checkClientChanges } from '../domain/client.ts';
import type { ClientChanges, ClientChangesInput } from '../domain/client.ts';
import { succeed } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';
import { phoneTaken } from './create-client.ts';
import { moveUnsentMessages } from './move-unsent-messages.ts';
import { finishEmptied, notFound, staleVersion } from './operation-dependencies.ts';
import type { OperationDependencies } from './operation-dependencies.ts';

export type UpdateClient = (id: string, input: ClientChangesInput, expectedVersion: number | null) => Promise<Result<ClientRecord>>;

export function makeUpdateClient({ database, changes, log }: OperationDependencies): UpdateClient {
  return async (id, input, expectedVersion) => {
    const checked = checkClientChanges(input, ['input']);
    if (!checked.ok) return checked;
    try {
      const { result, isChanged, mailings } = await database.transaction(async (tx) => change(tx, id, checked.value, expectedVersion));
      if (isChanged) log.info({ event: 'client-updated', clientId: id, fields: Object.keys(checked.value) }, 'client updated');
      if (isChanged) changes.changed(CLIENTS);
      for (const { mailingId } of mailings) changes.changed(mailingId);
      return result;
    } catch (error) {
      if (violatedUniqueConstraint(error) === PHONE_CONSTRAINT) return phoneTaken();
      throw error;
    }
  };
}

interface Change {
  readonly result: Result<ClientRecord>;
  readonly isChanged: boolean;
  readonly mailings: readonly ChangedMailing[];
}

async function change(tx: Transaction, id: string, changes: ClientChanges, expectedVersion: number | null): Promise<Change> {
  if (changes.optedOut === true || changes.phone !== undefined || changes.timeZone !== undefined) await lockClientDirectory(tx);
  const client = await lockClient(tx, id);
  if (client === null) return unchanged(notFound('client'));
  if (expectedVersion !== null && expectedVersion !== client.version) return unchanged(staleVersion('client', client.version));

  const before = toClientRecord(client);
  const now = await readNow(tx);
  apply(client, changes, now);
  const after = toClientRecord(client);
  // Saying what already is changes nothing, the version included.
  if (JSON.stringify(before) === JSON.stringify(after)) return unchanged(succeed(before));
  const optsOut = before.optedOutAt === null && after.optedOutAt !== null;

  // Before the client is written: from then on the transaction holds counters that others need, and whoever settles its messages may hold
  // this one up.
  let mailings: readonly ChangedMailing[] = [];
  if (optsOut) {
    mailings = await cancelUnsent(tx, [id]);
    await finishEmptied(tx, mailings);
  } else if (before.phone !== after.phone) await redirectUnsent(tx, id, after.phone);
  client.version += 1;
  client.updatedAt = new Date(now);
  await tx.em.flush();
  // By the zone that is written now.
  if (!optsOut && before.timeZone !== after.timeZone) await moveUnsentMessages(tx, [id]);
  return { result: succeed(toClientRecord(client)), isChanged: true, mailings };
}

function unchanged(result: Result<ClientRecord>): Change {
  return { result, isChanged: false, mailings: [] };
}

function apply(client: Client, changes: ClientChanges, now: number): void {
  client.operatorCode = changedOperatorCode(client, changes);
  if (changes.phone !== undefined) client.phone = changes.phone;
  if (changes.tag !== undefined) client.tag = changes.tag;
  if (changes.timeZone !== undefined) client.timeZone = changes.timeZone;
  // The first opt-out is the one that counts.
  if (changes.optedOut === true) client.optedOutAt ??= new Date(now);
  if (changes.optedOut === false) client.optedOutAt = null;
}
