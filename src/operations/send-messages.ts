// One lane's slice of sending a mailing: takes messages in hand, asks the provider, settles what came of it, and leaves a job behind
// for whatever is left. Several lanes over several workers do this at once; the leases keep them apart.
import { beginAlone, endAlone } from '../database/batch-queries.ts';
import type { ChangeNotifier } from '../database/change-notifier.ts';
import type { Database } from '../database/database.ts';
import { completeMailing } from '../database/finish-queries.ts';
import type { Settled } from '../database/settle-queries.ts';
import { givesAttemptBack } from '../domain/provider-gate.ts';
import { requestTimeoutMs } from '../domain/request-deadline.ts';
import { retryDelayMs } from '../domain/retry-schedule.ts';
import type { Isolation, IsolatedSender, ProcessEnded, Provider, SendOutcome, SendRequest } from '../domain/send-outcome.ts';
import { failpoint } from '../failpoints.ts';
import { logAttempt, logMailingEvent } from '../log.ts';
import type { Log } from '../log.ts';
import type { DatabaseClock } from './database-clock.ts';
import { makeLeasedMessages } from './leased-messages.ts';
import type { LaneEnd, LeasedMessages } from './leased-messages.ts';
import { isFresh } from './message-in-hand.ts';
import type { MessageInHand } from './message-in-hand.ts';
import type { ProviderGate } from './provider-gate.ts';
import type { Permit, RateLimiter } from './rate-limiter.ts';
import type { RequestSlots } from './request-slots.ts';
import { leaveJob, wakeOtherLanes } from './lane-jobs.ts';
import { LANES_PER_WORKER, SLICE_MS } from './send-lanes.ts';

export interface SendDependencies {
  readonly database: Database;
  readonly provider: Provider;
  readonly isolation: Isolation;
  readonly gate: ProviderGate;
  readonly limiter: RateLimiter;
  readonly slots: RequestSlots;
  readonly clock: DatabaseClock;
  readonly changes: ChangeNotifier;
  readonly log: Log;
  /** Numbers in [0, 1) that stay for a tenth of a second: messages that fail together share a delay, hence a batch. */
  readonly random: () => number;
  readonly connections: number;
  readonly timeoutMs: number;
  readonly leaseMs: number;
  readonly onAmbiguous: 'resend' | 'hold';
}

/** `stop`: give everything back soon. Repeating a slice, or running one late, does no harm. */
export type SendMessages = (mailingId: string, lane: number, stop: AbortSignal) => Promise<void>;

/**
 * A message that was begun so often alone in a process of its own, and never came to an end, is set aside. Killing workers at random
 * does not add up to that: it would have to hit the same message, in the milliseconds that it takes, five times in a row.
 */
const STARTS_UNTIL_PARKED = 5;

export function makeSendMessages(dependencies: SendDependencies): SendMessages {
  const lanesHere = new Map<string, number>();
  const sendSlice = makeSendSlice(dependencies);
  return async (mailingId, lane, stop) => {
    const lanes = lanesHere.get(mailingId) ?? 0;
    if (lanes >= LANES_PER_WORKER) return leaveJob(dependencies.database, mailingId, lane, { reason: 'enough-lanes' });
    lanesHere.set(mailingId, lanes + 1);
    try {
      await sendSlice(mailingId, lane, stop);
    } finally {
      const left = (lanesHere.get(mailingId) ?? 1) - 1;
      if (left > 0) lanesHere.set(mailingId, left);
      else lanesHere.delete(mailingId);
    }
  };
}

function makeSendSlice(dependencies: SendDependencies): SendMessages {
  return async (mailingId, lane, stop) => {
    const { database, changes, log } = dependencies;
    if (lane === 0) await wakeOtherLanes(database, mailingId);
    const endsAt = performance.now() + SLICE_MS;
    let nothingPending = false;
    const messages = makeLeasedMessages(
      {
        ...dependencies,
        onSettled: (id, left) => {
          // Answers of two batches may come in either order: one that saw nothing pending is enough to look.
          nothingPending ||= left === 0;
          changes.changed(id);
        },
        isOver: () => stop.aborted || performance.now() > endsAt,
      },
      mailingId,
    );
    const handBack = async (): Promise<void> => {
      await messages.handBack();
      await leaveJob(database, mailingId, 0, { reason: 'stopped' });
    };
    let givenBack: Promise<void> = Promise.resolve();
    const onStop = (): void => {
      givenBack = handBack().catch((error: unknown) =>
        log.warn({ err: error, mailingId }, 'the reconciler goes on with what was given back'),
      );
    };
    if (stop.aborted) onStop();
    stop.addEventListener('abort', onStop, { once: true });
    const end = await runLane(dependencies, mailingId, messages);
    stop.removeEventListener('abort', onStop);
    await givenBack;
    if (end.reason === 'fault')
      log.warn({ err: end.error, mailingId, lane }, 'a lane met a database fault; its messages go on in a second');
    if (nothingPending && (await completeMailing(database, mailingId))) {
      changes.changed(mailingId);
      logMailingEvent(log, 'completed', { mailingId });
      return;
    }
    await leaveJob(database, mailingId, lane, end);
  };
}

/** Each lane can use every connection: they stay busy while the other lane leases or settles. */
async function runLane(dependencies: SendDependencies, mailingId: string, messages: LeasedMessages): Promise<LaneEnd> {
  await Promise.all(
    Array.from({ length: dependencies.connections }, async () => runRequests(dependencies, mailingId, messages).catch(messages.fail)),
  );
  return messages.finish();
}

/** One request after another until the lane's end: a permit under the rate caps, a message, a connection, and a last look at all three. */
async function runRequests(dependencies: SendDependencies, mailingId: string, messages: LeasedMessages): Promise<void> {
  const { slots, limiter, gate } = dependencies;
  for (;;) {
    const permit = await limiter.acquire(mailingId, messages.ratePerSecond(), gate.state.openedAt, messages.isStopped);
    const message = await messages.next();
    if (message === null) return;
    const wait = slots.acquire();
    if (wait !== undefined) await wait;
    try {
      if (message.held.alone) await sendAlone(dependencies, mailingId, messages, message, permit);
      else await sendOne(dependencies, mailingId, messages, message, permit, dependencies.provider);
    } finally {
      slots.release();
      messages.done(message);
    }
  }
}

/** In a process of its own, which is ready before the last look: starting one takes a moment. */
async function sendAlone(
  dependencies: SendDependencies,
  mailingId: string,
  messages: LeasedMessages,
  message: MessageInHand,
  permit: Permit | null,
): Promise<void> {
  const sender = await dependencies.isolation.acquire();
  try {
    await sendOne(dependencies, mailingId, messages, message, permit, sender);
  } finally {
    sender.release();
  }
}

async function sendOne(
  dependencies: SendDependencies,
  mailingId: string,
  messages: LeasedMessages,
  message: MessageInHand,
  permit: Permit | null,
  sender: Provider | IsolatedSender,
): Promise<void> {
  const { gate, limiter, clock, database, log, timeoutMs } = dependencies;
  const { held, messageId, phone } = message;
  if (messages.isStopped()) return;
  if (held.settler.isLost || performance.now() > held.settler.leasedUntil) return messages.abandon(held);
  const isPermitted =
    permit === null ? !limiter.isCapped(mailingId, messages.ratePerSecond(), gate.state.openedAt) : clock.now() < permit.expiresAt;
  if (!isFresh(message) || (message.probeToken === null && !isPermitted)) return messages.putBack(message);
  const timeLeft = (): number | null => requestTimeoutMs({ timeoutMs, deadlineAt: held.deadlineAt, nowAt: clock.now() });
  if (held.alone && timeLeft() !== null) {
    if (!(await mayBeginAlone(dependencies, message))) return;
    if (!isFresh(message)) {
      await endAlone(database, held.settler.batch);
      return messages.putBack(message);
    }
  }
  const timeout = timeLeft();
  if (timeout === null) return messages.abandon(held);
  // Nothing is awaited from here to the request: what was given back is not started.
  if (messages.isStopped()) return;
  held.started.add(messageId);
  const startedAt = performance.now();
  const outcome = await ask(sender, { messageId, phone, textJson: held.textJson, timeoutMs: timeout }, held.alone, log);
  const latencyMs = performance.now() - startedAt;

  if (outcome.kind === 'process-ended') {
    log.error({ mailingId, messageId, how: outcome.how }, 'a message ended the process that was sending it alone');
    return messages.putBack(message);
  }
  if (log.isLevelEnabled('debug')) logOutcome(log, message, outcome, latencyMs);
  if (!givesAttemptBack(outcome)) held.settler.add(toSettled(dependencies, message, outcome, latencyMs));
  else if (held.alone) await endAlone(database, held.settler.batch);
  if (message.probeToken === null) gate.answered(outcome);
  else await gate.endProbe(message.probeToken, outcome);
}

/** False: the message is set aside, or its lease is lost. */
async function mayBeginAlone({ database }: SendDependencies, message: MessageInHand): Promise<boolean> {
  const { settler } = message.held;
  const starts = await beginAlone(database, settler.batch, message.messageId);
  if (starts === null) settler.lose();
  else if (starts <= STARTS_UNTIL_PARKED) return true;
  else settler.add(parked(message));
  return false;
}

/** A fault of our own while sending must not come back at once and for ever: the message may have gone out, so it is ambiguous. */
async function ask(sender: Provider | IsolatedSender, request: SendRequest, alone: boolean, log: Log): Promise<SendOutcome | ProcessEnded> {
  try {
    if (!alone) failpoint('before-post', request.phone);
    const outcome = await sender.send(request);
    if (!alone) failpoint('after-post', request.phone);
    return outcome;
  } catch (error) {
    log.error({ err: error, messageId: request.messageId }, 'sending a message failed in the sender itself');
    return { kind: 'ambiguous', code: 'SENDER_FAULT', message: 'The sender itself failed; its log says how' };
  }
}

function toSettled(dependencies: SendDependencies, message: MessageInHand, outcome: SettledOutcome, latencyMs: number): Settled {
  const base = { messageId: message.messageId, attemptsBefore: message.attempts, latencyMs };
  if (outcome.kind === 'accepted') return { ...base, kind: 'accepted', code: null, message: null, httpStatus: null, delayMs: 0 };
  const held = outcome.kind === 'ambiguous' && dependencies.onAmbiguous === 'hold';
  return {
    ...base,
    kind: held ? 'held' : outcome.kind,
    code: outcome.code,
    message: outcome.message,
    httpStatus: outcome.httpStatus ?? null,
    delayMs: retryDelayMs(message.attempts + 1, dependencies.random),
  };
}

type SettledOutcome = Exclude<SendOutcome, { kind: 'throttled' | 'token-refused' }>;

function parked(message: MessageInHand): Settled {
  return {
    messageId: message.messageId,
    attemptsBefore: message.attempts,
    kind: 'refused',
    code: 'PROCESS_CRASHED',
    message:
      'The sending process ended each time this message was sent, also alone; it was set aside. Look at the log of the worker, then retry it.',
    httpStatus: null,
    latencyMs: 0,
    delayMs: 0,
  };
}

function logOutcome(log: Log, message: MessageInHand, outcome: SendOutcome, latencyMs: number): void {
  logAttempt(log, {
    messageId: message.messageId,
    mailingId: message.held.settler.batch.mailingId,
    outcome: outcome.kind,
    ...(outcome.kind === 'accepted'
      ? {}
      : { code: outcome.code, ...(outcome.httpStatus === undefined ? {} : { httpStatus: outcome.httpStatus }) }),
    durationMs: Math.round(latencyMs),
  });
}
