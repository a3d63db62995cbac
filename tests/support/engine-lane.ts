// One lane of a worker, built as worker-role does, whose database a test can break at a chosen statement.
import type { Database } from '../../src/database/database.ts';
import type { ChangeNotifier } from '../../src/database/change-notifier.ts';
import type { Provider } from '../../src/domain/send-outcome.ts';
import type { Log } from '../../src/log.ts';
import { makeAdaptiveSlots } from '../../src/operations/adaptive-slots.ts';
import type { AdaptiveSlots } from '../../src/operations/adaptive-slots.ts';
import { makeDatabaseClock } from '../../src/operations/database-clock.ts';
import { makeProviderGate } from '../../src/operations/provider-gate.ts';
import { makeRateLimiter } from '../../src/operations/rate-limiter.ts';
import { makeRetryBudget } from '../../src/operations/retry-budget.ts';
import { makeSendMessages } from '../../src/operations/send-messages.ts';
import type { SendMessages } from '../../src/operations/send-messages.ts';

export interface Lane extends AsyncDisposable {
  readonly send: SendMessages;
  readonly slots: AdaptiveSlots;
}

export interface LaneOptions {
  /** For the lane's own statements. */
  readonly database: Database;
  /** For what goes on beside it. */
  readonly gateDatabase: Database;
  readonly changes: ChangeNotifier;
  readonly log: Log;
  readonly provider: Provider;
  readonly connections: number;
}

export function makeLane({ database, gateDatabase, changes, log, provider, connections }: LaneOptions): Lane {
  const clock = makeDatabaseClock(() => performance.now());
  const slots = makeAdaptiveSlots({ connections, log });
  const gate = makeProviderGate({ database: gateDatabase, provider, probeMs: 5_000, wakeSenders: async () => undefined, changes, log });
  const send = makeSendMessages({
    database,
    provider,
    isolation: {
      acquire: async () => ({ send: async (request) => provider.send(request), isEnded: () => false, release: () => undefined }),
    },
    gate,
    budget: makeRetryBudget(
      () => false,
      () => performance.now(),
    ),
    limiter: makeRateLimiter({ database, clock, providerRate: null }),
    slots,
    clock,
    changes,
    log,
    random: () => 0.5,
    connections,
    timeoutMs: 20_000,
    leaseMs: 60_000,
    onAmbiguous: 'resend',
  });
  return { send, slots, [Symbol.asyncDispose]: async () => gate[Symbol.asyncDispose]() };
}

/** How a statement fails: before it reaches PostgreSQL, or after it has committed, its answer lost. */
export type Break = 'before' | 'after';

/** The nth statement from now on fails, once. `count` tells how many there were. */
export function breakAt(database: Database, nth: number, how: Break): Database & { readonly count: () => number } {
  let seen = 0;
  const broken = (): Error => Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
  return {
    ...database,
    count: () => seen,
    rows: async (text, values) => {
      seen += 1;
      if (seen !== nth) return database.rows(text, values);
      if (how === 'after') await database.rows(text, values);
      throw broken();
    },
  };
}
