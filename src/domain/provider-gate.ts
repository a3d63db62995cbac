// When the provider is left alone and how sending comes back: the numbers of the circuit breaker, the ramp and the retry budget. Pure.
import type { EpochMs } from './send-window.ts';
import type { SendOutcome } from './send-outcome.ts';

/** The breaker looks at the answers of the last 30 s, kept in slots of 3 s. */
export const ANSWER_SLOT_MS = 3_000;
export const ANSWER_SLOTS = 10;

/** Fewer answers say nothing yet. */
const leastAnswers = 20;
const badShare = 0.7;
const degradedShare = 0.1;

/** What all workers together have heard from the provider. */
export interface AnswerCounts {
  /** In the last 30 s. */
  readonly answers: number;
  readonly bad: number;
  /** In the last 3 to 6 s: this slot and the one before. */
  readonly lateAnswers: number;
  readonly lateBad: number;
}

/**
 * Whether the gate closes: at least 20 answers in 30 s with 70 % bad ones; or at least 20 in the last few seconds without a single good
 * one, so that the good answers before an outage do not let it cost tens of thousands of attempts.
 */
export function breakerTrips({ answers, bad, lateAnswers, lateBad }: AnswerCounts): boolean {
  return (answers >= leastAnswers && bad >= answers * badShare) || (lateAnswers >= leastAnswers && lateBad === lateAnswers);
}

/** Whether retries have to stand back: every tenth answer is bad, which is far from an outage and more than chance. */
export function isDegraded({ answers, bad }: AnswerCounts): boolean {
  return answers >= leastAnswers && bad >= answers * degradedShare;
}

/** First pause of the breaker; it doubles with each closing in a row up to the longest. Milliseconds. */
export const FIRST_PAUSE_MS = 5_000;
export const LONGEST_PAUSE_MS = 60_000;

/** A refused token is tried again after this long, unless another one comes before. Milliseconds. */
export const TOKEN_PAUSE_MS = 30_000;

/** After so many good probes in a row, one at a time, the gate opens. */
export const PROBES_TO_OPEN = 5;

const rampStartPerSecond = 50;
const rampSeconds = 10;

/**
 * The most requests in the whole second that begins at `second` (epoch seconds) after an opening: 50, doubling every second, for
 * 10 s, so that a provider that just came back is not met by everything that waited. null: no limit any more.
 */
export function rampPerSecond(openedAt: EpochMs | null, second: number): number | null {
  if (openedAt === null) return null;
  const age = second - Math.floor(openedAt / 1000);
  if (age >= rampSeconds) return null;
  return rampStartPerSecond * 2 ** Math.max(0, age);
}

/** A bad answer speaks of the provider's health; a refusal of one message does not. */
export function isBadAnswer(outcome: SendOutcome): boolean {
  return outcome.kind === 'retry' || outcome.kind === 'ambiguous';
}

/** A request that tests the provider passes when it is answered to the point, be it with a refusal of its message. */
export function isGoodProbe(outcome: SendOutcome): outcome is Extract<SendOutcome, { kind: 'accepted' | 'refused' }> {
  return outcome.kind === 'accepted' || outcome.kind === 'refused';
}
