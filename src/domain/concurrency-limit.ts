// How many requests a worker may have open at a time, from how the provider answers them. Pure: one step for each window of answers.
//
// The gradient of throughput by concurrency decides, as in the gradient limiters of Netflix's concurrency-limits and of Envoy's adaptive
// concurrency filter and as in TCP Vegas (Brakmo, O'Malley, Peterson 1994), with one difference: no lowest latency is remembered and
// believed. A provider that has become slow and one that we make slow look alike; so fewer requests are tried, and only when throughput
// does not fall with them do they stay fewer. docs/decisions/0022-adaptive-concurrency.md says why.
import type { SendOutcome } from './send-outcome.ts';

export interface ConcurrencyLimit {
  /** Requests at a time, at least 1. */
  readonly limit: number;
  /** What a place earns while the provider is at its ease, as `AnswerWindow.earned`. null: not known, a trial finds it out. */
  readonly atEase: number | null;
  /** By how much the limit grows next; it doubles as long as that goes well. */
  readonly step: number;
  /** Windows in a row whose answers were slow or told of overload. */
  readonly slowFor: number;
  /** The limit is on trial: what it was before, and what a place earned then. */
  readonly trial: { readonly from: number; readonly earned: number } | null;
  /** It does not grow before. Monotonic milliseconds. */
  readonly holdUntil: number;
  /** When a trial is due without a cause. null: no window yet. Monotonic milliseconds. */
  readonly trialDueAt: number | null;
}

/** What the answers of some time say together. */
export interface AnswerWindow {
  /** Its end. Monotonic milliseconds. */
  readonly at: number;
  /**
   * The logarithm of what one place earns: accepted messages per millisecond, QUEUE_MS added to each answer's time. By Little's law
   * that is throughput divided by concurrency. null: nothing was accepted.
   */
  readonly earned: number | null;
  /** How many requests were open on the average that came to be accepted. */
  readonly busy: number;
  /** Share of answers that told of overload, 0 to 1. */
  readonly overloaded: number;
  /** Whether there was enough to send to use the limit. */
  readonly isUsed: boolean;
  /** How long accepted messages took: their geometric mean, so that one slow answer says little. */
  readonly latencyMs: number;
}

/**
 * A queue that takes this long harms nobody, and our own event loop makes one: answers' times differ by less without a meaning. Twice
 * what CoDel lets stand (RFC 8289, section 4.2: 5 ms), as it includes our own. Milliseconds.
 */
export const QUEUE_MS = 10;

/**
 * Answers that take 1.4 times as long, or as many of them telling of overload, call for a trial: far more than a window's error. Three
 * times in a row: right after one slow moment it is quicker again whatever is tried, and that would be taken for an effect.
 */
const TOLERANCE = Math.log(1.4);
const SLOW_WINDOWS = 3;
/** It grows only above: below, the queue is as long as it should be. */
const ROOM = 0.6 * TOLERANCE;
/** What waits at the provider, so that it never has to wait for us; Vegas lets one to three. */
const QUEUED = 1;
/** A trial goes down to what the provider would take without a queue, but at least to 0.7 and at most to 0.5 of the limit. */
const [SHALLOWEST, DEEPEST] = [0.7, 0.5];
/** A place has to gain a fifth of what fewer requests could bring it at best: with three workers, two thirds of the queue are others'. */
const WORTH = 1 / 5;
/** With more of the answers telling of overload half the limit is tried at once, but not again before so long. Milliseconds. */
const MOST_OVERLOADED = 0.5;
const HOLD_MS = 5_000;
/** Without a cause, half the limit is tried this often, and at most for half a percent of the time. */
const TRIAL_EVERY_MS = 60_000;
const TRIAL_EVERY_LATENCIES = 400;
/** The first one waits until connections are made and code has run: what was slow for that would be taken for a queue. */
const FIRST_TRIAL_MS = 1_000;
/** How fast what is normal follows the windows. */
const FOLLOW = 0.1;

/** Everything at once to begin with: a short mailing loses nothing. */
export function firstLimit(most: number): ConcurrencyLimit {
  return { limit: most, atEase: null, step: 1, slowFor: 0, trial: null, holdUntil: 0, trialDueAt: null };
}

/** The limit after a window of answers. `most`: PROVIDER_CONNECTIONS. */
export function nextLimit(now: ConcurrencyLimit, window: AnswerWindow, most: number): ConcurrencyLimit {
  const { limit, atEase, trial, step, slowFor } = now;
  const { at, earned } = window;
  if (!window.isUsed) return trial === null ? now : { ...now, limit: trial.from, trial: null };
  if (earned === null) return backOff(now, window);
  if (now.trialDueAt === null) return { ...now, atEase: earned, trialDueAt: at + FIRST_TRIAL_MS };
  if (trial !== null) return judge(now, trial, earned, window);
  if (atEase === null || at >= now.trialDueAt) return tryFewer({ ...now, atEase: null }, earned, limit * DEEPEST, window);
  if (window.overloaded > MOST_OVERLOADED && at >= now.holdUntil) {
    return tryFewer({ ...now, holdUntil: at + HOLD_MS }, earned, whatWasAccepted(limit, window), window);
  }
  if (earned < atEase - TOLERANCE) {
    if (slowFor + 1 < SLOW_WINDOWS) return { ...now, slowFor: slowFor + 1 };
    return tryFewer(now, earned, limit * Math.min(SHALLOWEST, Math.max(DEEPEST, Math.exp(earned - atEase))), window);
  }
  const normal = limit === most || earned > atEase ? atEase + FOLLOW * (earned - atEase) : atEase;
  const mayGrow = limit < most && earned >= atEase - ROOM && at >= now.holdUntil;
  if (!mayGrow) return { ...now, atEase: normal, step: 1, slowFor: 0 };
  return { ...now, atEase: normal, limit: Math.min(most, limit + step), step: step * 2, slowFor: 0 };
}

/** Nothing was accepted: down, not to grow for a while, and what was normal before says nothing any more. */
function backOff(now: ConcurrencyLimit, window: AnswerWindow): ConcurrencyLimit {
  const limit = Math.max(1, Math.floor(whatWasAccepted(now.limit, window)));
  return { ...now, limit, atEase: null, slowFor: 0, step: 1, trial: null, holdUntil: window.at + HOLD_MS };
}

/** At least one less than the limit, and at most half of it. */
function whatWasAccepted(limit: number, { busy }: AnswerWindow): number {
  return Math.max(limit * DEEPEST, Math.min(limit - 1, busy));
}

function tryFewer(now: ConcurrencyLimit, earned: number, requests: number, window: AnswerWindow): ConcurrencyLimit {
  const fewer = Math.max(1, Math.floor(requests));
  if (fewer === now.limit) return { ...now, atEase: earned, trialDueAt: nextTrialAt(window) };
  return { ...now, limit: fewer, slowFor: 0, trial: { from: now.limit, earned } };
}

/** Of trials that nothing calls for. */
function nextTrialAt({ at, latencyMs }: AnswerWindow): number {
  return at + Math.max(TRIAL_EVERY_MS, TRIAL_EVERY_LATENCIES * latencyMs);
}

/** The end of a trial: back to where it came from, or down to as many requests as carry the earlier throughput now. */
function judge(
  now: ConcurrencyLimit,
  trial: { readonly from: number; readonly earned: number },
  earned: number,
  window: AnswerWindow,
): ConcurrencyLimit {
  const { limit, atEase } = now;
  const gained = earned - trial.earned;
  if (gained < Math.log(trial.from / limit) * WORTH) {
    // The provider's own pace, whatever we do.
    const trialDueAt = atEase === null ? nextTrialAt(window) : now.trialDueAt;
    return { ...now, limit: trial.from, atEase: Math.max(trial.earned, earned), trial: null, trialDueAt };
  }
  const carries = Math.max(limit, Math.min(trial.from - 1, Math.round(trial.from * Math.exp(-gained)) + QUEUED));
  // As long as it is not known how the provider answers at its ease, trials follow each other, each from fewer, until one gains nothing.
  return { ...now, limit: carries, atEase: atEase === null ? null : atEase + FOLLOW * (earned - atEase), step: 1, trial: null };
}

/** What an answer says of the provider's load: it took a message, it has too much to do, or nothing. */
export function loadSignOf(outcome: SendOutcome): 'accepted' | 'overloaded' | null {
  switch (outcome.kind) {
    case 'accepted':
      return 'accepted';
    case 'throttled':
      return 'overloaded';
    case 'retry':
    case 'ambiguous':
      return overloadCodes.has(outcome.code) ? 'overloaded' : null;
    case 'refused':
    case 'token-refused':
      return null;
    default:
      return outcome satisfies never;
  }
}

/** Gateways say 502 and 504 for a server behind them that does not keep up. */
const overloadCodes: ReadonlySet<string> = new Set(['TIMEOUT', 'HTTP_429', 'HTTP_502', 'HTTP_503', 'HTTP_504']);
