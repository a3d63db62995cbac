// Creates a mailing and the jobs that start and end it: the same short transaction whatever the audience.
import { addJobs, jobKey } from '../database/job-queue.ts';
import type { Transaction } from '../database/database.ts';
import { findMailing, insertMailing } from '../database/mailing-queries.ts';
import type { MailingRecord } from '../database/records.ts';
import { readNow } from '../database/single-rows.ts';
import { succeed } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';
import { checkNewMailing } from '../domain/mailing.ts';
import type { NewMailing, NewMailingInput } from '../domain/mailing.ts';
import type { Actor } from '../domain/principal.ts';
import { logMailingEvent } from '../log.ts';
import { createOnce, findEarlier, keyFaultOf } from './create-once.ts';
import type { Once } from './create-once.ts';
import { actorField } from './operation-dependencies.ts';
import type { OperationDependencies } from './operation-dependencies.ts';

export type CreateMailing = (input: NewMailingInput, idempotencyKey: string | null) => Promise<Result<MailingRecord>>;

export function makeCreateMailing({ database, changes, log, actor = null }: OperationDependencies): CreateMailing {
  return async (input, idempotencyKey) => {
    const keyFault = keyFaultOf(idempotencyKey);
    if (keyFault !== null) return keyFault;
    const result = await database.transaction(async (tx) => createInTime(tx, input, idempotencyKey, actor));
    if (!result.ok) return result;
    const { created, isNew } = result.value;
    if (isNew) {
      changes.changed(created.id);
      logMailingEvent(log, 'created', { mailingId: created.id, ...actorField(actor) });
    }
    return succeed(created);
  };
}

async function createInTime(
  tx: Transaction,
  input: NewMailingInput,
  key: string | null,
  actor: Actor,
): Promise<Result<Once<MailingRecord>>> {
  const request = { operation: 'createMailing', key, find: findMailing } as const;
  const checked = checkNewMailing(input, await readNow(tx), ['input']);
  if (checked.ok) return createOnce(tx, { ...request, input: checked.value, create: async () => create(tx, checked.value, actor) });
  // A repeat may come when the period is over: it gets the first answer all the same.
  const asked = checkNewMailing(input, Number.NEGATIVE_INFINITY, ['input']);
  const earlier = asked.ok ? await findEarlier(tx, { ...request, input: asked.value }) : null;
  return earlier ?? checked;
}

async function create(tx: Transaction, mailing: NewMailing, actor: Actor): Promise<MailingRecord> {
  const created = await insertMailing(tx, mailing, actor);
  const { id: mailingId } = created;
  await addJobs(tx, [
    { task: 'expand', key: jobKey.expand(mailingId), mailingId, runAt: mailing.startsAt },
    { task: 'finish', key: jobKey.finish(mailingId), mailingId, runAt: mailing.endsAt },
  ]);
  return created;
}
