// Gathers answers until they say something together. Called for every request, tens of thousands of times a second: it makes no objects.
import { QUEUE_MS } from './concurrency-limit.ts';
import type { AnswerWindow } from './concurrency-limit.ts';

export interface Answers {
  /** `taken`: requests open at the answer, its own among them; `now`: monotonic milliseconds. True: the window is full. */
  add(accepted: boolean, latencyMs: number, taken: number, now: number): boolean;
  /** What the answers since the last `restart` say. */
  read(): AnswerWindow;
  /** Begins anew under this limit. The first `skip` answers are left out: requests that were under way at a change of the limit. */
  restart(limit: number, skip: number): void;
}

/** Fewer say nothing; besides, as many as there are places, so that quick answers are not heard before slow ones. */
const LEAST_ANSWERS = 8;
/** Thousands of answers a second are not judged in handfuls: a pause of our own would fill a window. Milliseconds. */
const SHORTEST_MS = 100;
/** The standard error of `earned` at which a window ends: 5 % of what a place earns. */
const CLOSE_ENOUGH = 0.05;
/** The same while three of four answers tell of overload: then it is about halves, and each moment more is one of refusals. */
const ROUGHLY = 0.15;
/** A provider whose answers differ so widely that this is not enough is judged by what there is. Milliseconds. */
const LONGEST_MS = 5_000;

/** Begin it with `restart`. */
export function makeAnswers(): Answers {
  let limit = 1;
  let left = 0;
  let startedAt = Number.NaN;
  let endedAt = 0;
  let count = 0;
  let accepted = 0;
  let logs = 0;
  let squares = 0;
  let times = 0;
  let taken = 0;
  let lookAt = LEAST_ANSWERS;

  return {
    add: (isAccepted, latencyMs, takenNow, now) => {
      if (left > 0) {
        left -= 1;
        startedAt = now;
        return false;
      }
      count += 1;
      taken += takenNow;
      if (isAccepted) {
        accepted += 1;
        const log = Math.log(latencyMs + QUEUE_MS);
        logs += log;
        squares += log * log;
        times += latencyMs;
      }
      if (count < lookAt || now - startedAt < SHORTEST_MS) return false;
      // Should it not be enough, not at every answer from now on.
      lookAt = count + Math.ceil(count / 8);
      endedAt = now;
      return now - startedAt >= LONGEST_MS || standardError() <= (4 * accepted < count ? ROUGHLY : CLOSE_ENOUGH);
    },
    read: () => ({
      at: endedAt,
      earned: accepted === 0 ? null : Math.log(accepted / count) - logs / accepted,
      busy: times / (endedAt - startedAt),
      overloaded: 1 - accepted / count,
      isUsed: taken >= (count * limit) / 2,
      latencyMs: accepted === 0 ? 0 : Math.exp(logs / accepted) - QUEUE_MS,
    }),
    restart: (nextLimit, skip) => {
      limit = nextLimit;
      left = skip;
      startedAt = endedAt;
      count = 0;
      accepted = 0;
      logs = 0;
      squares = 0;
      times = 0;
      taken = 0;
      lookAt = Math.max(LEAST_ANSWERS, limit);
    },
  };

  function standardError(): number {
    if (accepted < 2) return 0;
    const mean = logs / accepted;
    const ofTimes = Math.max(0, squares / accepted - mean * mean) / (accepted - 1);
    // Of the logarithm of the share that is accepted (delta method).
    const ofShare = (count - accepted) / (count * accepted);
    return Math.sqrt(ofTimes + ofShare);
  }
}
