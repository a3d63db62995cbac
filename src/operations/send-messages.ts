// One lane's slice of sending a mailing: takes messages in hand, asks the provider, settles what came of it, and leaves a job behind
// for whatever is left. Several lanes over several workers do this at once; the leases keep them apart.
import { beginAlone, endAlone } from '../database/batch-queries.ts';
import type { ChangeNotifier } from '../database/change-notifier.ts';
import { isConnectionFault, isSerializationFault, isStatementTimeout } from '../database/database-faults.ts';
import type { Database } from '../database/database.ts';
import { completeMailing } from '../database/finish-queries.ts';
import type { Span } from '../domain/tracing.ts';
import { requestTimeoutMs } from '../domain/request-deadline.ts';
import type { Isolation, IsolatedSender, NotStarted, ProcessEnded, Provider, SendOutcome } from '../domain/send-outcome.ts';
import { failpoint } from '../failpoints.ts';
import { logAttempt, logMailingEvent } from '../log.ts';
import type { Log } from '../log.ts';
import type { DatabaseClock } from './database-clock.ts';
import { dispatchMessages } from './dispatch-messages.ts';
import type { DispatchDependencies } from './dispatch-messages.ts';
import { makeLeasedMessages } from './leased-messages.ts';
import type { LeasedMessages } from './leased-messages.ts';
import { isAlone, isFresh, WRITTEN_MS } from './message-in-hand.ts';
import type { HeldBatch, MessageInHand } from './message-in-hand.ts';
import type { Permit } from './rate-limiter.ts';
import { leaveJob, wakeOtherLanes } from './lane-jobs.ts';
import { nothingRecorded } from './sending-recorder.ts';
import { LANES_PER_WORKER, sliceMs } from './send-lanes.ts';
import { parked, toSettled } from './settled-outcome.ts';
import type { OutcomeRules } from './settled-outcome.ts';

export interface SendDependencies extends DispatchDependencies, OutcomeRules {
  readonly database: Database;
  readonly provider: Provider;
  readonly isolation: Isolation;
  readonly clock: DatabaseClock;
  readonly changes: ChangeNotifier;
  readonly log: Log;
  readonly timeoutMs: number;
  readonly leaseMs: number;
  /** Whether the provider is told which span a request belongs to; where nobody traces, there is none. */
  readonly traceProvider?: boolean;
  /** Called when a mailing is over: somebody may have to be told. */
  readonly onEvent?: () => void;
}

/** `stop`: give everything back soon. `span`: what the slice is a part of. Repeating a slice, or running one late, does no harm. */
export type SendMessages = (mailingId: string, lane: number, stop: AbortSignal, span?: Span | null) => Promise<void>;

/**
 * A message that was begun so often alone in a process of its own, and never came to an end, is set aside. Killing workers at random
 * does not add up to that: it would have to hit the same message, in the milliseconds that it takes, five times in a row.
 */
const STARTS_UNTIL_PARKED = 5;

export function makeSendMessages(dependencies: SendDependencies): SendMessages {
  const lanesHere = new Map<string, number>();
  const sendSlice = makeSendSlice(dependencies);
  return async (mailingId, lane, stop, span) => {
    const lanes = lanesHere.get(mailingId) ?? 0;
    if (lanes >= LANES_PER_WORKER) return leaveJob(dependencies.database, mailingId, lane, { reason: 'enough-lanes' });
    lanesHere.set(mailingId, lanes + 1);
    try {
      await sendSlice(mailingId, lane, stop, span);
    } finally {
      const left = (lanesHere.get(mailingId) ?? 1) - 1;
      if (left > 0) lanesHere.set(mailingId, left);
      else lanesHere.delete(mailingId);
    }
  };
}

function makeSendSlice(dependencies: SendDependencies): SendMessages {
  return async (mailingId, lane, stop, span = null) => {
    const { database, gate, clock, changes, log } = dependencies;
    if (gate.state.state !== 'OPEN') {
      // Nothing else asks for the time while the gate is closed: without this look, a pause would last by a clock that was set since.
      const askedAt = performance.now();
      clock.observe(await gate.refresh(), askedAt);
    }
    if (gate.isClosed(clock.now()))
      return leaveJob(database, mailingId, lane, { reason: 'gate-closed', until: gate.lookAgainAt(clock.now()) });
    if (lane === 0 && gate.state.state === 'OPEN') await wakeOtherLanes(database, mailingId);
    const endsAt = performance.now() + sliceMs(lane);
    let nothingPending = false;
    const messages = makeLeasedMessages(
      {
        ...dependencies,
        span,
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
    await dispatchMessages(dependencies, mailingId, messages, async (message, permit) => {
      try {
        return await sendFrom(dependencies, message, async (sender) => sendOne(dependencies, mailingId, messages, message, permit, sender));
      } catch (error) {
        putOff(dependencies, message, error);
        return true;
      }
    });
    const end = await messages.finish();
    log.debug({ mailingId, lane, reason: end.reason }, 'lane ended');
    stop.removeEventListener('abort', onStop);
    await givenBack;
    if (end.reason === 'fault')
      log.warn({ err: end.error, mailingId, lane }, 'a lane met a database fault; its messages go on in a second');
    if (nothingPending && (await completeMailing(database, mailingId))) {
      changes.changed(mailingId);
      logMailingEvent(log, 'completed', { mailingId });
      dependencies.onEvent?.();
      return;
    }
    await leaveJob(database, mailingId, lane, end);
  };
}

/** From this process, or from one that is ready before the last look: starting one takes a moment. */
async function sendFrom(
  { provider, isolation }: SendDependencies,
  message: MessageInHand,
  send: (sender: Provider | IsolatedSender) => Promise<boolean>,
): Promise<boolean> {
  const { held } = message;
  if (held.isolation === 'none') return send(provider);
  if (!isAlone(message)) return send(await sharedSender(isolation, held));
  const sender = await isolation.acquire();
  try {
    return await send(sender);
  } finally {
    sender.release();
  }
}

/** The process that the messages of an isolated batch share; another one when it has ended. */
async function sharedSender(isolation: Isolation, held: HeldBatch): Promise<IsolatedSender> {
  for (;;) {
    const acquired = (held.sender ??= isolation.acquire());
    const sender = await acquired;
    if (!sender.isEnded()) return sender;
    if (held.sender === acquired) held.sender = null;
  }
}

/** A last look at everything, then the request. False: it was not started. */
async function sendOne(
  dependencies: SendDependencies,
  mailingId: string,
  messages: LeasedMessages,
  message: MessageInHand,
  permit: Permit | null,
  sender: Provider | IsolatedSender,
): Promise<boolean> {
  const { provider, gate, budget, limiter, slots, clock, database, log, timeoutMs, record = nothingRecorded } = dependencies;
  const { held, messageId, phone } = message;
  const { settler } = held;
  const alone = isAlone(message);
  const isRetry = message.attempts > 0;
  const notNow = (): false => {
    messages.putBack(message);
    return false;
  };
  const never = (): false => {
    messages.abandon(held);
    return false;
  };
  const isItsTurn = (): boolean => {
    const { openedAt } = gate.state;
    const isPermitted = permit === null ? !limiter.isCapped(mailingId, openedAt) : limiter.isValid(mailingId, openedAt, permit);
    return isFresh(message) && isPermitted && gate.isOpenFor(message, clock.now()) && (!isRetry || budget.allowsRetry());
  };
  if (held.isolation === 'none') failpoint('before-post', phone);
  if (messages.isStopped()) return false;
  if (settler.isLost || performance.now() > settler.leasedUntil) return never();
  if (!isItsTurn()) return notNow();
  const timeLeft = (): number | null => requestTimeoutMs({ timeoutMs, deadlineAt: held.deadlineAt, nowAt: clock.now() });
  if (alone && timeLeft() !== null) {
    if (!(await mayBeginAlone(dependencies, message))) return false;
    if (!isItsTurn()) {
      await endAlone(database, settler.batch);
      return notNow();
    }
  }
  const timeout = timeLeft();
  if (timeout === null) return never();
  // Nothing is awaited from here to the request: what was given back is not started.
  if (messages.isStopped()) return false;
  held.started.add(messageId);
  budget.started(isRetry);
  const tokenGeneration = provider.tokenGeneration();
  const startedAt = performance.now();
  const startWithinMs = Math.min(
    settler.leasedUntil - startedAt,
    message.readAt + WRITTEN_MS - startedAt,
    permit === null ? Number.POSITIVE_INFINITY : permit.expiresAt - clock.now(),
  );
  const span = held.span?.child('provider request', { mailingId, messageId, attempt: message.attempts + 1 }, startedAt) ?? null;
  const traced = span !== null && dependencies.traceProvider === true ? { traceparent: span.traceparent } : {};
  const outcome = await sender.send({ messageId, phone, textJson: held.textJson, timeoutMs: timeout, startWithinMs, ...traced });
  if (span !== null) endRequestSpan(span, outcome);
  if (held.isolation === 'none') failpoint('after-post', phone);
  const endedAt = performance.now();
  const latencyMs = endedAt - startedAt;

  if (outcome.kind === 'not-started') return notNow();
  record.attempt(outcome.kind, latencyMs);
  if (outcome.kind === 'process-ended') {
    if (alone) log.error({ mailingId, messageId, how: outcome.how }, 'a message ended the process that was sending it alone');
    else log.warn({ mailingId, messageId, how: outcome.how }, 'a process for sending ended; this message is sent alone from now on');
    held.suspects.add(messageId);
    messages.putBack(message);
    return true;
  }
  // A process of its own adds its time to the provider's; a probe goes alone; what was given less time for its deadline says nothing.
  const isCutShort = timeout < timeoutMs && outcome.kind === 'ambiguous' && outcome.code === 'TIMEOUT';
  if (held.isolation === 'none' && message.probeToken === null && !isCutShort) slots.answered(outcome, latencyMs, endedAt);
  if (log.isLevelEnabled('debug')) logOutcome(log, message, outcome, latencyMs);
  const settled = toSettled(dependencies, message, outcome, latencyMs);
  if (settled !== null) settler.add(settled);
  else if (alone) await endAlone(database, settler.batch);
  if (message.probeToken === null) gate.answered(outcome, tokenGeneration);
  else await gate.endProbe(message.probeToken, outcome, tokenGeneration);
  return true;
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

/**
 * A fault of our own while a message was sent must not come back at once and for ever: it waits as after any ambiguous answer, as it may
 * have gone out. Faults of the database are not about the message: they are thrown on.
 */
function putOff(dependencies: SendDependencies, message: MessageInHand, error: unknown): void {
  if (isConnectionFault(error) || isSerializationFault(error) || isStatementTimeout(error)) throw error;
  const { messageId, held } = message;
  dependencies.log.error(
    { err: error, mailingId: held.settler.batch.mailingId, messageId },
    'sending a message failed in the sender itself',
  );
  const settled = toSettled(dependencies, message, senderFault, 0);
  if (settled !== null) held.settler.add(settled);
}

const senderFault = { kind: 'ambiguous', code: 'SENDER_FAULT', message: 'The sender itself failed; its log says how' } as const;

function logOutcome(log: Log, message: MessageInHand, outcome: SendOutcome, latencyMs: number): void {
  logAttempt(log, {
    messageId: message.messageId,
    mailingId: message.held.settler.batch.mailingId,
    batchId: message.held.settler.batch.id,
    clientId: message.clientId,
    outcome: outcome.kind,
    ...(outcome.kind === 'accepted'
      ? {}
      : { code: outcome.code, answer: outcome.message, ...(outcome.httpStatus === undefined ? {} : { httpStatus: outcome.httpStatus }) }),
    durationMs: Math.round(latencyMs),
  });
}

function endRequestSpan(span: Span, outcome: SendOutcome | NotStarted | ProcessEnded): void {
  const { kind } = outcome;
  const code = 'code' in outcome ? { code: outcome.code } : {};
  const httpStatus = 'httpStatus' in outcome && outcome.httpStatus !== undefined ? { httpStatus: outcome.httpStatus } : {};
  span.set({ outcome: kind, ...code, ...httpStatus });
  span.end(kind === 'accepted' || kind === 'not-started' ? null : kind);
}
