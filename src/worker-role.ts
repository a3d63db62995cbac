// The worker's half of the composition: everything that sends. Built in order, disposed in reverse.
import type { Config } from './config.ts';
import { makeChangeNotifier } from './database/change-notifier.ts';
import { openDatabase } from './database/database.ts';
import type { Database } from './database/database.ts';
import { switchWebhooks } from './database/webhook-queries.ts';
import { makeAuthenticate, makeOperatorRoutes } from './doors.ts';
import { makeCrossOrigin } from './http/cross-origin.ts';
import { makeRequireRole } from './http/require-role.ts';
import { makeHttpServer } from './http/server.ts';
import type { ListeningAt } from './http/server.ts';
import { JOB_CONNECTIONS, startJobRunner } from './jobs/runner.ts';
import type { Log } from './log.ts';
import { makeReportMailer } from './mail/report-mailer.ts';
import { makeJobMetrics } from './metrics/jobs.ts';
import { makeSendingMetrics } from './metrics/sending.ts';
import { makeAdaptiveSlots } from './operations/adaptive-slots.ts';
import { makeDatabaseClock } from './operations/database-clock.ts';
import { makeWebhookDelivery } from './operations/deliver-webhooks.ts';
import type { WebhookDelivery } from './operations/deliver-webhooks.ts';
import { makeExpandMailing } from './operations/expand-mailing.ts';
import { makeFinishMailing } from './operations/finish-mailing.ts';
import { wakeSenders } from './operations/lane-jobs.ts';
import { makeProviderGate } from './operations/provider-gate.ts';
import { makeRateLimiter } from './operations/rate-limiter.ts';
import { makeReadDailyReport } from './operations/read-daily-report.ts';
import { makeReconcile } from './operations/reconcile.ts';
import { makeMessageRemoval } from './operations/remove-old-messages.ts';
import { makeRetryBudget } from './operations/retry-budget.ts';
import { makeSampler } from './operations/sample-mailings.ts';
import { makeDailyReports } from './operations/send-daily-report.ts';
import type { DailyReports } from './operations/send-daily-report.ts';
import { makeSendMessages } from './operations/send-messages.ts';
import { makeHttpProvider } from './provider/http-provider.ts';
import { makeIsolation } from './provider/isolation.ts';
import { makeTokenSource } from './provider/token-source.ts';
import { makeTelemetry } from './telemetry.ts';
import type { Telemetry } from './telemetry.ts';
import { makeWebhookSender } from './webhooks/webhook-sender.ts';

/** Lanes settle and read at the same time; transactions (expansion, reconciler) have as many connections again. */
const CONNECTIONS = 10;
/** Rows of one mailing that somebody holds for long must not take the connections from all others. */
const LOCK_TIMEOUT_MS = 500;
/** A probe whose worker died lapses this long after the time that it may take. */
const PROBE_GRACE_MS = 3_000;
/** When the process is to end, requests may still take this long: longer than the default timeout, short of the promised 15 s. */
const LAST_REQUESTS_MS = 10_500;

export interface WorkerRole extends AsyncDisposable {
  /** Where its metrics and health are; null: nowhere, or with the API's. */
  readonly at: ListeningAt | null;
}

/** `providerUrl`: the configured one or the built-in simulator's. Disposing drains: what is in flight is settled, the rest given back. */
export async function startWorker(
  config: Config,
  databaseUrl: string,
  providerUrl: string,
  log: Log,
  telemetry: Telemetry = makeTelemetry({ role: 'worker' }),
): Promise<WorkerRole> {
  await using stack = new AsyncDisposableStack();
  const record = makeSendingMetrics(telemetry.metrics);
  const jobs = makeJobMetrics(telemetry.metrics);
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
  telemetry.watchDatabase('worker', database, CONNECTIONS);
  const at = stack.use(await openOperatorDoor(config, database, log, telemetry)).at;
  const changes = stack.use(
    makeChangeNotifier({ sql: database, onError: (error) => log.warn({ err: error }, 'a change notice could not be sent') }),
  );
  const { token, connections, timeoutMs, ratePerSecond, onAmbiguous } = config.provider;
  const tokenSource = makeTokenSource(tokenOptions(token, log));
  const provider = makeHttpProvider({ url: providerUrl, token: tokenSource, connections });
  stack.defer(async () => provider.close());
  const isolation = stack.use(
    makeIsolation({ url: providerUrl, token: tokenSource, connections, failpoints: config.failpoints, fallback: provider, log }),
  );
  const { leaseMs, reconcileMs } = config.worker;
  const webhooks = await makeWebhooks(config, database, stack, log);
  const onEvent = webhooks?.wake ?? (() => undefined);
  const gate = stack.use(
    makeProviderGate({
      database,
      provider,
      // A probe may have to wait for a connection that an older request holds until its own timeout.
      probeMs: 2 * timeoutMs + PROBE_GRACE_MS,
      wakeSenders: async () => wakeSenders(database),
      changes,
      log,
      onEvent,
    }),
  );
  const clock = makeDatabaseClock(() => performance.now());
  const limiter = makeRateLimiter({ database, clock, providerRate: ratePerSecond });

  const slots = makeAdaptiveSlots({ connections, log });
  record.requests(connections, slots);
  const reports = makeReports(config, database, log);
  const removal = makeMessageRemoval({ database, days: config.retentionDays, log });
  const chores = [removal, reports, webhooks].flatMap((part) => (part === null ? [] : [part.keepJob]));

  const runner = startJobRunner({
    databaseUrl,
    operations: {
      expandMailing: makeExpandMailing({ database, changes, log, onEvent }),
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
        slots,
        clock,
        changes,
        log,
        random: makeSteadyRandom(),
        connections,
        timeoutMs,
        leaseMs,
        onAmbiguous,
        traceProvider: config.observability.traceProvider,
        record,
        onEvent,
      }),
      finishMailing: makeFinishMailing({ database, changes, log, record, onEvent }),
      reconcile: makeReconcile({ database, changes, log, reconcileMs, record, chores }),
      sendReport: reports?.send ?? null,
      removeMessages: removal.remove,
      deliverWebhooks: webhooks?.deliver ?? null,
    },
    reconcileMs,
    log,
    onJobEnded: jobs.ended,
    tracer: telemetry.tracer,
  });
  const sampler = makeSampler({ database, log });
  jobs.restarts(() => runner.restarts);
  telemetry.process.pool({ role: 'worker', pool: 'jobs' }, JOB_CONNECTIONS, runner.poolUse);
  stack.defer(async () => {
    const late = setTimeout(() => provider.giveUp(), LAST_REQUESTS_MS);
    await Promise.all([runner[Symbol.asyncDispose](), sampler[Symbol.asyncDispose]()]);
    clearTimeout(late);
  });
  const parts = stack.move();
  return { at, [Symbol.asyncDispose]: async () => parts.disposeAsync() };
}

/** A worker alone has a port for whoever watches it, if METRICS_PORT says so. Closed last, so that a drain can be watched. */
async function openOperatorDoor(config: Config, database: Database, log: Log, telemetry: Telemetry): Promise<WorkerRole> {
  const port = config.role === 'worker' ? config.observability.metricsPort : null;
  if (port === null) return { at: null, [Symbol.asyncDispose]: async () => undefined };
  const server = makeHttpServer({
    routes: makeOperatorRoutes(database, telemetry.metrics, makeRequireRole(makeAuthenticate(config.auth, log))),
    webSockets: null,
    crossOrigin: makeCrossOrigin([]),
    onAnswered: telemetry.process.answered,
    log,
    closeMs: 500,
  });
  const at = await server.listen({ host: config.http.host, port, setting: 'METRICS_PORT' });
  return { at, [Symbol.asyncDispose]: async () => server.close() };
}

/** null: no reports are asked for. */
function makeReports({ reports }: Config, database: Database, log: Log): DailyReports | null {
  if (reports === null) return null;
  const { smtpUrl: url, clock, from, to: recipients, requireTls } = reports;
  const mailReport = makeReportMailer({ url, from, to: recipients, requireTls });
  return makeDailyReports({ database, readReport: makeReadDailyReport({ database }), mailReport, clock, recipients, log });
}

/** null: nobody is to be told. Events are written down from now on, or no more. */
async function makeWebhooks(
  { webhooks }: Config,
  database: Database,
  stack: AsyncDisposableStack,
  log: Log,
): Promise<WebhookDelivery | null> {
  await switchWebhooks(database, webhooks !== null);
  if (webhooks === null) return null;
  const { post } = stack.use(makeWebhookSender(webhooks));
  return makeWebhookDelivery({ database, post, random: Math.random, log });
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
