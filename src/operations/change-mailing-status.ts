// What pausing, resuming, cancelling and deleting a mailing have in common: a locked row, a permitted change, a new version for
// subscribers, and the jobs that act on it.
import type { Transaction } from '../database/database.ts';
import type { Mailing } from '../database/entities.ts';
import { addJobs, jobKey } from '../database/job-queue.ts';
import type { JobRequest } from '../database/job-queue.ts';
import { insertMailingEvent } from '../database/mailing-event-queries.ts';
import type { MailingRecord } from '../database/records.ts';
import { lockMailing, moveMailing, readNow, toMailingRecord, touchStatistics } from '../database/single-rows.ts';
import { succeed } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';
import { isFinished } from '../domain/mailing.ts';
import type { MailingStatus } from '../domain/mailing.ts';
import type { MailingEventKind } from '../domain/mailing-event.ts';
import type { Actor } from '../domain/principal.ts';
import type { EpochMs } from '../domain/send-window.ts';
import { logMailingEvent } from '../log.ts';
import type { MailingEvent } from '../log.ts';
import { actorField, notFound, wrongState } from './operation-dependencies.ts';
import type { OperationDependencies } from './operation-dependencies.ts';

export type ChangeStatus = (id: string) => Promise<Result<MailingRecord>>;

interface StatusChange {
  readonly event: MailingEvent;
  /** What its history says; null: there will be no history. */
  readonly kind: MailingEventKind | null;
  /** Why the change is not possible now; null when it is. */
  readonly refuse: (mailing: Mailing) => ReturnType<typeof wrongState> | null;
  readonly change: (mailing: Mailing, now: EpochMs) => void;
  readonly jobs: (mailing: Mailing) => readonly JobRequest[];
}

export function makeChangeStatus({ database, changes, log, actor = null }: OperationDependencies, step: StatusChange): ChangeStatus {
  return async (id) => {
    const result = await database.transaction(async (tx) => change(tx, id, step, actor));
    if (result.ok) {
      changes.changed(id);
      logMailingEvent(log, step.event, { mailingId: id, ...actorField(actor) });
    }
    return result;
  };
}

async function change(tx: Transaction, id: string, step: StatusChange, actor: Actor): Promise<Result<MailingRecord>> {
  const mailing = await lockMailing(tx, id);
  if (mailing === null) return notFound('mailing');
  const refused = step.refuse(mailing);
  if (refused !== null) return refused;
  step.change(mailing, await readNow(tx));
  await tx.em.flush();
  await touchStatistics(tx, id);
  if (step.kind !== null) await insertMailingEvent(tx, { mailingId: id, kind: step.kind, actor });
  await addJobs(tx, step.jobs(mailing));
  return succeed(toMailingRecord(mailing));
}

export function moveTo(status: MailingStatus): StatusChange['change'] {
  return (mailing, now) => moveMailing(mailing, status, now);
}

export function refuseFinished({ status }: Mailing): ReturnType<typeof wrongState> | null {
  return isFinished(status) ? wrongState('MAILING_FINISHED', `the mailing is ${status}`) : null;
}

export const finishJob = ({ id: mailingId }: Mailing): JobRequest => ({
  task: 'finish',
  key: jobKey.finish(mailingId),
  mailingId,
  runAt: null,
});
