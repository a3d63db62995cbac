// Keeps second attempts from adding to a provider's trouble: while many answers are bad, at most every fifth request of this worker is a
// retry. Each worker keeps to it by itself, so all of them together do, and no request waits for a shared row.

export interface RetryBudget {
  /** Whether a request for a message that was requested before may start now. */
  allowsRetry(): boolean;
  /** A request starts. */
  started(isRetry: boolean): void;
}

/** Retries for each first attempt: one to four is a fifth of all. */
const PER_FIRST_ATTEMPT = 0.25;
/** What first attempts may save up: a second or two of retries, not an outburst after a long quiet. */
const MOST_SAVED = 50;
/** When there is nothing but retries, nothing can be saved for them: then one in this time, so that they come to an end. Milliseconds. */
const TRICKLE_MS = 100;
/** Nothing but retries: no first attempt for so long. Milliseconds. */
const ALONE_AFTER_MS = 1_000;

/** `isDegraded`: whether the budget holds now; nothing is saved up before. `monotonic`: milliseconds. */
export function makeRetryBudget(isDegraded: () => boolean, monotonic: () => number): RetryBudget {
  let saved = 0;
  let firstAt = Number.NEGATIVE_INFINITY;
  let retryAt = Number.NEGATIVE_INFINITY;

  return {
    allowsRetry: () => {
      if (!isDegraded() || saved >= 1) return true;
      const now = monotonic();
      return now - firstAt >= ALONE_AFTER_MS && now - retryAt >= TRICKLE_MS;
    },
    started: (isRetry) => {
      if (!isDegraded()) saved = 0;
      else if (isRetry) saved = Math.max(0, saved - 1);
      else saved = Math.min(MOST_SAVED, saved + PER_FIRST_ATTEMPT);
      if (isRetry) retryAt = monotonic();
      else firstAt = monotonic();
    },
  };
}
