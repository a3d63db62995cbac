// A message between its reading from the database and its request, and the leased batch it belongs to.
import type { Portion } from '../database/batch-queries.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { BatchSettler } from './settle-outcomes.ts';

/** How old the facts behind a request may be: with the request's own start well under the promised second. */
const FRESH_MS = 700;
/** How old they may be when the request is written: connecting comes between. */
export const WRITTEN_MS = 950;

export interface HeldBatch {
  /** Knows the batch. */
  readonly settler: BatchSettler;
  /** One message at a time in a process of its own: the batch has lost its holder too often. */
  readonly alone: boolean;
  /** As last read: no request may still run then. 0 before the first reading. */
  deadlineAt: EpochMs;
  /** The mailing's text as last read, and the same as a JSON string literal. */
  text: string;
  textJson: string;
  /** Messages handed out whose outcome is not yet known, and those of them whose request has been started. */
  readonly inFlight: Set<string>;
  readonly started: Set<string>;
}

export interface MessageInHand {
  readonly held: HeldBatch;
  readonly messageId: string;
  readonly phone: string;
  readonly attempts: number;
  /** Set when this message is the one that tests the provider. */
  readonly probeToken: string | null;
  /** Monotonic instant of the reading that says it may be sent. */
  readonly readAt: number;
}

/** Whether the facts behind a message are recent enough to start its request. */
export function isFresh(message: MessageInHand): boolean {
  return performance.now() - message.readAt <= FRESH_MS;
}

/** `readAt`: monotonic time before the statement that read the portion was sent. */
export function toMessages(held: HeldBatch, portion: Portion, probeToken: string | null, readAt: number): MessageInHand[] {
  return (portion.ids ?? []).map((messageId, index) => ({
    held,
    messageId,
    phone: portion.phones?.[index] ?? '',
    attempts: portion.attempts?.[index] ?? 0,
    probeToken,
    readAt,
  }));
}
