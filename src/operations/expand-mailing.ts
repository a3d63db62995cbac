// Launches a mailing when its start has come and turns its audience into messages, chunk by chunk.
// Each chunk commits with its cursor, its counters and the jobs that go on: a crash loses nothing and repeats nothing.
import { CHUNK_SIZE, expandChunk, FIRST_CHUNK_SIZE, launchMailing, lockExpandingMailing } from '../database/expansion-queries.ts';
import type { ChunkResult, ExpandingMailing } from '../database/expansion-queries.ts';
import type { ChangeNotifier } from '../database/change-notifier.ts';
import type { Database, Transaction } from '../database/database.ts';
import { addJobs, jobKey } from '../database/job-queue.ts';
import type { JobRequest } from '../database/job-queue.ts';
import { completeMailing } from '../database/finish-queries.ts';
import { nextOpenInterval, sendWindowOf } from '../domain/send-window.ts';
import type { OpenInterval } from '../domain/send-window.ts';
import { failpoint } from '../failpoints.ts';
import { logMailingEvent } from '../log.ts';
import type { Log } from '../log.ts';
import { LANES } from './send-lanes.ts';

interface Dependencies {
  readonly database: Database;
  readonly changes: ChangeNotifier;
  readonly log: Log;
  /** Called when it has started or is over: somebody may have to be told. */
  readonly onEvent?: () => void;
}

/** `stop`: the process is to end, somebody else goes on. */
export type ExpandMailing = (mailingId: string, stop?: AbortSignal) => Promise<void>;

/** How long one job goes on: others get their turn in between. */
const SLICE_MS = 2_000;
/** The job that each chunk leaves behind in case this process does not get to the next one. */
const FALLBACK_MS = 5_000;

/** Expands for a while and leaves a job for the rest. Running it again, late or twice at once does no harm. */
export function makeExpandMailing({ database, changes, log, onEvent }: Dependencies): ExpandMailing {
  const seenZones = new Set<string>();
  return async (mailingId, stop) => {
    const endsAt = performance.now() + SLICE_MS;
    for (;;) {
      const isLast = stop?.aborted === true || performance.now() > endsAt;
      const step = await database.transaction(async (tx) => expandStep(tx, mailingId, seenZones, isLast ? 0 : FALLBACK_MS));
      if (step === null) return;
      failpoint('after-expand-chunk');
      changes.changed(mailingId);
      const { total, pending, done } = step.chunk;
      if (step.launched) logMailingEvent(log, 'started', { mailingId });
      logMailingEvent(log, 'expanded', { mailingId, recipients: total, pending, done });
      if (step.completed) logMailingEvent(log, 'completed', { mailingId });
      if (step.launched || step.completed) onEvent?.();
      if (done || isLast) return;
    }
  };
}

interface Step {
  readonly launched: boolean;
  readonly chunk: ChunkResult;
  readonly completed: boolean;
}

async function expandStep(tx: Transaction, mailingId: string, seenZones: Set<string>, nextInMs: number): Promise<Step | null> {
  const mailing = await lockExpandingMailing(tx, mailingId);
  if (mailing === null || mailing.deleted || mailing.expanded || mailing.status === 'CANCELLED') return null;
  if (mailing.now < mailing.startsAt && mailing.status === 'SCHEDULED') {
    await addJobs(tx, [{ task: 'expand', key: jobKey.expand(mailingId), mailingId, runAt: mailing.startsAt }]);
    return null;
  }
  const launched = mailing.status === 'SCHEDULED';
  if (launched) await launchMailing(tx, mailingId);
  const chunk = await nextChunk(tx, mailing, launched ? FIRST_CHUNK_SIZE : CHUNK_SIZE, seenZones);
  await addJobs(tx, [...(chunk.done ? [] : [nextExpansion(mailing, nextInMs)]), ...followUps(mailing, chunk)]);
  const completed = chunk.done && (await completeMailing(tx, mailingId));
  failpoint('mid-expand');
  return { launched, chunk, completed };
}

/** Zones are learnt from the chunks themselves: after a process has seen them once, one pass per chunk is enough. */
async function nextChunk(tx: Transaction, mailing: ExpandingMailing, size: number, seenZones: Set<string>): Promise<ChunkResult> {
  const window = sendWindowOf(mailing);
  const intervals = new Map<string, OpenInterval | null>();
  const learn = (zone: string): unknown => intervals.set(zone, nextOpenInterval(window, zone, mailing.now, mailing.endsAt));
  seenZones.forEach(learn);
  for (;;) {
    const chunk = await expandChunk(tx, mailing.id, mailing, intervals, size);
    if (chunk.unknownZones === null) return chunk;
    for (const zone of chunk.unknownZones) {
      seenZones.add(zone);
      learn(zone);
    }
  }
}

function nextExpansion({ id, now }: ExpandingMailing, inMs: number): JobRequest {
  return { task: 'expand', key: jobKey.expand(id), mailingId: id, runAt: now + inMs, mode: 'replace' };
}

function followUps(mailing: ExpandingMailing, chunk: ChunkResult): JobRequest[] {
  const { id: mailingId } = mailing;
  const jobs: JobRequest[] = [];
  if (chunk.earliestDueAt !== null) {
    const lanes = Math.min(LANES, chunk.batches);
    for (let lane = 0; lane < lanes; lane += 1) {
      jobs.push({ task: 'send', key: jobKey.send(mailingId, lane), mailingId, lane, runAt: chunk.earliestDueAt });
    }
  }
  const closesAt = Math.min(chunk.earliestCloseAt ?? mailing.endsAt, mailing.endsAt);
  jobs.push({ task: 'finish', key: jobKey.finish(mailingId), mailingId, runAt: closesAt });
  return jobs;
}
