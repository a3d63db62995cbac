// Samples the counters of mailings while the worker runs: the charts of the API are made of it. Whatever happens here, sending goes on.
import type { Database } from '../database/database.ts';
import { takeSamples } from '../database/sample-queries.ts';
import type { Log } from '../log.ts';

interface Dependencies {
  readonly database: Database;
  readonly log: Log;
  /** Between two looks. Milliseconds, 2 s unless given. */
  readonly everyMs?: number;
}

/** Several workers share the work: whoever comes first within this part of the interval has taken the look for all. */
const LEAST_SHARE = 0.75;

/** Looks until disposed. What the database does not answer is logged once per outage; the look after it makes up for what was missed. */
export function makeSampler({ database, log, everyMs = 2_000 }: Dependencies): AsyncDisposable {
  let looking: Promise<void> | null = null;
  let outage = false;

  const look = async (): Promise<void> => {
    try {
      await takeSamples(database, everyMs * LEAST_SHARE);
      if (outage) log.info('samples of mailings are taken again');
      outage = false;
    } catch (error) {
      if (!outage) log.warn({ err: error }, 'no samples of mailings can be taken: trying again until they can');
      outage = true;
    }
  };
  const lookOnce = (): void => {
    looking ??= look().finally(() => {
      looking = null;
    });
  };
  const timer = setInterval(lookOnce, everyMs);
  lookOnce();

  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}
