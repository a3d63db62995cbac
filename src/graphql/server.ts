// Apollo as this service runs it: no landing page, no stack in any answer, CSRF prevention, the limits of both transports.
import { ApolloServer } from '@apollo/server';
import type { ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { Log } from '../log.ts';
import type { GraphqlContext } from './context.ts';
import { accessFaultOf } from './access.ts';
import { toPublicError } from './errors.ts';
import type { RecordOperation } from './finished-operation.ts';
import { makeValidationRules, parseOptions } from './limits.ts';
import { makeCostPlugin } from './operation-cost.ts';
import { makeOperationLog } from './operation-log.ts';
import { makePlannedAnswers } from './planned-answers.ts';
import { makeExecutePlanned } from './planned-execution.ts';

export interface GraphqlServerOptions {
  readonly schema: GraphQLSchema;
  /** false hides the schema, also from "did you mean". */
  readonly introspection: boolean;
  readonly log: Log;
  /** Told of each operation that ended. */
  readonly record?: RecordOperation;
}

/**
 * Not started: call `start()` before the first request and `stop()` after the last. Answers HTTP by `executeHTTPGraphQLRequest` and
 * other transports by `executeOperation`, with a context of `makeContextFactory` for each operation. Never listens by itself.
 */
export function makeGraphqlServer({ schema, introspection, log, record = () => {} }: GraphqlServerOptions): ApolloServer<GraphqlContext> {
  /** Errors are formatted without their context; the request they belong to is noted just before. */
  const requestIds = new WeakMap<object, string>();
  const planned = makePlannedAnswers(makeExecutePlanned(schema));
  return new ApolloServer<GraphqlContext>({
    schema,
    stringifyResult: planned.stringifyResult,
    // The rules below say it for both transports.
    introspection: true,
    hideSchemaDetailsFromClientErrors: !introspection,
    validationRules: [...makeValidationRules({ introspection })],
    parseOptions,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    // Persisted queries would let anybody fill a cache.
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: toApolloLogger(log),
    formatError: (formatted, error) => {
      const requestId = typeof error === 'object' && error !== null ? requestIds.get(error) : undefined;
      const { message, ...rest } = toPublicError(formatted, error, requestId);
      return { message: introspection ? message : withoutSuggestions(message), ...rest };
    },
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      makeOperationLog({ noteRequest: (error, requestId) => requestIds.set(error, requestId), record }),
      requestRules,
      makeCostPlugin(),
      planned.plugin,
      faultsOutsideOperations(log),
    ],
  });
}

/** Answers are not to be kept by anybody, a role is held against every operation, and a subscription is told where it is served. */
const requestRules: ApolloServerPlugin<GraphqlContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ document, operation, contextValue: { principal } }) => {
      const fault = operation ? accessFaultOf(document, operation, principal.role) : null;
      if (fault !== null) throw withStatus(fault, 403);
      if (operation?.operation !== 'subscription') return;
      throw new GraphQLError('Subscriptions are served over WebSocket (graphql-transport-ws) on this path.', {
        extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
      });
    },
    willSendResponse: async ({ request, response }) => {
      const { headers } = response.http;
      headers.set('cache-control', 'no-store');
      // What Apollo would come to, which weighs the header anew for every answer.
      if (plainlyJson.has(request.http?.headers.get('accept') ?? '')) headers.set('content-type', 'application/json; charset=utf-8');
    },
  }),
};

const plainlyJson: ReadonlySet<string> = new Set(['application/json', '*/*']);

/** Apollo hides what validation would guess, and not what graphql guesses about the values of variables. */
function withoutSuggestions(message: string): string {
  return message.replace(/ Did you mean [^]*\?$/, '');
}

/** The same error, answered with a status of its own on HTTP. */
function withStatus({ message, nodes, extensions }: GraphQLError, status: number): GraphQLError {
  return new GraphQLError(message, { nodes: nodes ?? null, extensions: { ...extensions, http: { status } } });
}

function faultsOutsideOperations(log: Log): ApolloServerPlugin<GraphqlContext> {
  return {
    contextCreationDidFail: async ({ error }) => log.error({ err: error }, 'no context for an operation'),
    unexpectedErrorProcessingRequest: async ({ error, requestContext }) =>
      log.error({ err: error, requestId: requestContext.contextValue.requestId }, 'operation failed'),
  };
}

function toApolloLogger(log: Log): { debug: LogLine; info: LogLine; warn: LogLine; error: LogLine } {
  const toLine = (level: 'debug' | 'warn' | 'error') => (message?: unknown) => log[level]({ source: 'apollo' }, String(message));
  return { debug: toLine('debug'), info: toLine('debug'), warn: toLine('warn'), error: toLine('error') };
}

type LogLine = (message?: unknown) => void;
