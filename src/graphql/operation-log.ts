// One log line per operation that Apollo executes, and the cause of every fault of ours, once, with the request's id.
import type { ApolloServerPlugin, GraphQLRequestContext } from '@apollo/server';
import { Kind } from 'graphql';
import type { OperationDefinitionNode } from 'graphql';
import { actorOf } from '../domain/principal.ts';
import type { Principal } from '../domain/principal.ts';
import { logApiOperation } from '../log.ts';
import type { GraphqlContext } from './context.ts';
import type { TraceFields } from './operation-trace.ts';
import { severityOf } from './errors.ts';
import { countedAs, traceparentIn } from './finished-operation.ts';
import type { RecordOperation } from './finished-operation.ts';

/** `noteRequest` learns which request an error belongs to before the error is formatted. */
export function makeOperationLog({
  noteRequest,
  record,
}: {
  noteRequest: (error: object, requestId: string) => void;
  record: RecordOperation;
}): ApolloServerPlugin<GraphqlContext> {
  return {
    requestDidStart: async () => {
      const startedAt = performance.now();
      return {
        didEncounterErrors: async ({ errors, contextValue: { log, requestId } }) => {
          for (const error of errors) {
            noteRequest(error, requestId);
            const severity = severityOf(error);
            if (severity !== null) log[severity]({ requestId, path: error.path, err: error.originalError ?? error }, 'operation failed');
          }
        },
        willSendResponse: async (request) => logOperation(request, startedAt, record),
      };
    },
  };
}

function logOperation(
  request: Pick<GraphQLRequestContext<GraphqlContext>, 'operation' | 'request' | 'response' | 'contextValue'>,
  startedAt: number,
  record: RecordOperation,
): void {
  const { operation, contextValue } = request;
  const { log, requestId, principal, trace } = contextValue;
  const errors = errorCodesOf(request.response.body);
  const touched = trace.fields();
  const outcome = errors.length > 0 ? 'error' : touched.userErrors === undefined ? 'ok' : 'refused';
  const durationMs = performance.now() - startedAt;
  const { http, extensions } = request.request;
  const transport = http === undefined ? 'websocket' : 'http';
  const traceparent = http?.headers.get('traceparent') ?? traceparentIn(extensions);
  record({ ...countedAs(operation), requestId, transport, traceparent, outcome, durationMs, ...oneOfEach(touched) });
  const fields = {
    requestId,
    operation: nameOf(operation),
    type: operation?.operation ?? null,
    transport,
    outcome,
    durationMs: Math.round(durationMs),
    ...(errors.length > 0 && { errors }),
    ...callerFields(principal),
    ...touched,
  } as const;
  logApiOperation(log, fields);
}

/** The ids that a span carries: lists are for the log. */
function oneOfEach({ mailingId, clientId, messageId }: TraceFields): Pick<TraceFields, 'mailingId' | 'clientId' | 'messageId'> {
  return {
    ...(mailingId !== undefined && { mailingId }),
    ...(clientId !== undefined && { clientId }),
    ...(messageId !== undefined && { messageId }),
  };
}

/** Who asked, as fields of a log line; none when the service runs without authentication. */
export function callerFields(principal: Principal): { readonly actor?: string; readonly role?: string } {
  const actor = actorOf(principal);
  return actor === null ? {} : { actor, role: principal.role };
}

function errorCodesOf(body: GraphQLRequestContext<GraphqlContext>['response']['body']): string[] {
  const errors = body?.kind === 'single' ? (body.singleResult.errors ?? []) : [];
  return [...new Set(errors.map((error) => String(error.extensions?.['code'])))];
}

const longestName = 100;

/** The operation's own name, else the fields it asks for: both are the caller's words, so they are cut. */
function nameOf(operation: OperationDefinitionNode | undefined): string {
  if (operation === undefined) return 'unknown';
  const fields = operation.selectionSet.selections.map((selection) => (selection.kind === Kind.FIELD ? selection.name.value : '...'));
  return (operation.name?.value ?? [...new Set(fields)].join(' ')).slice(0, longestName);
}
