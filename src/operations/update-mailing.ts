// Changes a mailing: all of it before the start, afterwards what its unsent messages can still obey.
import type { Transaction } from '../database/database.ts';
import type { Mailing } from '../database/entities.ts';
import { addJobs, jobKey } from '../database/job-queue.ts';
import type { JobRequest } from '../database/job-queue.ts';
import { insertMailingEvent } from '../database/mailing-event-queries.ts';
import { lockBatches, placeBatches } from '../database/mailing-queries.ts';
import type { MailingRecord } from '../database/records.ts';
import { lockMailing, readNow, toMailingRecord, touchMailing } from '../database/single-rows.ts';
import { succeed } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';
import { checkMailingChanges } from '../domain/mailing.ts';
import type { MailingChanges, MailingChangesInput } from '../domain/mailing.ts';
import { mailingFields } from '../domain/mailing-event.ts';
import type { MailingField } from '../domain/mailing-event.ts';
import type { Actor } from '../domain/principal.ts';
import { nextOpenInterval, sendWindowOf } from '../domain/send-window.ts';
import type { EpochMs, OpenInterval } from '../domain/send-window.ts';
import { logMailingEvent } from '../log.ts';
import { actorField, notFound, staleVersion } from './operation-dependencies.ts';
import type { OperationDependencies } from './operation-dependencies.ts';

export type UpdateMailing = (id: string, input: MailingChangesInput, expectedVersion: number | null) => Promise<Result<MailingRecord>>;

export function makeUpdateMailing({ database, changes, log, actor = null }: OperationDependencies): UpdateMailing {
  return async (id, input, expectedVersion) => {
    const { result, fields } = await database.transaction(async (tx) => change(tx, id, input, expectedVersion, actor));
    if (fields.length > 0) {
      changes.changed(id);
      logMailingEvent(log, 'updated', { mailingId: id, fields, ...actorField(actor) });
    }
    return result;
  };
}

interface Change {
  readonly result: Result<MailingRecord>;
  /** None when nothing has changed. */
  readonly fields: readonly MailingField[];
}

async function change(
  tx: Transaction,
  id: string,
  input: MailingChangesInput,
  expectedVersion: number | null,
  actor: Actor,
): Promise<Change> {
  const mailing = await lockMailing(tx, id);
  if (mailing === null) return unchanged(notFound('mailing'));
  if (expectedVersion !== null && expectedVersion !== mailing.version) return unchanged(staleVersion('mailing', mailing.version));
  const now = await readNow(tx);
  const before = toMailingRecord(mailing);
  const checked = checkMailingChanges(before, input, now, ['input']);
  if (!checked.ok) return unchanged(checked);
  apply(mailing, checked.value);
  const fields = changedFields(before, toMailingRecord(mailing));
  // Saying what already is changes nothing, the version included.
  if (fields.length === 0) return unchanged(succeed(before));
  touchMailing(mailing, now);
  await tx.em.flush();
  await insertMailingEvent(tx, { mailingId: id, kind: 'EDITED', actor, fields });

  const after = toMailingRecord(mailing);
  if (mailing.status === 'SCHEDULED') await moveStart(tx, after);
  else if (checked.value.endsAt !== undefined || checked.value.sendWindow !== undefined) await replaceBatches(tx, after, now);
  return { result: succeed(after), fields };
}

function unchanged(result: Result<MailingRecord>): Change {
  return { result, fields: [] };
}

function apply(mailing: Mailing, changes: MailingChanges): void {
  if (changes.text !== undefined) mailing.text = changes.text;
  if (changes.filter !== undefined) {
    mailing.operatorCodes = [...changes.filter.operatorCodes];
    mailing.tags = [...changes.filter.tags];
  }
  if (changes.startsAt !== undefined) mailing.startsAt = new Date(changes.startsAt);
  if (changes.endsAt !== undefined) mailing.endsAt = new Date(changes.endsAt);
  if (changes.sendWindow !== undefined) {
    mailing.windowFrom = changes.sendWindow?.from ?? null;
    mailing.windowTo = changes.sendWindow?.to ?? null;
  }
  if (changes.ratePerSecond !== undefined) mailing.ratePerSecond = changes.ratePerSecond;
}

const columnsOf = {
  text: ['text'],
  filter: ['operatorCodes', 'tags'],
  startsAt: ['startsAt'],
  endsAt: ['endsAt'],
  sendWindow: ['windowFrom', 'windowTo'],
  ratePerSecond: ['ratePerSecond'],
} as const satisfies Record<MailingField, readonly (keyof MailingRecord)[]>;

function changedFields(before: MailingRecord, after: MailingRecord): MailingField[] {
  const isChanged = (column: keyof MailingRecord): boolean => JSON.stringify(before[column]) !== JSON.stringify(after[column]);
  return mailingFields.filter((field) => columnsOf[field].some(isChanged));
}

async function moveStart(tx: Transaction, { id: mailingId, startsAt, endsAt }: MailingRecord): Promise<void> {
  const jobs: JobRequest[] = [
    { task: 'expand', key: jobKey.expand(mailingId), mailingId, runAt: startsAt, mode: 'replace' },
    { task: 'finish', key: jobKey.finish(mailingId), mailingId, runAt: endsAt, mode: 'replace' },
  ];
  await addJobs(tx, jobs);
}

/** Unsent messages get the hours that the new window and end allow; those that have none left are ended by the finisher at once. */
async function replaceBatches(tx: Transaction, mailing: MailingRecord, now: EpochMs): Promise<void> {
  const { id: mailingId, endsAt } = mailing;
  const window = sendWindowOf(mailing);
  const known = new Map<string, OpenInterval>();
  const batches = (await lockBatches(tx, mailingId)).map(({ id, timeZone, fromAt }) => {
    // Batches that wait for nothing share one answer per zone, however many they are.
    const from = Math.max(fromAt, now);
    const key = `${timeZone} ${from}`;
    const interval = known.get(key) ?? nextOpenInterval(window, timeZone, from, endsAt) ?? { opensAt: now, closesAt: now };
    known.set(key, interval);
    return { id, interval };
  });
  await placeBatches(tx, batches);
  const dueAt = batches.reduce((first, { interval }) => Math.min(first, interval.opensAt), endsAt);
  const closeAt = batches.reduce((first, { interval }) => Math.min(first, interval.closesAt), endsAt);
  // Earlier jobs of the mailing stay: one of them may be about something else, and looking too early does no harm.
  await addJobs(tx, [
    { task: 'send', key: jobKey.send(mailingId, 0), mailingId, lane: 0, runAt: dueAt },
    { task: 'finish', key: jobKey.finish(mailingId), mailingId, runAt: closeAt },
  ]);
}
