// A message between its reading from the database and its request, and the leased batch it belongs to.
import type { Portion } from '../database/batch-queries.ts';
import type { IsolatedSender } from '../domain/send-outcome.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { Span } from '../domain/tracing.ts';
import type { BatchSettler } from './settle-outcomes.ts';

/** How old the facts behind a request may be: with the request's own start well under the promised second. */
const FRESH_MS = 700;
/** How old they may be when the request is written: connecting comes between. */
export const WRITTEN_MS = 950;

/**
 * How far a batch is kept from this process, by how often it has lost its holder: not at all; all but its suspects in one process of its
 * own; each message alone, as if it were a suspect.
 */
export type BatchIsolation = 'none' | 'shared' | 'alone';

export interface HeldBatch {
  /** Knows the batch. */
  readonly settler: BatchSettler;
  readonly isolation: BatchIsolation;
  /** Messages that were being sent when the process of an isolated batch ended: one of them may have ended it. */
  readonly suspects: Set<string>;
  /** From lease to release; null: nobody traces. */
  readonly span: Span | null;
  /** The process of an isolated batch, once it is needed. */
  sender: Promise<IsolatedSender> | null;
  /** As last read: no request may still run then. 0 before the first reading. */
  deadlineAt: EpochMs;
  /** The mailing's text as last read, and the same as a JSON string literal. */
  text: string;
  textJson: string;
  /** Messages handed out whose outcome is not yet known, and those of them whose request has been started. */
  readonly inFlight: Set<string>;
  readonly started: Set<string>;
}

/** A batch that lost its holder so often is sent from a process of its own. */
const RESCUES_UNTIL_SHARED = 2;
/** One that lost it so often even then is sent message by message: what ends the holder comes after the sending. */
const RESCUES_UNTIL_ALONE = 5;

/** A batch as it is right after it was leased: nothing of it is read. */
export function holdBatch(settler: BatchSettler, span: Span | null): HeldBatch {
  const { rescues, suspectId = null } = settler.batch;
  return {
    settler,
    isolation: rescues < RESCUES_UNTIL_SHARED ? 'none' : rescues < RESCUES_UNTIL_ALONE ? 'shared' : 'alone',
    suspects: new Set(suspectId === null ? [] : [suspectId]),
    span,
    sender: null,
    deadlineAt: 0,
    text: '',
    textJson: '""',
    inFlight: new Set(),
    started: new Set(),
  };
}

export interface MessageInHand {
  readonly held: HeldBatch;
  readonly messageId: string;
  readonly phone: string;
  readonly attempts: number;
  /** For the log: known at debug only. */
  readonly clientId: string | null;
  /** Set when this message is the one that tests the provider. */
  readonly probeToken: string | null;
  /** Monotonic instant of the reading that says it may be sent. */
  readonly readAt: number;
}

/** Whether the facts behind a message are recent enough to start its request. */
export function isFresh(message: MessageInHand): boolean {
  return performance.now() - message.readAt <= FRESH_MS;
}

/** Whether nothing else of its batch may be in its process, so that what happens to that process is this message's doing. */
export function isAlone({ held, messageId }: MessageInHand): boolean {
  return held.isolation === 'alone' || (held.suspects.size > 0 && held.suspects.has(messageId));
}

/** `readAt`: monotonic time before the statement that read the portion was sent. */
export function toMessages(held: HeldBatch, portion: Portion, probeToken: string | null, readAt: number): MessageInHand[] {
  return (portion.ids ?? []).map((messageId, index) => ({
    held,
    messageId,
    phone: portion.phones?.[index] ?? '',
    attempts: portion.attempts?.[index] ?? 0,
    clientId: portion.clientIds?.[index] ?? null,
    probeToken,
    readAt,
  }));
}
