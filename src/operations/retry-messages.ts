// Puts failed messages back in line, under the ids the provider already knows. A mailing that was COMPLETED runs again, as long as its
// period lasts: that is when an operator who has put the cause right wants the rest sent.
import type { Transaction } from '../database/database.ts';
import { addJobs, jobKey } from '../database/job-queue.ts';
import { requeueMessages, retryableZones } from '../database/mailing-queries.ts';
import { lockMailing, moveMailing, readNow, touchMailing, touchStatistics } from '../database/single-rows.ts';
import { lockClientDirectory } from '../database/unsent-message-queries.ts';
import { CarillonError, succeed } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';
import type { MessageStatus } from '../domain/message.ts';
import { messageTransitions } from '../domain/message.ts';
import { nextOpenInterval } from '../domain/send-window.ts';
import type { OpenInterval } from '../domain/send-window.ts';
import { logMailingEvent } from '../log.ts';
import { sendWindowOf } from './expand-mailing.ts';
import { notFound, wrongState } from './operation-dependencies.ts';
import type { OperationDependencies } from './operation-dependencies.ts';

export type RetryMessages = (mailingId: string, statuses: readonly MessageStatus[]) => Promise<Result<{ readonly retried: number }>>;

/**
 * Messages of clients who were deleted or have opted out, or whose window does not open again before the end, stay as they are.
 * Throws CarillonError BAD_USER_INPUT for statuses that cannot be retried.
 */
export function makeRetryMessages({ database, changes, log }: OperationDependencies): RetryMessages {
  return async (mailingId, statuses) => {
    const wrong = statuses.filter((status) => !canRetry(status));
    if (wrong.length > 0) {
      throw new CarillonError('BAD_USER_INPUT', `statuses: ${wrong.join(', ')} cannot be retried; only FAILED and UNCONFIRMED can`);
    }
    const result = await database.transaction(async (tx) => retry(tx, mailingId, statuses));
    if (result.ok && result.value.retried > 0) {
      changes.changed(mailingId);
      logMailingEvent(log, 'retried', { mailingId, messages: result.value.retried });
    }
    return result;
  };
}

function canRetry(status: MessageStatus): boolean {
  const targets: readonly MessageStatus[] = messageTransitions[status];
  return targets.includes('PENDING');
}

async function retry(tx: Transaction, mailingId: string, statuses: readonly MessageStatus[]): Promise<Result<{ readonly retried: number }>> {
  // Keeps out whoever deletes or opts out a client meanwhile.
  await lockClientDirectory(tx);
  const mailing = await lockMailing(tx, mailingId);
  if (mailing === null) return notFound('mailing', ['mailingId']);
  const now = await readNow(tx);
  if (mailing.status === 'CANCELLED' || mailing.endsAt.getTime() <= now) {
    return wrongState('MAILING_FINISHED', 'the mailing has ended: nothing of it can be sent any more', ['mailingId']);
  }
  const window = sendWindowOf({ windowFrom: mailing.windowFrom ?? null, windowTo: mailing.windowTo ?? null });
  const intervals = new Map<string, OpenInterval>();
  for (const zone of await retryableZones(tx, mailingId, statuses)) {
    const interval = nextOpenInterval(window, zone, now, mailing.endsAt.getTime());
    if (interval !== null) intervals.set(zone, interval);
  }
  if (intervals.size === 0) return succeed({ retried: 0 });
  if (mailing.status === 'COMPLETED') moveMailing(mailing, 'RUNNING', now);
  else touchMailing(mailing, now);
  await tx.em.flush();
  const { retried } = await requeueMessages(tx, mailingId, statuses, intervals);
  await touchStatistics(tx, mailingId);
  const places = [...intervals.values()];
  await addJobs(tx, [
    { task: 'send', key: jobKey.send(mailingId, 0), mailingId, lane: 0, runAt: Math.min(...places.map((place) => place.opensAt)) },
    { task: 'finish', key: jobKey.finish(mailingId), mailingId, runAt: Math.min(...places.map((place) => place.closesAt)) },
  ]);
  return succeed({ retried });
}
