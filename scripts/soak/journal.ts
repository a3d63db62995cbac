// What the soak did to the service, and what it found wrong. Disturbances explain what would otherwise be a broken promise; nothing else does.

interface Disturbance {
  readonly what: string;
  readonly from: number;
  to: number;
  /** How long it may still be felt after its end, milliseconds. */
  readonly tailMs: number;
}

export interface Journal {
  /** Promises found broken, with what shows it. */
  readonly violations: readonly string[];
  /** How often each kind of fault was injected. */
  readonly faults: ReadonlyMap<string, number>;
  readonly violated: (what: string) => void;
  /** Counts a fault that must leave no trace, and so explains nothing. */
  readonly harmless: (what: string) => void;
  /** Begins a disturbance; call the result when it is over. */
  readonly disturb: (what: string, tailMs: number) => () => void;
  /** Whether something was disturbed between two instants (epoch milliseconds), tails included. */
  readonly disturbedBetween: (from: number, to: number) => boolean;
}

const keptViolations = 20;

export function makeJournal(): Journal {
  const violations: string[] = [];
  const faults = new Map<string, number>();
  const disturbances: Disturbance[] = [];
  const count = (what: string): void => void faults.set(what, (faults.get(what) ?? 0) + 1);
  return {
    violations,
    faults,
    violated: (what) => {
      if (violations.length < keptViolations && !violations.includes(what)) violations.push(what);
    },
    harmless: count,
    disturb: (what, tailMs) => {
      count(what);
      const disturbance = { what, from: Date.now(), to: Infinity, tailMs };
      disturbances.push(disturbance);
      return () => {
        disturbance.to = Date.now();
      };
    },
    disturbedBetween: (from, to) => disturbances.some((one) => one.from <= to && one.to + one.tailMs >= from),
  };
}

/** Notes when this process itself, and with it the provider and the oracle's clock, stood still. */
export function watchOwnPauses(journal: Journal): () => void {
  const everyMs = 50;
  const noticedMs = 300;
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - last > noticedMs) journal.disturb('(the soak itself was held up)', 3_000)();
    last = now;
  }, everyMs);
  return () => clearInterval(timer);
}
