// Clients moved to another time zone: their unsent messages keep the hours of where they are now.
import type { StatementTransaction } from '../database/database.ts';
import { addJobs, jobKey } from '../database/job-queue.ts';
import { readNow } from '../database/single-rows.ts';
import { moveUnsent, unsentInWrongZone } from '../database/unsent-message-queries.ts';
import { nextOpenInterval, sendWindowOf } from '../domain/send-window.ts';

/**
 * Runs in the transaction that changed the clients and holds the client directory lock. A message whose request may be under way
 * stays with the lease it is under until that is given back: it is never sent twice for having moved.
 */
export async function moveUnsentMessages(tx: StatementTransaction, clientIds: readonly string[]): Promise<void> {
  const groups = await unsentInWrongZone(tx, clientIds);
  if (groups.length === 0) return;
  const now = await readNow(tx);
  for (const group of groups) {
    const { mailingId } = group;
    const interval = nextOpenInterval(sendWindowOf(group), group.timeZone, Math.max(now, group.notBefore ?? now), group.endsAt);
    // Never open again: closed as of now, so that the finisher ends it as it ends every message like it.
    const place = interval === null ? { dueAt: now, closeAt: now } : { dueAt: interval.opensAt, closeAt: interval.closesAt };
    await moveUnsent(tx, group, place);
    await addJobs(tx, [
      { task: 'send', key: jobKey.send(mailingId, 0), mailingId, lane: 0, runAt: place.dueAt },
      { task: 'finish', key: jobKey.finish(mailingId), mailingId, runAt: place.closeAt },
    ]);
  }
}
