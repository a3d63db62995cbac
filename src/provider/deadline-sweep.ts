// One coarse timer for the deadlines of every request in flight: a timer per request would cost as much as the request's own bookkeeping.

/** How late a deadline may be noticed, in milliseconds, when the event loop is free. */
const sweepEveryMs = 20;

export interface Timed {
  /** On the clock of performance.now(). */
  readonly deadline: number;
  /** Called once; the sweep has already forgotten the item. */
  expire(): void;
}

export interface DeadlineSweep {
  add(item: Timed): void;
  remove(item: Timed): void;
  /** Every deadline is now. */
  expireAll(): void;
}

/** The timer stops by itself when nothing is left to watch, and never keeps the process alive. */
export function makeDeadlineSweep(): DeadlineSweep {
  const watched = new Set<Timed>();
  let timer: NodeJS.Timeout | undefined;

  function sweep(): void {
    if (watched.size === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    // Timers run before sockets are read. After a stall of the event loop the answer may be waiting in the socket: it is read first.
    if (hasOverdue()) setImmediate(expireOverdue);
  }

  function hasOverdue(): boolean {
    const now = performance.now();
    for (const item of watched) if (item.deadline <= now) return true;
    return false;
  }

  function expireOverdue(): void {
    const now = performance.now();
    for (const item of watched) {
      if (item.deadline > now) continue;
      watched.delete(item);
      item.expire();
    }
  }

  return {
    add(item) {
      watched.add(item);
      timer ??= setInterval(sweep, sweepEveryMs).unref();
    },
    remove(item) {
      watched.delete(item);
    },
    expireAll() {
      for (const item of watched) {
        watched.delete(item);
        item.expire();
      }
    },
  };
}
