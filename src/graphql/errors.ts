// The one place where errors become what the outside world may see. Nothing of the database and no stack reaches an answer: what is not
// known to be public is 'Internal error' with the request's id, under which the log has the whole story.
import { GraphQLError } from 'graphql';
import type { GraphQLFormattedError } from 'graphql';
import { CarillonError } from '../domain/errors.ts';
import type { UserError } from '../domain/errors.ts';
import { isConnectionFault, isSerializationFault, isStatementTimeout } from '../database/database-faults.ts';

/** Own errors that the caller can act on: their words are meant for the outside, and their code is extensions.code. */
const publicCodes: ReadonlySet<string> = new Set(['TOO_MANY_ROWS', 'NOT_FOUND', 'BAD_USER_INPUT']);

/** A problem with an argument that is not a fault of the data: extensions.code BAD_USER_INPUT, extensions.argument its name. */
export function badArgument(argument: string, message: string): GraphQLError {
  return new GraphQLError(`${argument}: ${message}`, { extensions: { code: 'BAD_USER_INPUT', argument } });
}

/** Faults of the data in an argument of a query, whose type has no place for them: BAD_USER_INPUT with all of them in extensions.userErrors. */
export function badInput(argument: string, userErrors: readonly UserError[]): GraphQLError {
  const message = userErrors.map(({ field, message: words }) => `${field.join('.')}: ${words}`).join('; ');
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', argument, userErrors } });
}

interface PublicFace {
  readonly message: string;
  readonly code: string;
  /** How the error itself is logged; null: it is the caller's business alone. */
  readonly severity: 'error' | 'warn' | null;
}

/**
 * The error as the caller may see it, on every transport. `formatted` keeps its place in the document and in the answer.
 * INTERNAL_SERVER_ERROR and SERVICE_UNAVAILABLE carry the request's id (extensions.requestId), under which the log has the cause.
 */
export function toPublicError(formatted: GraphQLFormattedError, error: unknown, requestId?: string): GraphQLFormattedError {
  const face = faceOf(error);
  if (face === null) return formatted;
  const place = {
    ...(formatted.locations !== undefined && { locations: formatted.locations }),
    ...(formatted.path !== undefined && { path: formatted.path }),
  };
  const trace = face.severity === null || requestId === undefined ? {} : { requestId };
  return { message: face.message, ...place, extensions: { code: face.code, ...trace } };
}

/** Our own faults and the database's are logged with their cause: `error` needs somebody, `warn` heals by itself. null: not a fault. */
export function severityOf(error: unknown): 'error' | 'warn' | null {
  return faceOf(error)?.severity ?? null;
}

/**
 * What a live result says by an error that passes: SERVICE_UNAVAILABLE, until the database is back; NOT_FOUND, of something that is being
 * removed while it is read. null: any other error, or none.
 */
export function passingCodeOf(error: unknown): 'SERVICE_UNAVAILABLE' | 'NOT_FOUND' | null {
  const code = error === undefined ? null : faceOf(error)?.code;
  return code === 'SERVICE_UNAVAILABLE' || code === 'NOT_FOUND' ? code : null;
}

/** null: the error is a word on the request itself (syntax, validation, an argument) and may be seen as it is. */
function faceOf(error: unknown): PublicFace | null {
  const cause = causeOf(error);
  if (cause instanceof GraphQLError) {
    const inExecution = error instanceof GraphQLError && error.path !== undefined;
    if (!inExecution || typeof cause.extensions['code'] === 'string') return null;
    // GraphQL found fault with an argument's value and points at it; its faults with our results point nowhere.
    if (cause.nodes !== undefined) return { message: cause.message, code: 'BAD_USER_INPUT', severity: null };
  }
  if (isStackOverflow(cause) && !(error instanceof GraphQLError && error.path !== undefined)) {
    return { message: nestedTooDeeply, code: 'GRAPHQL_PARSE_FAILED', severity: null };
  }
  if (cause instanceof CarillonError && publicCodes.has(cause.code)) return { message: cause.message, code: cause.code, severity: null };
  if (isConnectionFault(cause) || isStatementTimeout(cause) || isSerializationFault(cause)) {
    return {
      message:
        'The service cannot answer this at the moment. Try again; repeat a mutation under the same idempotencyKey where it takes one.',
      code: 'SERVICE_UNAVAILABLE',
      severity: 'warn',
    };
  }
  return { message: 'Internal error', code: 'INTERNAL_SERVER_ERROR', severity: 'error' };
}

/** graphql's parser calls itself for every level, and a document of brackets alone is deeper than the stack. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack');
}

export const nestedTooDeeply = 'Syntax Error: The document is nested too deeply.';

/** What a resolver threw: GraphQL wraps it to say where. */
function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined ? causeOf(error.originalError) : error;
}
