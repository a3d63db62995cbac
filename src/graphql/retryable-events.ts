// A stream of events, the last of which may be asked for again: after a while, unless a newer one has come by then.
import { setTimeout as delay } from 'node:timers/promises';

export interface RetryableEvents {
  next(): Promise<IteratorResult<unknown, undefined>>;
  /** `event`, the one that came last, comes again: after `retryMs`, or not at all when a newer one does. */
  repeat(event: unknown): void;
  /** The next event comes no earlier than after so many milliseconds, and the newest of them then. The end, and the event before it, do not wait. */
  rest(ms: number): void;
  return(): Promise<void>;
}

/** The end waits for the last event, however often it is repeated; `return` does not. */
export function retryable(events: AsyncIterator<unknown>, retryMs: number): RetryableEvents {
  let upcoming: Promise<IteratorResult<unknown>> | null = null;
  let again: { readonly event: unknown } | null = null;
  let restMs = 0;
  let left = false;

  const ask = (): Promise<IteratorResult<unknown>> => {
    if (upcoming === null) {
      upcoming = events.next();
      // It may fail while nobody waits for it.
      upcoming.catch(() => {});
    }
    return upcoming;
  };
  /** null: nothing newer came in time. */
  const newerInTime = async (): Promise<IteratorResult<unknown> | null> => {
    const pause = delay(retryMs, null, { ref: false });
    const first = await Promise.race([ask(), pause]);
    if (first === null || first.done !== true || left) return first;
    return pause;
  };

  /**
   * The newest that comes while it rests; null: nothing did. An end is told at once: whoever asks for the same must not join what is over,
   * and take what was its last event for the state of now.
   */
  const newestOfRest = async (ms: number): Promise<IteratorResult<unknown> | null> => {
    const pause = delay(ms, null, { ref: false });
    let newest: IteratorResult<unknown> | null = null;
    for (;;) {
      const event = await Promise.race([ask(), pause]);
      if (event === null || left) return newest;
      if (event.done === true) return newest ?? event;
      newest = event;
      upcoming = null;
    }
  };

  return {
    next: async () => {
      const repeated = again;
      again = null;
      const rested = restMs > 0 ? await newestOfRest(restMs) : null;
      restMs = 0;
      if (left) return { value: undefined, done: true };
      if (rested !== null && rested.done !== true) return { value: rested.value, done: false };
      const result = repeated === null ? await ask() : await newerInTime();
      if (left || result?.done === true) return { value: undefined, done: true };
      if (result === null) return { value: repeated?.event, done: false };
      upcoming = null;
      return { value: result.value, done: false };
    },
    repeat: (event) => {
      again = { event };
    },
    rest: (ms) => {
      restMs = ms;
    },
    return: async () => {
      left = true;
      await events.return?.();
    },
  };
}
