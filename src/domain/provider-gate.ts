// When the provider is left alone and how sending comes back: the numbers of the circuit breaker and of the ramp. Pure.
import type { EpochMs } from './send-window.ts';
import type { SendOutcome } from './send-outcome.ts';

/** The breaker looks at the answers of the last 30 s, kept in slots of 3 s. */
export const ANSWER_SLOT_MS = 3_000;
export const ANSWER_SLOTS = 10;

const leastAnswers = 20;
const badShare = 0.7;

/** Whether so many answers with so many bad ones close the gate. Fewer than 20 answers say nothing yet. */
export function breakerTrips(answers: number, bad: number): boolean {
  return answers >= leastAnswers && bad >= answers * badShare;
}

/** First pause of the breaker; it doubles with each closing in a row up to the longest. Milliseconds. */
export const FIRST_PAUSE_MS = 5_000;
export const LONGEST_PAUSE_MS = 60_000;

/** After so many good probes, one at a time, the gate opens. */
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

/** Outcomes that say nothing about the message: its attempt is given back and it stays where it is. */
export function givesAttemptBack(outcome: SendOutcome): outcome is Extract<SendOutcome, { kind: 'throttled' | 'token-refused' }> {
  return outcome.kind === 'throttled' || outcome.kind === 'token-refused';
}
