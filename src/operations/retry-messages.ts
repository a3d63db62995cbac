// Puts failed messages back in line, under the ids the provider already knows. A mailing that was COMPLETED runs again, as long as its
// period lasts: that is when an operator who has put the cause right wants the rest sent.
import type { Transaction } from '../database/database.ts';
import type { Mailing } from '../database/entities.ts';
import { addJobs, jobKey } from '../database/job-queue.ts';
import type { JobRequest } from '../database/job-queue.ts';
import { addToRetried, insertMailingEvent } from '../database/mailing-event-queries.ts';
import { nextRetryChunk, requeueMessages } from '../database/mailing-queries.ts';
import type { RetrySelection } from '../database/mailing-queries.ts';
import { lockMailing, moveMailing, readNow } from '../database/single-rows.ts';
import { lockClientDirectory } from '../database/unsent-message-queries.ts';
import { CarillonError, succeed } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';
import type { MessageStatus } from '../domain/message.ts';
import { canMessageBecome } from '../domain/message.ts';
import type { Actor } from '../domain/principal.ts';
import { nextOpenInterval, sendWindowOf } from '../domain/send-window.ts';
import type { EpochMs, OpenInterval } from '../domain/send-window.ts';
import { storedTextFault } from '../domain/stored-text.ts';
import { logMailingEvent } from '../log.ts';
import { actorField, notFound, wrongState } from './operation-dependencies.ts';
import type { OperationDependencies } from './operation-dependencies.ts';

/** `errorCodes`: only messages that ended on one of these; null or left out: on any. */
export type RetryMessages = (
  mailingId: string,
  statuses: readonly MessageStatus[],
  errorCodes?: readonly string[] | null,
) => Promise<Result<{ readonly retried: number }>>;

/** More than there are codes. */
const mostErrorCodes = 100;

/**
 * Messages of clients who were deleted or have opted out, or whose window does not open again before the end, stay as they are.
 * Works in chunks that each commit whole; a repeat goes on where a broken call left off.
 * Throws CarillonError BAD_USER_INPUT for no statuses, for those that cannot be retried, and for codes that no message can have.
 */
export function makeRetryMessages({ database, changes, log, actor = null }: OperationDependencies): RetryMessages {
  return async (mailingId, statuses, errorCodes = null) => {
    checkStatuses(statuses);
    checkErrorCodes(errorCodes);
    let retried = 0;
    let eventId: string | null = null;
    for (const selection of selectionsOf(mailingId, statuses, errorCodes)) {
      for (let afterId: string | null = '0'; afterId !== null;) {
        const part: RetryPart = { ...selection, afterId, actor, eventId };
        const step: Result<Step> = await database.transaction(async (tx) => retryChunk(tx, part));
        if (!step.ok) return retried === 0 ? step : finish();
        retried += step.value.retried;
        ({ eventId, lastId: afterId } = step.value);
        if (step.value.retried > 0) changes.changed(mailingId);
      }
    }
    return finish();

    /** Also when the mailing ended between two chunks: what is retried by then is retried. */
    function finish(): Result<{ readonly retried: number }> {
      if (retried > 0) logMailingEvent(log, 'retried', { mailingId, messages: retried, ...actorField(actor) });
      return succeed({ retried });
    }
  };
}

function checkStatuses(statuses: readonly MessageStatus[]): void {
  const wrong = statuses.filter((status) => !canMessageBecome(status, 'PENDING'));
  if (statuses.length > 0 && wrong.length === 0) return;
  throw new CarillonError(
    'BAD_USER_INPUT',
    `statuses: ${wrong.join(', ') || 'an empty list'} cannot be retried; only FAILED and UNCONFIRMED can`,
  );
}

function checkErrorCodes(errorCodes: readonly string[] | null): void {
  const fault = errorCodes === null ? null : errorCodesFault(errorCodes);
  if (fault !== null) throw new CarillonError('BAD_USER_INPUT', `errorCodes: ${fault}`);
}

function errorCodesFault(errorCodes: readonly string[]): string | null {
  if (errorCodes.length === 0) return 'an empty list names no messages; leave it out to retry whatever the code';
  if (errorCodes.length > mostErrorCodes) return `must have at most ${mostErrorCodes} entries`;
  const wrong = errorCodes.findIndex((code) => code === '' || storedTextFault(code) !== null);
  return wrong === -1 ? null : `entry ${wrong} cannot be the code of an error; Mailing.errors has those there are`;
}

/** Each message belongs to one of them at most. */
function selectionsOf(mailingId: string, statuses: readonly MessageStatus[], errorCodes: readonly string[] | null): RetrySelection[] {
  const codes = errorCodes === null ? [null] : [...new Set(errorCodes)];
  return [...new Set(statuses)].flatMap((status) => codes.map((errorCode) => ({ mailingId, status, errorCode })));
}

interface RetryPart extends RetrySelection {
  readonly afterId: string;
  readonly actor: Actor;
  /** The entry in the mailing's history, one for all chunks; null: none yet. */
  readonly eventId: string | null;
}

interface Step {
  readonly retried: number;
  readonly eventId: string | null;
  /** Where the next chunk begins; null: there is none. */
  readonly lastId: string | null;
}

async function retryChunk(tx: Transaction, part: RetryPart): Promise<Result<Step>> {
  const { mailingId, afterId, eventId } = part;
  // Keeps out whoever deletes or opts out a client meanwhile.
  await lockClientDirectory(tx);
  const mailing = await lockMailing(tx, mailingId);
  if (mailing === null) return notFound('mailing', ['mailingId']);
  const now = await readNow(tx);
  if (mailing.status === 'CANCELLED' || mailing.endsAt.getTime() <= now) {
    return wrongState('MAILING_FINISHED', 'the mailing has ended: nothing of it can be sent any more', ['mailingId']);
  }
  const chunk = await nextRetryChunk(tx, selectionOf(part), afterId);
  if (chunk === null) return succeed({ retried: 0, eventId, lastId: null });
  const { lastId } = chunk;
  const intervals = openIntervals(mailing, chunk.timeZones, now);
  if (intervals.size === 0) return succeed({ retried: 0, eventId, lastId });
  if (mailing.status === 'COMPLETED') moveMailing(mailing, 'RUNNING', now);
  await tx.em.flush();
  const retried = await requeueMessages(tx, chunk, intervals);
  await addJobs(tx, wakeUps(mailingId, [...intervals.values()]));
  return succeed({ retried, eventId: await keepInHistory(tx, part, retried), lastId });
}

function selectionOf({ mailingId, status, errorCode }: RetryPart): RetrySelection {
  return { mailingId, status, errorCode };
}

async function keepInHistory(tx: Transaction, { mailingId, actor, eventId }: RetryPart, retried: number): Promise<string | null> {
  if (retried === 0) return eventId;
  if (eventId === null) return insertMailingEvent(tx, { mailingId, kind: 'MESSAGES_RETRIED', actor, retried });
  await addToRetried(tx, eventId, retried);
  return eventId;
}

/** Zones whose window does not open before the end are left out. */
function openIntervals(mailing: Mailing, timeZones: readonly string[], now: EpochMs): Map<string, OpenInterval> {
  const window = sendWindowOf({ windowFrom: mailing.windowFrom ?? null, windowTo: mailing.windowTo ?? null });
  const intervals = new Map<string, OpenInterval>();
  for (const zone of timeZones) {
    const interval = nextOpenInterval(window, zone, now, mailing.endsAt.getTime());
    if (interval !== null) intervals.set(zone, interval);
  }
  return intervals;
}

function wakeUps(mailingId: string, intervals: readonly OpenInterval[]): JobRequest[] {
  return [
    { task: 'send', key: jobKey.send(mailingId, 0), mailingId, lane: 0, runAt: Math.min(...intervals.map(({ opensAt }) => opensAt)) },
    { task: 'finish', key: jobKey.finish(mailingId), mailingId, runAt: Math.min(...intervals.map(({ closesAt }) => closesAt)) },
  ];
}
