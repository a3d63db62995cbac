// What the outcome of one request makes of its message: the row's new state, or nothing when the attempt is given back.
import type { Settled } from '../database/settle-queries.ts';
import { retryDelayMs } from '../domain/retry-schedule.ts';
import type { SendOutcome } from '../domain/send-outcome.ts';
import type { MessageInHand } from './message-in-hand.ts';
import type { ProviderGate } from './provider-gate.ts';

export interface OutcomeRules {
  readonly gate: ProviderGate;
  readonly onAmbiguous: 'resend' | 'hold';
  /** Numbers in [0, 1) that stay for a tenth of a second: messages that fail together share a delay, hence a batch. */
  readonly random: () => number;
}

/** null: the attempt is given back, the message stays where it is. */
export function toSettled(rules: OutcomeRules, message: MessageInHand, outcome: SendOutcome, latencyMs: number): Settled | null {
  const base = { messageId: message.messageId, attemptsBefore: message.attempts, latencyMs };
  if (outcome.kind === 'accepted') return { ...base, kind: 'accepted', code: null, message: null, httpStatus: null, delayMs: 0 };
  const kind = settledKind(rules, message, outcome);
  if (kind === null) return null;
  const isCharged = kind !== 'returned' && kind !== 'doubted';
  return {
    ...base,
    kind,
    code: outcome.code,
    message: outcome.message,
    httpStatus: outcome.httpStatus ?? null,
    delayMs: retryDelayMs(isCharged ? message.attempts + 1 : 1, rules.random),
  };
}

/** While the gate is not open no message is charged: a message that tested the provider goes behind the others, so that no single one can keep the gate closed. */
function settledKind({ gate, onAmbiguous }: OutcomeRules, { probeToken }: MessageInHand, { kind }: SendOutcome): Settled['kind'] | null {
  switch (kind) {
    case 'throttled':
    case 'token-refused':
      return null;
    case 'retry':
      if (probeToken !== null) return 'returned';
      return gate.state.state === 'OPEN' ? 'retry' : null;
    case 'ambiguous':
      if (onAmbiguous === 'hold') return 'held';
      return probeToken === null ? 'ambiguous' : 'doubted';
    case 'accepted':
    case 'refused':
      return kind;
    default:
      return kind satisfies never;
  }
}

/** Set aside: it ends the process that sends it. */
export function parked(message: MessageInHand): Settled {
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
