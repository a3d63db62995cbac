// What the database's clock says now, between two looks at it: the only clock that decides anything.
import type { EpochMs } from '../domain/send-window.ts';

/** Milliseconds that only go forward (performance.now()). */
export type MonotonicClock = () => number;

export interface DatabaseClock {
  /** Never behind the database's clock by more than its drift since the last look: the round trip counts as past. */
  now(): EpochMs;
  /** `askedAt`: this process's monotonic time when the statement that answered `databaseNow` was sent. */
  observe(databaseNow: EpochMs, askedAt: number): void;
  /** The monotonic instant at which the database's clock will show `at`. */
  toMonotonic(at: EpochMs): number;
}

export function makeDatabaseClock(monotonic: MonotonicClock): DatabaseClock {
  let offset = Number.NaN;
  return {
    now: () => monotonic() + offset,
    observe: (databaseNow, askedAt) => {
      offset = databaseNow - askedAt;
    },
    toMonotonic: (at) => at - offset,
  };
}
