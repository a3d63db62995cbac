// What has to happen at an end: a window closes, a mailing ends, is cancelled or is deleted.
// Works in chunks that each commit whole; running it early, late or twice at once does no harm.
import {
  beginPurge,
  closedBatches,
  completeMailing,
  endBatches,
  readFinishFacts,
  removeEmptyBatches,
  rollBatches,
} from '../database/finish-queries.ts';
import type { FinishFacts, RolledBatch } from '../database/finish-queries.ts';
import type { ChangeNotifier } from '../database/change-notifier.ts';
import type { Database } from '../database/database.ts';
import { addJobs, jobKey } from '../database/job-queue.ts';
import type { JobRequest } from '../database/job-queue.ts';
import { nextOpenInterval, sendWindowOf } from '../domain/send-window.ts';
import type { EpochMs } from '../domain/send-window.ts';
import { failpoint } from '../failpoints.ts';
import { logMailingEvent } from '../log.ts';
import type { Log } from '../log.ts';
import { nothingRecorded } from './sending-recorder.ts';
import type { SendingRecorder } from './sending-recorder.ts';

interface Dependencies {
  readonly database: Database;
  readonly changes: ChangeNotifier;
  readonly log: Log;
  readonly record?: SendingRecorder;
  /** Called when a mailing is over: somebody may have to be told. */
  readonly onEvent?: () => void;
}

/** `stop`: the process is to end, somebody else goes on. */
export type FinishMailing = (mailingId: string, stop?: AbortSignal) => Promise<void>;

/** Ends what nobody holds, as `endBatches` does; resolves with how many batches went. */
type EndSome = (status: 'EXPIRED' | 'CANCELLED', batchIds: readonly string[] | null) => Promise<number>;

/** A batch that somebody still holds at the end is asked for again after this long: its requests end before the deadline. */
const LEASED_WAIT_MS = 500;

export function makeFinishMailing({ database, changes, log, record = nothingRecorded, onEvent }: Dependencies): FinishMailing {
  return async (mailingId, stop) => {
    const end: EndSome = async (status, batchIds) => {
      const ended = await endBatches(database, mailingId, status, batchIds);
      record.ended(ended);
      if (ended.batches > 0) log.debug({ mailingId, ...ended }, 'messages ended without a request');
      return ended.batches;
    };
    for (;;) {
      if (stop?.aborted === true) return addJobs(database, [{ task: 'finish', key: jobKey.finish(mailingId), mailingId, runAt: null }]);
      const facts = await readFinishFacts(database, mailingId);
      if (facts === null) return;
      const step = await finishStep(database, mailingId, facts, end);
      if (step === 'progress') {
        failpoint('mid-finish');
        changes.changed(mailingId);
        continue;
      }
      await removeEmptyBatches(database, mailingId);
      if (await completeMailing(database, mailingId)) {
        changes.changed(mailingId);
        logMailingEvent(log, 'completed', { mailingId });
        onEvent?.();
        return;
      }
      // Whatever people did since the facts were read has left an earlier job, which stays.
      await addJobs(database, nextJobs(mailingId, facts));
      return;
    }
  };
}

async function finishStep(database: Database, mailingId: string, facts: FinishFacts, end: EndSome): Promise<'progress' | 'idle'> {
  if (facts.deleted || facts.status === 'CANCELLED') {
    if ((await end('CANCELLED', null)) > 0) return 'progress';
    if (!facts.deleted || facts.leasedUntil !== null) return 'idle';
    // This job runs before all others; removing many rows would keep its place from them.
    if (await beginPurge(database, mailingId)) await addJobs(database, [{ task: 'remove', key: jobKey.remove(), runAt: null }]);
    return 'idle';
  }
  if (facts.now >= facts.endsAt) return (await end('EXPIRED', null)) > 0 ? 'progress' : 'idle';
  return (await rollClosedBatches(database, mailingId, facts, end)) ? 'progress' : 'idle';
}

/** Batches whose window has closed go to its next opening; those that have none before the end are over. */
async function rollClosedBatches(database: Database, mailingId: string, facts: FinishFacts, end: EndSome): Promise<boolean> {
  const closed = await closedBatches(database, mailingId);
  if (closed.length === 0) return false;
  const window = sendWindowOf(facts);
  const rolled: RolledBatch[] = [];
  const over: string[] = [];
  for (const batch of closed) {
    const interval = nextOpenInterval(window, batch.timeZone, batch.fromAt, facts.endsAt);
    if (interval === null) over.push(batch.id);
    else rolled.push({ id: batch.id, closedAt: batch.closeAt, dueAt: interval.opensAt, closeAt: interval.closesAt });
  }
  let changed = 0;
  if (rolled.length > 0) {
    changed += await rollBatches(database, rolled);
    const dueAt = Math.min(...rolled.map((batch) => batch.dueAt));
    await addJobs(database, [{ task: 'send', key: jobKey.send(mailingId, 0), mailingId, lane: 0, runAt: dueAt }]);
  }
  if (over.length > 0) changed += await end('EXPIRED', over);
  // What somebody else has locked at this moment is asked for again by the next job.
  return changed > 0;
}

function nextJobs(mailingId: string, facts: FinishFacts): JobRequest[] {
  const finish = (runAt: EpochMs): JobRequest => ({ task: 'finish', key: jobKey.finish(mailingId), mailingId, runAt });
  const ending = facts.deleted || facts.status === 'CANCELLED' || facts.now >= facts.endsAt;
  if (ending) {
    const jobs: JobRequest[] = [];
    if (facts.leasedUntil !== null) jobs.push(finish(facts.now + LEASED_WAIT_MS));
    if (!facts.expanded && !facts.deleted && facts.status !== 'CANCELLED') {
      jobs.push({ task: 'expand', key: jobKey.expand(mailingId), mailingId, runAt: null });
    }
    return jobs;
  }
  if (facts.status === 'COMPLETED') return [];
  // A held batch may close while it is held: look again right after the closing at the latest.
  const held = facts.leasedUntil === null ? facts.endsAt : Math.min(facts.endsAt, facts.leasedUntil);
  return [finish(Math.max(Math.min(facts.endsAt, facts.nextCloseAt ?? held, held), facts.now + LEASED_WAIT_MS))];
}
