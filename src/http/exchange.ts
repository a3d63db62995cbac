// One request and its answer, as every route is given them.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../log.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  /** With its question mark; empty when there is none. */
  readonly search: string;
  /** What stands in the place of each {name} of the route's path, as it was sent; never empty, never with a slash. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly requestId: string;
  /** Has requestId as a field. */
  readonly log: Log;
}

export interface Route {
  /** As it stands in the URL; a segment {name} takes any one segment. Exact paths go before those with names. */
  readonly path: string;
  /** GET includes HEAD: Node.js leaves the body out. */
  readonly methods: readonly ('GET' | 'POST')[];
  /** The body may be of any length and take any time until it is answered: the route itself holds its senders to a pace. */
  readonly takesStreams?: true;
  readonly handle: (exchange: Exchange) => Promise<void> | void;
}

/** The caller's own id when it can stand in a log and a header as it is, else a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID();
}

function sendText(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }).end(text);
}

export function sendJson(response: ServerResponse, status: number, body: object): void {
  sendText(response, status, 'application/json; charset=utf-8', `${JSON.stringify(body)}\n`);
}

/** Errors look the same on every path: as in a GraphQL answer, in the media type that the caller prefers. */
export function sendError({ request, response, requestId }: Exchange, status: number, code: string, message: string): void {
  response.setHeader('cache-control', 'no-store');
  const mediaType = prefersGraphqlResponse(request) ? graphqlResponse : 'application/json';
  const body = { errors: [{ message, extensions: { code, requestId } }] };
  sendText(response, status, `${mediaType}; charset=utf-8`, `${JSON.stringify(body)}\n`);
}

/** Faults of a document, in a request that is well-formed: the status that the GraphQL over HTTP specification gives them. */
export function sendDocumentFaults({ request, response }: Exchange, errors: readonly object[]): void {
  response.setHeader('cache-control', 'no-store');
  const [status, mediaType] = prefersGraphqlResponse(request) ? [400, graphqlResponse] : [200, 'application/json'];
  sendText(response, Number(status), `${mediaType}; charset=utf-8`, `${JSON.stringify({ errors })}\n`);
}

const graphqlResponse = 'application/graphql-response+json';

/** Without a word on it, application/json: clients that do not know the other type say nothing. */
function prefersGraphqlResponse({ headers: { accept = '' } }: IncomingMessage): boolean {
  const entries = accept
    .toLowerCase()
    .split(',')
    .map((entry) => entry.split(';').map((part) => part.trim()));
  const weightOf = (mediaType: string): number => {
    const [, ...parameters] = entries.find(([name]) => name === mediaType) ?? ['', 'q=0'];
    return Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
  };
  return weightOf(graphqlResponse) > 0 && weightOf(graphqlResponse) >= weightOf('application/json');
}

/** Only browsers that open a page ask for HTML; programs name JSON or anything. */
export function wantsPage({ headers: { accept = '' } }: IncomingMessage): boolean {
  return accept.includes('text/html') && !accept.includes('json');
}
