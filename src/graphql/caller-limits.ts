// How much one caller may ask for: requests over time, and WebSockets at a time. Counted in the memory of each api process.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** The rate holds on average over this long, so that a page that asks ten things at once is no offence. */
const WINDOW_SECONDS = 10;

/** Counts one request of the caller: null when it may run, else after how many whole seconds to try again. */
export type CountRequest = (caller: string) => Promise<number | null>;

/** `perSecond` null: no limit. */
export function makeCountRequest({ perSecond }: { readonly perSecond: number | null }): CountRequest {
  if (perSecond === null) return async () => null;
  const limiter = new RateLimiterMemory({ points: perSecond * WINDOW_SECONDS, duration: WINDOW_SECONDS });
  return async (caller) => {
    try {
      await limiter.consume(caller);
      return null;
    } catch (exhausted) {
      if (!(exhausted instanceof RateLimiterRes)) throw exhausted;
      return Math.max(1, Math.ceil(exhausted.msBeforeNext / 1_000));
    }
  };
}

export interface Places {
  /** Takes a place: returns what gives it back, once however often it is called; null: the caller has as many as it may. */
  take(caller: string): (() => void) | null;
}

export function makePlaces({ perCaller }: { readonly perCaller: number }): Places {
  const taken = new Map<string, number>();
  return {
    take: (caller) => {
      const count = taken.get(caller) ?? 0;
      if (count >= perCaller) return null;
      taken.set(caller, count + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const left = (taken.get(caller) ?? 0) - 1;
        if (left > 0) taken.set(caller, left);
        else taken.delete(caller);
      };
    },
  };
}
