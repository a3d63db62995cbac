// What happens to an operation that comes over the WebSocket, through graphql-ws's hooks: subscriptions join the group of their kind,
// queries and mutations go to the same Apollo server as over HTTP. Limits and masked errors are those of HTTP.
import type { ApolloServer, BaseContext } from '@apollo/server';
import { GraphQLError, Kind, getOperationAST, getVariableValues } from 'graphql';
import type { ExecutionArgs, FormattedExecutionResult, GraphQLFormattedError, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { ServerOptions, SubscribePayload } from 'graphql-ws';
import { callerOf } from '../domain/principal.ts';
import type { Authenticate, Principal } from '../domain/principal.ts';
import type { Log } from '../log.ts';
import { logApiOperation } from '../log.ts';
import type { AccessFaultOf } from './access.ts';
import type { CountRequest, Places } from './caller-limits.ts';
import { severityOf, toPublicError } from './errors.ts';
import { countedAs, traceparentIn } from './finished-operation.ts';
import type { RecordOperation } from './finished-operation.ts';
import { isIdentifier } from './identifier.ts';
import { costFaultOf, costOf } from './operation-cost.ts';
import type { OperationCost } from './operation-cost.ts';
import { callerFields } from './operation-log.ts';
import { makeReadDocument, withCode } from './operation-documents.ts';
import { SubscriptionFailed, makeSubscriptionExecution } from './subscription-execution.ts';
import type { SubscriptionGroups } from './subscription-groups.ts';
import type { ChooseDocument } from './trusted-documents.ts';
import { admit } from './websocket-authentication.ts';
import type { WebSocketSession } from './websocket-authentication.ts';
import type { WebSocketConnection } from './websocket-connection.ts';

export interface WebSocketOperationsOptions<Context extends BaseContext> {
  readonly schema: GraphQLSchema;
  /** Answers queries and mutations; started. */
  readonly apollo: ApolloServer<Context>;
  /** Called per operation, and per event of a subscription. */
  readonly makeContext: (requestId: string, principal: Principal) => Context;
  readonly authenticate: Authenticate;
  readonly accessFaultOf: AccessFaultOf;
  readonly introspection: boolean;
  readonly countRequest: CountRequest;
  /** null: any document may run. */
  readonly chooseDocument: ChooseDocument | null;
  readonly log: Log;
  /** Told of each subscription that ended; of queries and mutations Apollo tells. */
  readonly record?: RecordOperation;
}

/** What stands beside graphql-ws's own record of a connection. */
export interface ConnectionExtra {
  readonly connection: WebSocketConnection;
  /** Of the upgrade request; its operations are numbered after it. */
  readonly requestId: string;
  readonly remoteAddress: string;
  /** Gives back the place that its address had for a connection without a caller. */
  readonly leaveWaiting: () => void;
  readonly session: WebSocketSession;
  operationCount: number;
  readonly subscriptions: Map<string, OpenSubscription>;
}

interface OpenSubscription {
  readonly operation: Operation;
  readonly startedAt: number;
  errors: readonly string[];
}

interface Operation {
  readonly extra: ConnectionExtra;
  readonly id: string;
  readonly requestId: string;
  readonly principal: Principal;
  readonly name: string;
  readonly counted: ReturnType<typeof countedAs>;
  readonly mailingId: string | undefined;
  readonly payload: SubscribePayload;
  readonly cost: OperationCost;
  /** Equal keys: the same results, to the byte. */
  readonly groupKey: string;
  answer: FormattedExecutionResult;
}

export const mostOperations = 100;
export const longestOperationId = 128;

export function makeWebSocketOperations<Context extends BaseContext>(
  options: WebSocketOperationsOptions<Context> & {
    readonly groups: SubscriptionGroups<Buffer>;
    /** Of connections with a caller. */
    readonly places: Places;
    readonly isClosing: () => boolean;
  },
): ServerOptions<Record<string, unknown>, ConnectionExtra> {
  const { schema, apollo, makeContext, authenticate, accessFaultOf, introspection, countRequest, log, groups, places, isClosing } = options;
  const chooseDocument: ChooseDocument = options.chooseDocument ?? anyDocument;
  const readDocument = makeReadDocument({ schema, introspection });
  /** graphql-ws hands the arguments on as they are, so they name the operation. */
  const operations = new WeakMap<ExecutionArgs, Operation>();
  const operationOf = (args: ExecutionArgs): Operation => {
    const operation = operations.get(args);
    if (operation === undefined) throw new Error('execution arguments that onSubscribe did not make');
    return operation;
  };

  /** As Apollo does on HTTP; faults of ours and of the database are logged here with their cause. */
  const toAnswer = (error: GraphQLError, requestId: string): GraphQLFormattedError => {
    const severity = severityOf(error);
    if (severity !== null) log[severity]({ err: error.originalError ?? error, requestId, path: error.path }, 'subscription failed');
    const formatted = { ...error.toJSON(), extensions: { code: 'INTERNAL_SERVER_ERROR', ...error.extensions } };
    return toPublicError(formatted, error, requestId);
  };

  return {
    onConnect: async ({ extra, connectionParams }) => {
      const { session, requestId } = extra;
      const reason = await admit(session, authenticate, connectionParams);
      if (reason !== null) log.info({ requestId, reason, transport: 'websocket' }, 'refused');
      return reason === null && takePlace(extra, places);
    },

    onSubscribe: async ({ extra, subscriptions }, id, asked) => {
      const { principal } = extra.session;
      if (principal === null) throw new Error('graphql-ws takes operations from acknowledged connections only');
      if (isClosing()) return [refusal('SERVICE_UNAVAILABLE', 'The service is stopping.')];
      if (id.length > longestOperationId) return [refusal('BAD_REQUEST', `An operation id has at most ${longestOperationId} characters.`)];
      if (Object.keys(subscriptions).length > mostOperations) {
        return [refusal('TOO_MANY_OPERATIONS', `At most ${mostOperations} operations may run on one connection.`)];
      }
      const retryAfterSeconds = await countRequest(callerOf(principal, extra.remoteAddress));
      if (retryAfterSeconds !== null) {
        const message = `Too many requests: try again in ${retryAfterSeconds} s.`;
        return [new GraphQLError(message, { extensions: { code: 'RATE_LIMITED', retryAfterSeconds } })];
      }
      const chosen = chooseDocument(asked);
      if (!chosen.ok) return [chosen.error];
      const payload = { ...asked, query: chosen.text };
      const read = readDocument(payload.query);
      if (!read.ok) return read.errors;
      const { document } = read;
      const node = getOperationAST(document, payload.operationName);
      if (!node)
        return [refusal('OPERATION_RESOLUTION_FAILURE', 'The document has no operation of that name, or several and none is named.')];
      // Queries and mutations are held against the same rules by Apollo.
      const accessFault = node.operation === 'subscription' ? accessFaultOf(document, node, principal.role) : null;
      if (accessFault !== null) return [accessFault];
      const variables = getVariableValues(schema, node.variableDefinitions ?? [], payload.variables ?? {}, {
        maxErrors: 10,
        hideSuggestions: !introspection,
      });
      if (variables.errors) return variables.errors.map((error) => withCode(error, 'BAD_USER_INPUT'));
      const cost = costOf({ schema, document, operation: node, variables: payload.variables ?? {} });
      const costFault = costFaultOf(cost);
      if (costFault !== null) return [costFault];

      extra.operationCount += 1;
      const { operationName, variables: variableValues } = payload;
      const args: ExecutionArgs = { schema, document, operationName, variableValues, contextValue: undefined };
      operations.set(args, {
        extra,
        id,
        requestId: `${extra.requestId}.${extra.operationCount}`,
        principal,
        name: nameOf(node),
        counted: countedAs(node),
        payload,
        cost,
        mailingId: mailingIdOf(node, variables.coerced),
        // What a result says depends on the role and on nothing else about the caller.
        groupKey: JSON.stringify([payload.query, node.name?.value, variables.coerced, principal.role]),
        answer: {},
      });
      return args;
    },

    subscribe: (args) => {
      const operation = operationOf(args);
      const { extra, id, requestId, principal, cost, groupKey } = operation;
      extra.subscriptions.set(id, { operation, startedAt: performance.now(), errors: [] });
      const stream = extra.connection.openStream(id);
      const start = makeSubscriptionExecution({
        args,
        cost,
        makeContext: () => makeContext(requestId, principal),
        toAnswer: (error) => toAnswer(error, requestId),
        onOutage: (error) => log.warn({ err: error.originalError ?? error, requestId }, 'a live result cannot be read: trying again'),
      });
      stream.onLeave = groups.join(groupKey, start, stream.member);
      return stream.results;
    },

    execute: async (args) => {
      const operation = operationOf(args);
      const { requestId, principal, payload } = operation;
      const { query, operationName, variables } = payload;
      const traceparent = traceparentIn(payload.extensions);
      const response = await apollo.executeOperation(
        {
          query,
          ...(operationName && { operationName }),
          ...(variables && { variables }),
          ...(traceparent !== null && { extensions: { traceparent } }),
        },
        { contextValue: makeContext(requestId, principal) },
      );
      if (response.body.kind !== 'single') throw new Error('incremental delivery is not offered');
      operation.answer = response.body.singleResult;
      return {};
    },

    // Apollo has formatted the errors already; results of subscriptions do not come this way.
    onNext: (_context, _id, _payload, args) => operationOf(args).answer,

    onError: ({ extra }, id, _payload, errors) => {
      const subscription = extra.subscriptions.get(id);
      const requestId = subscription?.operation.requestId ?? extra.requestId;
      const answer = errors.flatMap((error) => {
        // graphql-ws makes one error of whatever a stream throws.
        return error.originalError instanceof SubscriptionFailed ? error.originalError.answer : [toAnswer(error, requestId)];
      });
      if (subscription) subscription.errors = answer.map(({ extensions }) => String(extensions?.['code']));
      return answer;
    },

    onComplete: ({ extra }, id) => {
      const subscription = extra.subscriptions.get(id);
      if (subscription === undefined) return;
      extra.subscriptions.delete(id);
      const { operation, startedAt, errors } = subscription;
      const durationMs = Math.round(performance.now() - startedAt);
      const { requestId, principal, name, mailingId, counted } = operation;
      const outcome = errors.length > 0 ? 'error' : 'ok';
      const traceparent = traceparentIn(operation.payload.extensions);
      const about = mailingId === undefined ? {} : { mailingId };
      options.record?.({ ...counted, requestId, transport: 'websocket', traceparent, outcome, durationMs, ...about });
      const fields = {
        requestId,
        operation: name,
        type: 'subscription',
        transport: 'websocket',
        outcome,
        durationMs,
        ...callerFields(principal),
      } as const;
      logApiOperation(log, { ...fields, ...(mailingId !== undefined && { mailingId }), ...(errors.length > 0 && { errors }) });
    },
  };
}

/** Moves the connection from the places of its address to those of its caller. False: there are none left, it is being closed. */
function takePlace({ session, remoteAddress, leaveWaiting }: ConnectionExtra, places: Places): boolean {
  const { principal, gone } = session;
  const leave = principal === null ? null : places.take(callerOf(principal, remoteAddress));
  if (leave === null) {
    session.close(1013, 'Too many connections of one caller');
    return false;
  }
  leaveWaiting();
  if (gone.aborted) leave();
  else gone.addEventListener('abort', leave, { once: true });
  return true;
}

const anyDocument: ChooseDocument = ({ query }) => ({ ok: true, text: String(query) });

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

/** As in the log lines of HTTP: the operation's own name, else its field; the caller's words, so they are cut. */
function nameOf({ name, operation, selectionSet: { selections } }: OperationDefinitionNode): string {
  const [field] = selections;
  const ownName = name?.value ?? (field?.kind === Kind.FIELD ? field.name.value : operation);
  return ownName.slice(0, 100);
}

/** For the log: the mailing that the operation says it is about. */
function mailingIdOf({ selectionSet }: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): string | undefined {
  const [field] = selectionSet.selections;
  if (field?.kind !== Kind.FIELD) return undefined;
  const name = field.name.value === 'mailing' ? 'id' : 'mailingId';
  const given = field.arguments?.find((argument) => argument.name.value === name)?.value;
  const written = given?.kind === Kind.STRING || given?.kind === Kind.INT ? given.value : undefined;
  const id = given?.kind === Kind.VARIABLE ? variables[given.name.value] : written;
  return typeof id === 'string' && isIdentifier(id) ? id : undefined;
}
