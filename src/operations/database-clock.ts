// What the database's clock says now, between two looks at it: the only clock that decides anything.
import type { EpochMs } from '../domain/send-window.ts';

/** Milliseconds that only go forward (performance.now()). */
export type MonotonicClock = () => number;

export interface DatabaseClock {
  /** The latest that the database's clock may show: never behind it. NaN before the first look. */
  now(): EpochMs;
  /** The earliest that it may show: never ahead of it. NaN before the first look. */
  earliest(): EpochMs;
  /**
   * News of the clock: a statement that was sent at `askedAt`, in this process's monotonic time, and has just been answered said
   * `databaseNow`, in whole milliseconds.
   */
  observe(databaseNow: EpochMs, askedAt: number): void;
}

/** How far the two clocks may run apart: what NTP allows when it slews (500 ppm), twice. */
const DRIFT = 0.001;

/**
 * The database read its clock somewhere between question and answer, so each look bounds the distance of the two clocks from both sides;
 * quick answers bound it well, and their bounds outlive slower ones. A clock that was set leaves no room between old and new bounds: then
 * the new ones alone count.
 */
export function makeDatabaseClock(monotonic: MonotonicClock): DatabaseClock {
  let least = Number.NaN;
  let most = Number.NaN;
  let boundAt = 0;

  return {
    now: () => monotonic() + most,
    earliest: () => monotonic() + least,
    observe: (databaseNow, askedAt) => {
      const answeredAt = monotonic();
      const underWay = (answeredAt - askedAt) * DRIFT;
      const [newLeast, newMost] = [databaseNow - answeredAt - underWay, databaseNow + 1 - askedAt + underWay];
      const drift = (answeredAt - boundAt) * DRIFT;
      boundAt = answeredAt;
      least -= drift;
      most += drift;
      const agree = newLeast <= most && newMost >= least;
      least = agree ? Math.max(least, newLeast) : newLeast;
      most = agree ? Math.min(most, newMost) : newMost;
    },
  };
}
