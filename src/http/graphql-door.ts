// GraphQL over HTTP on a thin node:http adapter: express would cost about a quarter of Apollo's throughput.
// A browser that opens the path gets the playground.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HeaderMap } from '@apollo/server';
import type { ApolloServer, BaseContext, HTTPGraphQLResponse } from '@apollo/server';
import type { Principal } from '../domain/principal.ts';
import type { OperationDocument } from '../graphql/operation-documents.ts';
import type { ChooseDocument } from '../graphql/trusted-documents.ts';
import type { Exchange, Route } from './exchange.ts';
import { sendDocumentFaults, sendError, wantsPage } from './exchange.ts';
import type { RequireRole } from './require-role.ts';
import { queryOf, trustRequest } from './trusted-requests.ts';

export interface GraphqlDoorOptions<Context extends BaseContext> {
  /** Started. */
  readonly apollo: ApolloServer<Context>;
  readonly makeContext: (requestId: string, principal: Principal) => Context;
  readonly requireRole: RequireRole;
  /** null: any document may run. */
  readonly chooseDocument: ChooseDocument | null;
  readonly readDocument: (text: string) => OperationDocument;
  readonly servePlayground: (exchange: Exchange) => Promise<void>;
}

export const mostBodyBytes = 1024 * 1024;
/** What is read, and thrown away, of a larger body, so that its sender reads our answer instead of a broken connection. */
const MOST_DISCARDED_BYTES = 16 * 1024 * 1024;

/** /graphql: POST and GET as in the GraphQL over HTTP specification. */
export function makeGraphqlRoute<Context extends BaseContext>({
  apollo,
  makeContext,
  requireRole,
  chooseDocument,
  readDocument,
  servePlayground,
}: GraphqlDoorOptions<Context>): Route {
  const execute = async (exchange: Exchange, principal: Principal, body: unknown): Promise<void> => {
    const { request, response, search, requestId } = exchange;
    const asked = { search, body };
    const trusted = chooseDocument === null ? ({ ok: true, request: asked } as const) : trustRequest(chooseDocument, asked);
    if (!trusted.ok) return sendError(exchange, 400, String(trusted.error.extensions['code']), trusted.error.message);
    // Validating a subscription with conditions at its root, graphql may throw, and Apollo takes that for a fault of ours.
    const query = queryOf(trusted.request);
    const read = query.includes('subscription') ? readDocument(query) : null;
    if (read?.ok === false) return sendDocumentFaults(exchange, read.errors);
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: request.method === 'POST' ? 'POST' : 'GET', headers: toHeaderMap(request), ...trusted.request },
      context: async () => makeContext(requestId, principal),
    });
    await sendAnswer(response, answer);
  };

  return {
    path: '/graphql',
    methods: ['GET', 'POST'],
    handle: async (exchange) => {
      const { request, response, search } = exchange;
      response.appendHeader('vary', 'accept');
      const isRead = request.method !== 'POST';
      // The page itself says nothing: what it asks is asked with the token that a person gives it.
      if (isRead && wantsPage(request) && !new URLSearchParams(search).has('query')) return servePlayground(exchange);
      // What each field needs is decided when the document is known.
      const principal = await requireRole(exchange, 'viewer');
      if (principal === null) return;
      if (isRead) return execute(exchange, principal, undefined);
      if (!isPlainJson(request)) {
        return sendError(exchange, 415, 'UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json in UTF-8, not compressed.');
      }
      const body = await readBody(request);
      if (body === null) {
        response.setHeader('connection', 'close');
        return sendError(exchange, 413, 'PAYLOAD_TOO_LARGE', `The body may have at most ${mostBodyBytes} bytes.`);
      }
      const parsed = parseJson(body);
      if (!parsed.ok) return sendError(exchange, 400, 'BAD_REQUEST', 'The body is not JSON in UTF-8.');
      return execute(exchange, principal, parsed.value);
    },
  };
}

function isPlainJson({ headers }: IncomingMessage): boolean {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const charsets = parameters.map((parameter) => parameter.trim()).filter((parameter) => parameter.startsWith('charset='));
  const encoding = headers['content-encoding'] ?? 'identity';
  return type.trim() === 'application/json' && charsets.every((charset) => /^charset="?utf-?8"?$/.test(charset)) && encoding === 'identity';
}

/**
 * null: too large; the rest of it is not kept. Throws when the sender hangs up. By events: no promise for each piece.
 */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > MOST_DISCARDED_BYTES) return null;
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  const chunks: Buffer[] = [];
  let size = 0;
  const take = (chunk: Buffer): void => {
    size += chunk.length;
    if (size <= mostBodyBytes) return void chunks.push(chunk);
    chunks.length = 0;
    if (size <= MOST_DISCARDED_BYTES) return;
    // Not destroyed: the answer goes over the same connection.
    request.off('data', take);
    request.pause();
    resolve(null);
  };
  request.on('data', take);
  request.once('end', () => resolve(size > mostBodyBytes ? null : chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
  request.once('error', reject);
  request.once('close', () => {
    // It closes after every body, and an error is dear.
    if (!request.readableEnded) reject(new Error('the sender hung up'));
  });
  return promise;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(body: Buffer): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    return { ok: true, value: JSON.parse(utf8.decode(body)) };
  } catch {
    return { ok: false };
  }
}

function toHeaderMap({ headers }: IncomingMessage): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}

async function sendAnswer(response: ServerResponse, answer: HTTPGraphQLResponse): Promise<void> {
  const { headers, body } = answer;
  const status = statusOf(answer);
  for (const [name, value] of headers) response.setHeader(name, value);
  if (body.kind === 'complete') {
    response.writeHead(status, { 'content-length': Buffer.byteLength(body.string) }).end(body.string);
    return;
  }
  response.writeHead(status);
  for await (const chunk of body.asyncIterator) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
}

/** Faults of the document or its variables, in a request that is well-formed. */
const faultsOfOperations: readonly unknown[] = [
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'OPERATION_TOO_EXPENSIVE',
  'BAD_USER_INPUT',
];

/**
 * In application/json, the specification wants 200 for whatever the answer to a well-formed request is: a client cannot tell by another
 * status whether it was GraphQL that answered. In application/graphql-response+json these are 400.
 */
function statusOf({ status = 200, headers, body }: HTTPGraphQLResponse): number {
  if (status !== 400 || body.kind !== 'complete' || !headers.get('content-type')?.startsWith('application/json')) return status;
  const { errors = [] }: { errors?: { extensions?: { code?: unknown } }[] } = JSON.parse(body.string);
  return errors.every(({ extensions }) => faultsOfOperations.includes(extensions?.code)) ? 200 : status;
}
