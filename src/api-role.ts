// The api's half of the composition: everything that answers. Built in order, disposed in reverse.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from './config.ts';
import { makeChangeNotifier } from './database/change-notifier.ts';
import { openDatabase } from './database/database.ts';
import type { Database } from './database/database.ts';
import { readProvider } from './database/gate-queries.ts';
import { readClientMarks, readClientsMark, readMailingMarks, readMailingsMark } from './database/mark-queries.ts';
import { readRateSamples } from './database/progress-queries.ts';
import { makeAddClient } from './database/new-clients.ts';
import { shareReads } from './database/shared-reads.ts';
import { readStatistics, readTotals } from './database/statistics-queries.ts';
import type { Tracer } from './domain/tracing.ts';
import { makeAuthenticate, makeOperatorRoutes } from './doors.ts';
import { accessFaultOf } from './graphql/access.ts';
import { makeCountRequest } from './graphql/caller-limits.ts';
import { makeContextFactory } from './graphql/context.ts';
import { makeReadDocument } from './graphql/operation-documents.ts';
import type { RecordOperation } from './graphql/finished-operation.ts';
import type { Operations } from './graphql/operations.ts';
import { makeSchema } from './graphql/schema.ts';
import { makeGraphqlServer } from './graphql/server.ts';
import { readTrustedDocuments } from './graphql/trusted-documents.ts';
import { makeWebSocketDoor } from './graphql/websocket.ts';
import { makeClientExportRoute } from './http/client-export.ts';
import { makeClientImportRoute } from './http/client-import.ts';
import { makeConsole } from './http/console.ts';
import { readConsoleFiles } from './http/console-files.ts';
import { makeCrossOrigin } from './http/cross-origin.ts';
import { makeGraphqlRoute } from './http/graphql-door.ts';
import { limitRequests } from './http/limit-requests.ts';
import { makeMessageExportRoute } from './http/message-export.ts';
import { makeOidcOrigins } from './http/oidc-origins.ts';
import { makeServePlayground } from './http/playground.ts';
import { makeRequireRole } from './http/require-role.ts';
import { makeHttpServer } from './http/server.ts';
import type { ListeningAt } from './http/server.ts';
import { makeChangeListener } from './live/change-listener.ts';
import { makeSendingRates } from './live/sending-rates.ts';
import { makeLiveFeeds } from './live/live-feeds.ts';
import type { Live } from './live/live-feeds.ts';
import type { Log } from './log.ts';
import { makeApiMetrics } from './metrics/api.ts';
import { makeCancelMailing } from './operations/cancel-mailing.ts';
import { makeCreateClient } from './operations/create-client.ts';
import type { CreateClientDependencies } from './operations/create-client.ts';
import { makeCreateMailing } from './operations/create-mailing.ts';
import { makeDeleteClient } from './operations/delete-client.ts';
import { makeDeleteMailing } from './operations/delete-mailing.ts';
import { makeExportClient } from './operations/export-client.ts';
import { makeExportMessages } from './operations/export-messages.ts';
import { makeImportClientFile } from './operations/import-client-file.ts';
import { makeImportClients } from './operations/import-clients.ts';
import { makePauseMailing } from './operations/pause-mailing.ts';
import { makeResumeMailing } from './operations/resume-mailing.ts';
import { makeRetryMessages } from './operations/retry-messages.ts';
import { makeUpdateClient } from './operations/update-client.ts';
import { makeUpdateMailing } from './operations/update-mailing.ts';
import { makeTelemetry } from './telemetry.ts';
import type { Telemetry } from './telemetry.ts';

const CONNECTIONS = 10;
/** No answer is worth waiting longer for; PostgreSQL cancels the statement and the client reads SERVICE_UNAVAILABLE. */
const STATEMENT_TIMEOUT_MS = 15_000;
/** The walk-through: beside src/ and dist/ alike. */
const operationsFolder = fileURLToPath(new URL('../examples/operations', import.meta.url));
const consoleFolder = fileURLToPath(new URL('../dist/console', import.meta.url));

export interface ApiRole extends AsyncDisposable {
  readonly at: ListeningAt;
}

/** Resolves when connections are accepted. Disposing answers what is running, completes subscriptions and closes. */
export async function startApi(
  config: Config,
  databaseUrl: string,
  log: Log,
  telemetry: Telemetry = makeTelemetry({ role: 'api' }),
): Promise<ApiRole> {
  await using stack = new AsyncDisposableStack();
  const metrics = makeApiMetrics(telemetry.metrics);
  const record = makeRecordOperation(metrics.operation, telemetry.tracer);
  const database = stack.use(
    await openDatabase({
      url: databaseUrl,
      connections: CONNECTIONS,
      applicationName: 'carillon api',
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      onConnectionLost: (error) => log.warn({ err: error }, 'a database connection was lost; it is replaced'),
    }),
  );
  telemetry.watchDatabase('api', database, CONNECTIONS);
  const changes = stack.use(
    makeChangeNotifier({ sql: database, onError: (error) => log.warn({ err: error }, 'a change notice could not be sent') }),
  );
  const live = stack.use(makeLive(database, metrics.pushLag, log));
  const rates = stack.use(makeSendingRates({ readSamples: async () => readRateSamples(database), log }));
  stack.use(makeChangeListener({ databaseUrl, log, onChange: live.changed }));

  const consoleFiles = await readConsoleFiles(consoleFolder);
  if (consoleFiles === null) log.warn({ folder: consoleFolder }, 'the console is not built: its addresses answer 503 (npm run build)');
  // What the console asks for belongs to the service, whatever else is trusted.
  const consoleDocuments = consoleFiles === null ? [] : [join(consoleFolder, 'trusted-documents.json')];
  const { introspection, trustedDocuments } = config.graphql;
  const schema = makeSchema();
  const chooseDocument = trustedDocuments === null ? null : await readTrustedDocuments([trustedDocuments, ...consoleDocuments], schema);
  const countRequest = makeCountRequest({ perSecond: config.callers.requestsPerSecond });
  const apollo = makeGraphqlServer({ schema, introspection, log, record });
  await apollo.start();
  stack.defer(async () => apollo.stop());
  const addClient = makeAddClient(database);
  const makeContext = makeContextFactory({
    log,
    operationsFor: (actor) => makeOperations({ database, changes, log, addClient, actor }),
    database: shareReads(database),
    providerRate: config.provider.ratePerSecond,
    live,
    rates,
  });
  const authenticate = makeAuthenticate(config.auth, log);
  const requireRole = limitRequests(makeRequireRole(authenticate), countRequest);
  const webSockets = makeWebSocketDoor({
    schema,
    apollo,
    makeContext,
    authenticate,
    accessFaultOf,
    introspection,
    countRequest,
    chooseDocument,
    connectionsPerCaller: config.callers.webSockets,
    log,
    record,
  });
  const oidc = config.auth.mode === 'jwt' ? config.auth.oidc : null;
  const operatorsConsole = makeConsole({
    files: consoleFiles,
    settings: { auth: config.auth.mode, oidc },
    connectOrigins: oidc === null ? async () => [] : makeOidcOrigins({ issuer: oidc.issuer, log }),
  });
  metrics.webSockets(webSockets);
  const server = makeHttpServer({
    routes: [
      makeGraphqlRoute({
        apollo,
        makeContext,
        requireRole,
        chooseDocument,
        readDocument: makeReadDocument({ schema, introspection }),
        servePlayground: makeServePlayground({ operationsFolder }),
      }),
      makeClientImportRoute({ importClientFile: makeImportClientFile({ database, changes }), requireRole, log, record }),
      makeClientExportRoute({ exportClient: makeExportClient({ database }), requireRole, log }),
      makeMessageExportRoute({ exportMessages: makeExportMessages({ database }), requireRole, log, record }),
      ...operatorsConsole.routes,
      ...makeOperatorRoutes(database, telemetry.metrics, requireRole),
    ],
    servePage: operatorsConsole.servePage,
    webSockets: { path: '/graphql', ...webSockets },
    crossOrigin: makeCrossOrigin(config.http.allowedOrigins),
    onAnswered: telemetry.process.answered,
    log,
  });
  const at = await server.listen(config.http);
  stack.defer(async () => server.close());

  const parts = stack.move();
  return { at, [Symbol.asyncDispose]: async () => parts.disposeAsync() };
}

function makeLive(database: Database, onDelivered: (lagMs: number) => void, log: Log): Live {
  return makeLiveFeeds({
    readStatistics: async (ids) => readStatistics(database, ids),
    readTotals: async () => readTotals(database),
    readMailingMarks: async (ids) => readMailingMarks(database, ids),
    readMailingsMark: async () => readMailingsMark(database),
    readClientMarks: async (ids) => readClientMarks(database, ids),
    readClientsMark: async () => readClientsMark(database),
    readProvider: async () => readProvider(database),
    onDelivered,
    log,
  });
}

/** Operations are counted, and traced if somebody wants traces: as one span each, made when it is over. */
function makeRecordOperation(count: RecordOperation, tracer: Tracer | null): RecordOperation {
  if (tracer === null) return count;
  return (finished) => {
    count(finished);
    const { operation, type, outcome, durationMs, traceparent, ...rest } = finished;
    const startedAt = performance.now() - durationMs;
    const span = tracer.start(`${type} ${operation}`, {
      kind: 'server',
      traceparent,
      startedAt,
      attributes: { operation, type, outcome, ...rest },
    });
    span.end(outcome === 'error' ? 'answered with errors' : null);
  };
}

function makeOperations(dependencies: CreateClientDependencies): Operations {
  return {
    createClient: makeCreateClient(dependencies),
    updateClient: makeUpdateClient(dependencies),
    deleteClient: makeDeleteClient(dependencies),
    importClients: makeImportClients(dependencies),
    createMailing: makeCreateMailing(dependencies),
    updateMailing: makeUpdateMailing(dependencies),
    deleteMailing: makeDeleteMailing(dependencies),
    pauseMailing: makePauseMailing(dependencies),
    resumeMailing: makeResumeMailing(dependencies),
    cancelMailing: makeCancelMailing(dependencies),
    retryMessages: makeRetryMessages(dependencies),
  };
}
