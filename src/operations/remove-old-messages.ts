// Removes the messages of mailings that ended long ago, and deleted mailings with theirs, chunk by chunk with pauses, so that sending does
// not notice; a kill loses nothing.
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../database/database.ts';
import { isLockTimeout } from '../database/database-faults.ts';
import { addJobs, jobKey } from '../database/job-queue.ts';
import { purgeMailing } from '../database/finish-queries.ts';
import { beginRemoval, endRemoval, findRemoval, hasMessagesToRemove, removeMessages } from '../database/retention-queries.ts';
import type { Removal } from '../database/retention-queries.ts';
import { readNow } from '../database/single-rows.ts';
import { failpoint } from '../failpoints.ts';
import type { Log } from '../log.ts';

interface Dependencies {
  readonly database: Database;
  /** Days after a mailing's end; null: messages are kept for ever, and only what has been begun is brought to its end. */
  readonly days: number | null;
  readonly log: Log;
}

export interface MessageRemoval {
  /** Removes for a while and leaves a job for the rest. Running it again, late or twice at once does no harm. `stop`: the process is to end. */
  readonly remove: (stop?: AbortSignal) => Promise<void>;
  /** Puts the job where it should be waiting, when there is something to remove. */
  readonly keepJob: () => Promise<void>;
}

/** How long one job goes on, and how long it leaves its place to others at least. Milliseconds. */
const SLICE_MS = 2_000;
const REST_MS = 1_000;
/**
 * After each chunk, five times as long as it took, at least so many milliseconds: of one connection's time, a sixth. Where disk and
 * processors are busy a chunk takes longer, and leaves them more.
 */
const PAUSES = 5;
const LEAST_PAUSE_MS = 100;

export function makeMessageRemoval({ database, days, log }: Dependencies): MessageRemoval {
  return { remove, keepJob };

  async function remove(stop?: AbortSignal): Promise<void> {
    const endsAt = performance.now() + SLICE_MS;
    for (;;) {
      const removal = await findOrBegin();
      if (removal === null) return;
      const startedAt = performance.now();
      const chunk = await unlessHeld(removeMessages(database, removal.mailingId), 0);
      const tookMs = performance.now() - startedAt;
      failpoint('mid-removal');
      if (chunk === 0) await end(removal);
      // Without a chunk, and still not at its end: somebody holds what is left.
      const pauseMs = Math.max(LEAST_PAUSE_MS, PAUSES * tookMs);
      if (stop?.aborted === true || performance.now() + pauseMs > endsAt) return leaveJob(Math.max(REST_MS, pauseMs));
      await delay(pauseMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  async function findOrBegin(): Promise<Removal | null> {
    const begun = await findRemoval(database);
    if (begun !== null || days === null) return begun;
    const mailingId = await beginRemoval(database, days);
    return mailingId === null ? null : { mailingId, deleted: false };
  }

  async function end({ mailingId, deleted }: Removal): Promise<void> {
    if (deleted) await unlessHeld(purgeMailing(database, mailingId), undefined);
    else if (await unlessHeld(endRemoval(database, mailingId), false))
      log.info({ event: 'messages-removed', mailingId }, 'messages of a mailing removed');
  }

  async function leaveJob(restMs: number): Promise<void> {
    await addJobs(database, [{ task: 'remove', key: jobKey.remove(), runAt: (await readNow(database)) + restMs }]);
  }

  async function keepJob(): Promise<void> {
    if (await hasMessagesToRemove(database, days)) await addJobs(database, [{ task: 'remove', key: jobKey.remove(), runAt: null }]);
  }
}

/** What somebody else holds is left for the next time. */
async function unlessHeld<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isLockTimeout(error)) return otherwise;
    throw error;
  }
}
