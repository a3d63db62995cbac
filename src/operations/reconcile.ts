// Puts back every hint that was lost: leases of dead workers, missing jobs, closed windows, ended mailings. Proves counters in passing.
// The rows are the truth; after a crash this is what makes messages move again.
import { freeExpiredLeases, nextLeaseEnd } from '../database/batch-queries.ts';
import type { ChangeNotifier } from '../database/change-notifier.ts';
import type { Database } from '../database/database.ts';
import { addJobs, jobKey } from '../database/job-queue.ts';
import type { JobRequest } from '../database/job-queue.ts';
import { asOnlyReconciler, auditCounters, releaseAbandonedJobs, unfinishedMailings } from '../database/reconcile-queries.ts';
import type { UnfinishedMailing } from '../database/reconcile-queries.ts';
import { forgetOldKeys } from '../database/idempotency-queries.ts';
import { removeUnusedRateKeys } from '../database/rate-queries.ts';
import { failpoint } from '../failpoints.ts';
import type { Log } from '../log.ts';
import { nothingRecorded } from './sending-recorder.ts';
import type { SendingRecorder } from './sending-recorder.ts';

interface Dependencies {
  readonly database: Database;
  readonly changes: ChangeNotifier;
  readonly log: Log;
  readonly reconcileMs: number;
  readonly record?: SendingRecorder;
  /** What else has to be looked at now and then, by whichever worker looks: each by itself, whatever becomes of the others. */
  readonly chores?: readonly (() => Promise<void>)[];
}

/** A look takes far less than a second for thousands of mailings; one that takes longer than this is taken for frozen. */
const LEAST_LOOK_MS = 10_000;

export type Reconcile = () => Promise<void>;

/** Idempotent; while one worker is at it, the others do nothing. */
export function makeReconcile({ database, changes, log, reconcileMs, record = nothingRecorded, chores = [] }: Dependencies): Reconcile {
  const look = async (): Promise<void> => {
    const freed = await freeExpiredLeases(database);
    for (const { mailingId, batchId, rescues } of freed) log.warn({ mailingId, batchId, rescues }, 'lease of a lost worker freed');
    record.leasesFreed(freed.length);
    const freedMailings = new Set(freed.map(({ mailingId }) => mailingId));
    if (freed.length > 0) failpoint('mid-reconcile');
    const unfinished = await unfinishedMailings(database);
    await addJobs(
      database,
      unfinished.flatMap((mailing) => missingJobs(mailing, freedMailings.has(mailing.mailingId), reconcileMs)),
    );
    for (const mailingId of freedMailings) changes.changed(mailingId);
    await lookAtLeaseEnd(database, reconcileMs);
    await releaseAbandonedJobs(database);
    await removeUnusedRateKeys(database);
    await forgetOldKeys(database);
    await audit();
    for (const chore of chores)
      await chore().catch((error: unknown) => log.warn({ err: error }, 'a part of the reconciler failed; it looks again'));
  };

  const audit = async (): Promise<void> => {
    const faults = await auditCounters(database);
    if (faults === null) return;
    record.audited(faults.length > 0 ? 'differs' : 'agrees');
    for (const fault of faults) log.error({ ...fault }, 'counters differ from the messages');
  };

  return async () => {
    try {
      const isDone = await asOnlyReconciler(database, Math.max(LEAST_LOOK_MS, 2 * reconcileMs), look);
      record.reconciled(isDone ? 'done' : 'skipped');
    } catch (error) {
      record.reconciled('failed');
      throw error;
    }
  };
}

/** A lease that a living worker keeps extending never comes so near to its end: this one is freed as soon as it is over, not a look later. */
async function lookAtLeaseEnd(database: Database, reconcileMs: number): Promise<void> {
  const { now, endsAt } = await nextLeaseEnd(database);
  if (endsAt !== null && endsAt < now + reconcileMs)
    await addJobs(database, [{ task: 'reconcile', key: jobKey.reconcile(), runAt: endsAt }]);
}

/** The jobs that should be waiting for a mailing and are not. A job that is late by less than one look may still be on its way. */
function missingJobs(mailing: UnfinishedMailing, freed: boolean, lateMs: number): JobRequest[] {
  const { mailingId, now } = mailing;
  const jobs: JobRequest[] = [];
  const isMissing = (waitingAt: number | null, wantedAt: number): boolean =>
    waitingAt === null || waitingAt > Math.max(wantedAt, now) + lateMs;
  const isOver = mailing.deleted || mailing.status === 'CANCELLED' || mailing.status === 'COMPLETED';

  // Without a waiting job it is being expanded right now, unless nothing has moved for a while.
  const isExpanding = mailing.expandAt === null && mailing.startsAt <= now && Math.max(mailing.progressAt, mailing.startsAt) > now - lateMs;
  if (!isOver && !mailing.expanded && !isExpanding && isMissing(mailing.expandAt, mailing.startsAt)) {
    jobs.push({ task: 'expand', key: jobKey.expand(mailingId), mailingId, runAt: mailing.startsAt });
  }
  if (mailing.status === 'RUNNING' && !mailing.deleted && mailing.nextDueAt !== null) {
    const overdue = mailing.nextDueAt < now - lateMs;
    if (freed || isMissing(mailing.sendAt, mailing.nextDueAt) || (overdue && mailing.sendAt === null)) {
      jobs.push({ task: 'send', key: jobKey.send(mailingId, 0), mailingId, lane: 0, runAt: mailing.nextDueAt });
    }
  }
  const finishAt = isOver ? now : Math.min(mailing.endsAt, mailing.nextCloseAt ?? mailing.endsAt);
  const isStuck = mailing.expanded && mailing.pending === 0 && !isOver;
  if (isStuck || ((!isOver || mailing.batches || mailing.deleted) && isMissing(mailing.finishAt, finishAt))) {
    jobs.push({ task: 'finish', key: jobKey.finish(mailingId), mailingId, runAt: isStuck ? now : finishAt });
  }
  return jobs;
}
