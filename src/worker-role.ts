// The worker's half of the composition: everything that sends. Built in order, disposed in reverse.
import type { Config } from './config.ts';
import { makeChangeNotifier } from './database/change-notifier.ts';
import { openDatabase } from './database/database.ts';
import { startJobRunner } from './jobs/runner.ts';
import type { Log } from './log.ts';
import { makeDatabaseClock } from './operations/database-clock.ts';
import { makeExpandMailing } from './operations/expand-mailing.ts';
import { makeFinishMailing } from './operations/finish-mailing.ts';
import { wakeSenders } from './operations/lane-jobs.ts';
import { makeProviderGate } from './operations/provider-gate.ts';
import { makeRateLimiter } from './operations/rate-limiter.ts';
import { makeReconcile } from './operations/reconcile.ts';
import { makeRequestSlots } from './operations/request-slots.ts';
import { makeRetryBudget } from './operations/retry-budget.ts';
import { makeSampler } from './operations/sample-mailings.ts';
import { makeSendMessages } from './operations/send-messages.ts';
import { makeHttpProvider } from './provider/http-provider.ts';
import { makeIsolation } from './provider/isolation.ts';
import { makeTokenSource } from './provider/token-source.ts';

/** Lanes settle and read at the same time; transactions (expansion, reconciler) have as many connections again. */
const CONNECTIONS = 10;
/** Rows of one mailing that somebody holds for long must not take the connections from all others. */
const LOCK_TIMEOUT_MS = 500;
/** A probe whose worker died lapses this long after the time that it may take. */
const PROBE_GRACE_MS = 3_000;
/** When the process is to end, requests may still take this long: longer than the default timeout, short of the promised 15 s. */
const LAST_REQUESTS_MS = 10_500;

/** `providerUrl`: the configured one or the built-in simulator's. Disposing drains: what is in flight is settled, the rest given back. */
export async function startWorker(config: Config, databaseUrl: string, providerUrl: string, log: Log): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(
    await openDatabase({
      url: databaseUrl,
      connections: CONNECTIONS,
      applicationName: 'carillon worker',
      statementTimeoutMs: 0,
      lockTimeoutMs: LOCK_TIMEOUT_MS,
      onConnectionLost: (error) => log.warn({ err: error }, 'a database connection was lost; it is replaced'),
    }),
  );
  const changes = stack.use(
    makeChangeNotifier({ sql: database, onError: (error) => log.warn({ err: error }, 'a change notice could not be sent') }),
  );
  stack.use(makeSampler({ database, log }));
  const { token, connections, timeoutMs, ratePerSecond, onAmbiguous } = config.provider;
  const tokenSource = makeTokenSource(tokenOptions(token, log));
  const provider = makeHttpProvider({ url: providerUrl, token: tokenSource, connections });
  stack.defer(async () => provider.close());
  const isolation = stack.use(
    makeIsolation({ url: providerUrl, token: tokenSource, connections, failpoints: config.failpoints, fallback: provider, log }),
  );
  const { leaseMs, reconcileMs } = config.worker;
  const gate = stack.use(
    makeProviderGate({
      database,
      provider,
      // A probe may have to wait for a connection that an older request holds until its own timeout.
      probeMs: 2 * timeoutMs + PROBE_GRACE_MS,
      wakeSenders: async () => wakeSenders(database),
      changes,
      log,
    }),
  );
  const clock = makeDatabaseClock(() => performance.now());
  const limiter = makeRateLimiter({ database, clock, providerRate: ratePerSecond });

  const runner = startJobRunner({
    databaseUrl,
    operations: {
      expandMailing: makeExpandMailing({ database, changes, log }),
      sendMessages: makeSendMessages({
        database,
        provider,
        isolation,
        gate,
        budget: makeRetryBudget(
          () => gate.isDegraded,
          () => performance.now(),
        ),
        limiter,
        slots: makeRequestSlots(connections),
        clock,
        changes,
        log,
        random: makeSteadyRandom(),
        connections,
        timeoutMs,
        leaseMs,
        onAmbiguous,
      }),
      finishMailing: makeFinishMailing({ database, changes, log }),
      reconcile: makeReconcile({ database, changes, log, reconcileMs }),
    },
    reconcileMs,
    log,
  });
  stack.defer(async () => {
    const late = setTimeout(() => provider.giveUp(), LAST_REQUESTS_MS);
    await runner[Symbol.asyncDispose]();
    clearTimeout(late);
  });
  return stack.move();
}

function tokenOptions(token: Config['provider']['token'], log: Log): Parameters<typeof makeTokenSource>[0] {
  const onFault = (fault: string): void => log.warn({ setting: 'PROVIDER_TOKEN_FILE' }, fault);
  switch (token.kind) {
    case 'none':
      return { onFault };
    case 'value':
      return { token: token.token, onFault };
    case 'file':
      return { file: token.path, onFault };
    default:
      return token satisfies never;
  }
}

/** The same draw for a tenth of a second: messages that fail together wait equally long and share a batch. */
function makeSteadyRandom(): () => number {
  let tick = -1;
  let draw = 0;
  return () => {
    const now = Math.floor(performance.now() / 100);
    if (now !== tick) {
      tick = now;
      draw = Math.random();
    }
    return draw;
  };
}
