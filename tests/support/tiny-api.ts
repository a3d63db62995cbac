// A tiny schema behind the real doors (HTTP server, Apollo, WebSocket), so that the transport is tested without the service's own types.
// Its one subscription source is fed by the test.
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { buildSchema, GraphQLObjectType } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { fileURLToPath } from 'node:url';
import { anyone } from '../../src/domain/principal.ts';
import type { Authenticate } from '../../src/domain/principal.ts';
import { CarillonError } from '../../src/domain/errors.ts';
import type { AccessFaultOf } from '../../src/graphql/access.ts';
import { toPublicError } from '../../src/graphql/errors.ts';
import { makeValidationRules, parseOptions } from '../../src/graphql/limits.ts';
import { makeCountRequest } from '../../src/graphql/caller-limits.ts';
import { makeCostPlugin } from '../../src/graphql/operation-cost.ts';
import { makeReadDocument } from '../../src/graphql/operation-documents.ts';
import type { ChooseDocument } from '../../src/graphql/trusted-documents.ts';
import { makeWebSocketDoor } from '../../src/graphql/websocket.ts';
import type { WebSocketDoor, WebSocketTimes } from '../../src/graphql/websocket.ts';
import { makeCrossOrigin } from '../../src/http/cross-origin.ts';
import { makeGraphqlRoute } from '../../src/http/graphql-door.ts';
import { makeHealthRoutes } from '../../src/http/health.ts';
import type { CheckReadiness } from '../../src/http/health.ts';
import { limitRequests } from '../../src/http/limit-requests.ts';
import { makeServePlayground } from '../../src/http/playground.ts';
import { makeRequireRole } from '../../src/http/require-role.ts';
import { makeHttpServer } from '../../src/http/server.ts';
import type { HttpServer } from '../../src/http/server.ts';
import type { Route } from '../../src/http/exchange.ts';
import { makeLatestValue } from '../../src/live/latest-value.ts';
import type { LatestValue } from '../../src/live/latest-value.ts';
import { makeLog } from '../../src/log.ts';
import type { Log } from '../../src/log.ts';

const typeDefs = `
  type Query { hello(name: String = "you"): String! secret: String secrets: [Query!] slow: String! context: String! self: Query! }
  type Mutation { increment: Int! }
  type Subscription { state(id: ID!, pad: Int! = 0): State! broken: State! }
  type State { id: ID! version: Int! pad: String! secret: String }
`;

export interface State {
  readonly id: string;
  readonly version: number;
}

export interface TinyApi extends AsyncDisposable {
  readonly url: string;
  readonly door: WebSocketDoor;
  readonly http: HttpServer;
  /** Subscription streams that were started, by id. */
  readonly starts: Map<string, number>;
  /** Results of subscriptions that were computed. */
  executions: number;
  /** Gives every stream of `id` a new state. */
  push(id: string, version: number): void;
  end(id: string): void;
  fail(id: string, error: Error): void;
  /** Lets the query `slow` answer. */
  readonly release: () => void;
  watched(id: string): number;
}

export interface TinyApiOptions {
  readonly introspection?: boolean;
  readonly times?: Partial<WebSocketTimes>;
  readonly routes?: readonly Route[];
  readonly servePage?: Route['handle'];
  readonly checkReadiness?: CheckReadiness;
  readonly closeMs?: number;
  readonly authenticate?: Authenticate;
  readonly bodyMs?: number;
  readonly log?: Log;
  readonly accessFaultOf?: AccessFaultOf;
  readonly allowedOrigins?: readonly string[];
  readonly requestsPerSecond?: number;
  readonly connectionsPerCaller?: number;
  readonly chooseDocument?: ChooseDocument;
  readonly headersMs?: number;
}

interface TinyContext {
  readonly requestId: string;
}

export async function startTinyApi(options: TinyApiOptions = {}): Promise<TinyApi> {
  const { introspection = true, times = {}, routes = [], checkReadiness = async () => null, closeMs = 2_000 } = options;
  const { authenticate = async () => ({ ok: true, principal: anyone }), accessFaultOf = () => null } = options;
  const { allowedOrigins = [], connectionsPerCaller = 10_000, chooseDocument = null } = options;
  const countRequest = makeCountRequest({ perSecond: options.requestsPerSecond ?? null });
  const log = options.log ?? makeLog({ level: 'silent', pretty: false });
  const streams = new Map<string, Set<LatestValue<State>>>();
  const released = Promise.withResolvers<string>();
  let count = 0;

  const open = (id: string): AsyncIterable<State> => {
    api.starts.set(id, (api.starts.get(id) ?? 0) + 1);
    if (id === 'missing') throw new CarillonError('NOT_FOUND', 'there is no such thing');
    if (id === 'forbidden table') throw new Error('relation "salary" does not exist');
    const value = makeLatestValue<State>({ gapMs: 0, onReturn: () => streams.get(id)?.delete(value) });
    streams.set(id, (streams.get(id) ?? new Set()).add(value));
    value.offer({ id, version: 1 });
    return value.reader;
  };

  const schema = buildSchema(typeDefs);
  addResolvers(schema, {
    Query: {
      hello: (_source, { name }) => `hello ${String(name)}`,
      secret: () => {
        throw new Error('password=hunter2 at db.internal');
      },
      slow: () => released.promise,
      self: () => ({}),
      context: (_source, _args, { requestId }) => requestId,
    },
    Mutation: { increment: () => (count += 1) },
    Subscription: { state: (state) => state },
    State: {
      version: ({ version }) => {
        api.executions += 1;
        return version;
      },
      pad: (_source, _args, _context, { variableValues }) => 'x'.repeat(Number(variableValues['pad'] ?? 0)),
      secret: () => {
        throw new Error('password=hunter2 at db.internal');
      },
    },
  });
  const state = schema.getSubscriptionType()?.getFields()['state'];
  if (state) state.subscribe = (_source, { id }) => open(String(id));

  const apollo = new ApolloServer<TinyContext>({
    schema,
    introspection: true,
    parseOptions,
    validationRules: [...makeValidationRules({ introspection })],
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    formatError: (formatted, error) => toPublicError(formatted, error),
    stopOnTerminationSignals: false,
    plugins: [ApolloServerPluginLandingPageDisabled(), makeCostPlugin()],
  });
  await apollo.start();
  const makeContext = (requestId: string): TinyContext => ({ requestId });
  const door = makeWebSocketDoor({
    schema,
    apollo,
    makeContext,
    authenticate,
    accessFaultOf,
    introspection,
    countRequest,
    chooseDocument,
    connectionsPerCaller,
    log,
    times,
  });
  const operationsFolder = fileURLToPath(new URL('../../examples/operations', import.meta.url));
  const http = makeHttpServer({
    routes: [
      makeGraphqlRoute({
        apollo,
        makeContext,
        requireRole: limitRequests(makeRequireRole(authenticate), countRequest),
        chooseDocument,
        readDocument: makeReadDocument({ schema, introspection }),
        servePlayground: makeServePlayground({ operationsFolder }),
      }),
      ...makeHealthRoutes({ checkReadiness }),
      ...routes,
    ],
    ...(options.servePage !== undefined && { servePage: options.servePage }),
    webSockets: { path: '/graphql', ...door },
    crossOrigin: makeCrossOrigin(allowedOrigins),
    ...(options.headersMs !== undefined && { headersMs: options.headersMs }),
    log,
    closeMs,
    ...(options.bodyMs !== undefined && { bodyMs: options.bodyMs }),
  });
  const { url } = await http.listen({ host: '127.0.0.1', port: 0 });

  const api: TinyApi = {
    url,
    door,
    http,
    starts: new Map(),
    executions: 0,
    push: (id, version) => {
      for (const value of streams.get(id) ?? []) value.offer({ id, version });
    },
    end: (id) => {
      for (const value of streams.get(id) ?? []) value.end();
    },
    fail: (id, error) => {
      for (const value of streams.get(id) ?? []) value.fail(error);
    },
    release: () => released.resolve('at last'),
    watched: (id) => streams.get(id)?.size ?? 0,
    [Symbol.asyncDispose]: async () => {
      released.resolve('stopping');
      await http.close();
      await apollo.stop();
    },
  };
  return api;
}

type Resolver = (
  source: State,
  args: Readonly<Record<string, unknown>>,
  context: TinyContext,
  info: { readonly variableValues: Readonly<Record<string, unknown>> },
) => unknown;

function addResolvers(schema: GraphQLSchema, resolvers: Readonly<Record<string, Readonly<Record<string, Resolver>>>>): void {
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName);
    if (!(type instanceof GraphQLObjectType)) throw new Error(`no type ${typeName}`);
    for (const [name, resolve] of Object.entries(fields)) {
      const field = type.getFields()[name];
      if (field === undefined) throw new Error(`no field ${typeName}.${name}`);
      field.resolve = resolve;
    }
  }
}
