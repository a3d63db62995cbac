// When this process stood still: what came meanwhile is read, and stamped with its time, later than it came.

export interface StallWatch {
  /** Epoch milliseconds of a look at which nothing of what is read now was there yet: the present, but for a stall. */
  since(): number;
  /** Whole seconds in which it stood still: what came in them may have been read in a later one. */
  readonly stalledSeconds: ReadonlySet<number>;
  stop(): void;
}

const EVERY_MS = 10;
const NOTICED_MS = 100;

export function watchForStalls(): StallWatch {
  const stalledSeconds = new Set<number>();
  // Timers run before sockets are read: the look before the last one is older than whatever is read now, also after a stall.
  let [earlier, last] = [Date.now(), Date.now()];
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - last > NOTICED_MS)
      for (let second = Math.floor(last / 1_000); second <= Math.floor(now / 1_000); second += 1) stalledSeconds.add(second);
    [earlier, last] = [last, now];
  }, EVERY_MS).unref();
  return { since: () => earlier, stalledSeconds, stop: () => clearInterval(timer) };
}
