// One outage is one line in the log, and its end another, however many readers meet it.
import type { Log } from '../log.ts';

export interface OutageLog {
  /** `part` could not be read. Logged when all parts worked before. */
  failed(part: string, error: unknown): void;
  /** `part` was read. Logged when it was the last that did not work. */
  worked(part: string): void;
}

export function makeOutageLog(log: Log): OutageLog {
  const failing = new Set<string>();
  return {
    failed: (part, error) => {
      if (failing.size === 0) log.warn({ err: error, part }, 'live states cannot be read: trying again until they can');
      failing.add(part);
    },
    worked: (part) => {
      if (failing.delete(part) && failing.size === 0) log.info('live states are read again');
    },
  };
}
