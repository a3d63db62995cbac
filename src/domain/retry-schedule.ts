// How long a message waits before it is tried again. There is no last attempt: the deadline ends the retries.

// Seconds before attempt 2, 3, ...; the last one repeats. Quick at first, because most faults are a dropped connection or one bad
// answer; never above five minutes, so that an outage which ends is noticed while the mailing still runs.
const delaysSeconds = [2, 5, 15, 45, 120, 300] as const;
const longestDelaySeconds = 300;

/** Share of the delay by which it is moved either way, so that messages which failed together do not come back together. */
const jitter = 0.2;

/**
 * Milliseconds, whole, to wait after `attempts` requests (1 or more) for one message: 2, 5, 15, 45 s, 2, 5 min, then 5 min, each
 * +-20 %. `random` gives numbers in [0, 1).
 */
export function retryDelayMs(attempts: number, random: () => number): number {
  const delaySeconds = delaysSeconds[attempts - 1] ?? longestDelaySeconds;
  return Math.round(delaySeconds * 1000 * (1 - jitter + 2 * jitter * random()));
}
