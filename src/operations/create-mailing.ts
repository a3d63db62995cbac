// Creates a mailing and the jobs that start and end it: the same short transaction whatever the audience.
import { addJobs, jobKey } from '../database/job-queue.ts';
import type { Transaction } from '../database/database.ts';
import { findMailing, insertMailing } from '../database/mailing-queries.ts';
import type { MailingRecord } from '../database/records.ts';
import { readNow } from '../database/single-rows.ts';
import type { Result } from '../domain/errors.ts';
import { checkNewMailing } from '../domain/mailing.ts';
import type { NewMailing, NewMailingInput } from '../domain/mailing.ts';
import { logMailingEvent } from '../log.ts';
import { createOnce, keyFaultOf } from './create-once.ts';
import type { OperationDependencies } from './operation-dependencies.ts';

export type CreateMailing = (input: NewMailingInput, idempotencyKey: string | null) => Promise<Result<MailingRecord>>;

export function makeCreateMailing({ database, changes, log }: OperationDependencies): CreateMailing {
  return async (input, idempotencyKey) => {
    const keyFault = keyFaultOf(idempotencyKey);
    if (keyFault !== null) return keyFault;
    const result = await database.transaction(async (tx) => {
      const checked = checkNewMailing(input, await readNow(tx), ['input']);
      if (!checked.ok) return checked;
      const mailing = checked.value;
      return createOnce(tx, { operation: 'createMailing', key: idempotencyKey, input: mailing, create: async () => create(tx, mailing), find: findMailing });
    });
    if (result.ok) {
      changes.changed(result.value.id);
      logMailingEvent(log, 'created', { mailingId: result.value.id });
    }
    return result;
  };
}

async function create(tx: Transaction, mailing: NewMailing): Promise<MailingRecord> {
  const created = await insertMailing(tx, mailing);
  const { id: mailingId } = created;
  await addJobs(tx, [
    { task: 'expand', key: jobKey.expand(mailingId), mailingId, runAt: mailing.startsAt },
    { task: 'finish', key: jobKey.finish(mailingId), mailingId, runAt: mailing.endsAt },
  ]);
  return created;
}
