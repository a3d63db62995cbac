// The jobs that lanes leave behind: more lanes when there is work for them, and the next slice when work is left.
import { dueMailings, nextDue } from '../database/batch-queries.ts';
import type { Database } from '../database/database.ts';
import { addJobs, jobKey } from '../database/job-queue.ts';
import type { JobRequest } from '../database/job-queue.ts';
import type { EpochMs } from '../domain/send-window.ts';
import { LANES, LEASE_GUARD_MS, OFFER_AGAIN_MS } from './send-lanes.ts';
import type { LaneEnd } from './send-lanes.ts';

/** After a database fault. */
const FAULT_WAIT_MS = 1_000;

/** Lane 0 is the one that others wake; it brings the rest along when there is work for them. */
export async function wakeOtherLanes(database: Database, mailingId: string): Promise<void> {
  const { dueBatches } = await nextDue(database, mailingId, LEASE_GUARD_MS);
  const lanes = Array.from({ length: Math.min(LANES, dueBatches) }, (_, lane) => lane).slice(1);
  await addJobs(
    database,
    lanes.map((lane): JobRequest => ({ task: 'send', key: jobKey.send(mailingId, lane), mailingId, lane, runAt: null })),
  );
}

/** A lane that leaves work behind comes back when it can go on: at once, at the next opening or retry, or when the gate may open. */
export async function leaveJob(database: Database, mailingId: string, lane: number, end: LaneEnd | EnoughLanes): Promise<void> {
  if (end.reason === 'mailing-stopped') return;
  const { dueAt, now } = await nextDue(database, mailingId, LEASE_GUARD_MS);
  if (dueAt === null) return;
  const runAt = Math.max(dueAt, notBefore(end, now));
  // Work for later is one job, whichever lane leaves it; a lane that others may want stays a lane.
  const next = runAt > now && end.reason !== 'enough-lanes' ? 0 : lane;
  await addJobs(database, [{ task: 'send', key: jobKey.send(mailingId, next), mailingId, lane: next, runAt }]);
}

/** Lanes of every mailing that has something due look at once: sending may go on that had to wait. */
export async function wakeSenders(database: Database): Promise<void> {
  const mailingIds = await dueMailings(database);
  await addJobs(
    database,
    mailingIds.map((mailingId): JobRequest => ({ task: 'send', key: jobKey.send(mailingId, 0), mailingId, lane: 0, runAt: null })),
  );
}

/** This worker has as many lanes of the mailing as it can use: another one may want this. */
interface EnoughLanes {
  readonly reason: 'enough-lanes';
}

function notBefore(end: LaneEnd | EnoughLanes, now: EpochMs): EpochMs {
  switch (end.reason) {
    case 'gate-closed':
      return end.until;
    case 'fault':
      return now + FAULT_WAIT_MS;
    case 'enough-lanes':
      return now + OFFER_AGAIN_MS;
    case 'nothing-due':
    case 'mailing-stopped':
    case 'stopped':
      return now;
    default:
      return end satisfies never;
  }
}
