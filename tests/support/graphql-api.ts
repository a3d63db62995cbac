// The API without a port: real database, real schema and server, and whatever operations a test brings. Counts statements, keeps log lines.
import type { ApolloServer } from '@apollo/server';
import { HeaderMap } from '@apollo/server';
import pino from 'pino';
import { openDatabase } from '../../src/database/database.ts';
import type { Database, Sql } from '../../src/database/database.ts';
import { anyone } from '../../src/domain/principal.ts';
import { makeContextFactory } from '../../src/graphql/context.ts';
import type { GraphqlContext } from '../../src/graphql/context.ts';
import type { Operations } from '../../src/graphql/operations.ts';
import { makeSchema } from '../../src/graphql/schema.ts';
import type { SendingRates } from '../../src/live/sending-rates.ts';
import { makeGraphqlServer } from '../../src/graphql/server.ts';

interface ApiError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

interface ApiAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** The body as it was sent. */
  readonly text: string;
  // The shape depends on the document; a wrong guess fails the test's own expectation.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
  readonly errors: readonly ApiError[];
  /** Statements that the reads of this answer cost. */
  readonly statements: readonly string[];
}

export interface GraphqlApi extends AsyncDisposable {
  readonly database: Database;
  readonly apollo: ApolloServer<GraphqlContext>;
  readonly logLines: readonly Readonly<Record<string, unknown>>[];
  ask(query: string, variables?: Readonly<Record<string, unknown>>): Promise<ApiAnswer>;
  request(request: {
    readonly method: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly search?: string;
    readonly body?: unknown;
  }): Promise<ApiAnswer>;
}

export interface GraphqlApiOptions {
  readonly url: string;
  readonly operations?: Partial<Operations>;
  readonly introspection?: boolean;
  readonly statementTimeoutMs?: number;
  /** Rates by mailing id; unless given, none is known. */
  readonly rates?: SendingRates;
  /** Stands between the resolvers and the database. */
  readonly intercept?: (sql: Sql) => Sql;
}

export async function openGraphqlApi({
  url,
  operations = {},
  introspection = true,
  statementTimeoutMs = 20_000,
  rates = { rateOf: () => null },
  intercept = (sql) => sql,
}: GraphqlApiOptions): Promise<GraphqlApi> {
  const database = await openDatabase({
    url,
    connections: 4,
    applicationName: 'test-api',
    statementTimeoutMs,
    onConnectionLost: () => undefined,
  });
  const logLines: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => logLines.push(JSON.parse(line)) });
  let statements: string[] = [];
  const counted: Sql = {
    rows: async (text, values) => {
      statements.push(text);
      return database.rows(text, values);
    },
  };
  const makeContext = makeContextFactory({
    log,
    database: intercept(counted),
    providerRate: 500,
    operationsFor: () => new Proxy({} as Operations, { get: (_, name) => Reflect.get(operations, name) ?? notExpected(String(name)) }),
    rates,
    live: {
      mailingStatistics: notExpected('mailingStatistics'),
      statistics: notExpected('statistics'),
      mailing: notExpected('mailing'),
      mailings: notExpected('mailings'),
      client: notExpected('client'),
      clients: notExpected('clients'),
      provider: notExpected('provider'),
    },
  });
  const apollo = makeGraphqlServer({ schema: makeSchema(), introspection, log });
  await apollo.start();

  let requests = 0;
  const request: GraphqlApi['request'] = async ({ method, headers = {}, search = '', body }) => {
    statements = [];
    requests += 1;
    const context = makeContext(`request-${requests}`, anyone);
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method,
        headers: new HeaderMap(Object.entries(headers)),
        search,
        body: body === undefined ? undefined : JSON.parse(JSON.stringify(body)),
      },
      context: async () => context,
    });
    if (answer.body.kind !== 'complete') throw new Error('the answer comes in parts');
    const text = answer.body.string;
    const parsed = text.startsWith('{') ? JSON.parse(text) : {};
    return { status: answer.status ?? 200, headers: answer.headers, text, data: parsed.data, errors: parsed.errors ?? [], statements };
  };
  return {
    database,
    apollo,
    logLines,
    request,
    ask: (query, variables) => request({ method: 'POST', headers: { 'content-type': 'application/json' }, body: { query, variables } }),
    [Symbol.asyncDispose]: async () => {
      await apollo.stop();
      await database[Symbol.asyncDispose]();
    },
  };
}

function notExpected(name: string): () => never {
  return () => {
    throw new Error(`${name} was not expected`);
  };
}
