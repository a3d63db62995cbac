// The one port: routes by path, request ids, security headers, time limits, the WebSocket's way in, and an orderly end.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import { CarillonError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import { refuseUpgrade } from '../graphql/websocket.ts';
import { limitBody } from './body-deadline.ts';
import type { CrossOrigin } from './cross-origin.ts';
import type { Exchange, Route } from './exchange.ts';
import { requestIdOf, sendError, wantsPage } from './exchange.ts';
import { makeFindRoute } from './route-table.ts';

export interface HttpServerOptions {
  readonly routes: readonly Route[];
  /** Answers every GET of a page that no route answers. */
  readonly servePage?: Route['handle'];
  /** null: there are none. */
  readonly webSockets: {
    readonly path: string;
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, requestId: string): void;
    close(): Promise<void>;
  } | null;
  readonly crossOrigin: CrossOrigin;
  readonly log: Log;
  /** Told of each answer that ended, with the path of its route; `other`: there is none. Must not throw. */
  readonly onAnswered?: (route: string, status: number) => void;
  /** From the start of closing until requests that still run are cut: 5 s. */
  readonly closeMs?: number;
  /** From a request's head until its body has come: 60 s. Routes that take streams are exempt. */
  readonly bodyMs?: number;
  /** For the head of a request: 15 s. */
  readonly headersMs?: number;
}

export interface HttpServer {
  /**
   * Resolves when connections are accepted, with the real port.
   * Throws CarillonError PORT_UNAVAILABLE (taken or not permitted) or HOST_UNAVAILABLE.
   */
  listen(address: ListenAddress): Promise<ListeningAt>;
  /** Accepts nothing more, closes the WebSockets, lets requests finish, then cuts what is left. */
  close(): Promise<void>;
}

export interface ListenAddress {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** The setting it comes from, for faults: PORT unless given. */
  readonly setting?: string;
}

export interface ListeningAt {
  readonly port: number;
  /** For a person on this machine; without a slash at the end. */
  readonly url: string;
}

// A client that sends or reads a byte at a time holds a socket no longer than this.
export const timeLimits = {
  headersTimeout: 15_000,
  // Kept per route (body-deadline.ts): imports take as long as they take.
  requestTimeout: 0,
  connectionsCheckingInterval: 5_000,
  // Longer than load balancers keep theirs (60 s), so that it is never we who close while a request is on its way.
  keepAliveTimeout: 65_000,
};
export const bodyLimitMs = 60_000;
const SILENT_SOCKET_MS = 120_000;

const securityHeaders = Object.entries({
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  // For browsers that do not know frame-ancestors.
  'x-frame-options': 'DENY',
});

export function makeHttpServer(options: HttpServerOptions): HttpServer {
  const {
    routes,
    webSockets,
    crossOrigin,
    log,
    onAnswered,
    closeMs = 5_000,
    bodyMs = bodyLimitMs,
    headersMs = timeLimits.headersTimeout,
  } = options;
  const findRoute = makeFindRoute(routes);
  const { servePage = sendNotFound } = options;
  const running = new Set<ServerResponse>();
  let closing = false;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const found = findRoute(pathOf(request));
    const exchange = toExchange(request, response, found?.parameters ?? {}, log);
    response.setHeader('x-request-id', exchange.requestId);
    for (const [name, value] of securityHeaders) response.setHeader(name, value);
    crossOrigin.setHeaders(request, response);
    if (closing) response.setHeader('connection', 'close');
    if (log.isLevelEnabled('debug')) logWhenDone(exchange);
    limitBody(exchange, found?.route, bodyMs);
    running.add(response);
    response.on('close', () => {
      running.delete(response);
      onAnswered?.(found?.route.path ?? 'other', response.statusCode);
      if (closing) server.closeIdleConnections();
    });
    try {
      await dispatch(exchange, found?.route, servePage, crossOrigin);
    } catch (error) {
      failExchange(exchange, error);
    }
  };

  const server = createServer({
    ...timeLimits,
    headersTimeout: headersMs,
    connectionsCheckingInterval: Math.min(timeLimits.connectionsCheckingInterval, headersMs),
    // Other upgrades (h2c, which some clients offer with every request) are answered as if they had not been asked for.
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
  });
  server.timeout = SILENT_SOCKET_MS;
  server.on('error', (error) => log.error({ err: error }, 'HTTP server fault'));
  server.on('request', (request, response) => void answer(request, response));
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    if (webSockets === null || pathOf(request) !== webSockets.path) return refuseUpgrade(socket, 404);
    // Browsers send Origin with every upgrade, and no page of another site may use the API in its visitor's name (RFC 6455, 10.2).
    if (!crossOrigin.allows(request)) return refuseUpgrade(socket, 403);
    webSockets.upgrade(request, socket, head, requestIdOf(request));
  });

  return {
    listen: (address) => listen(server, address),
    close: async () => {
      closing = true;
      for (const response of running) if (!response.headersSent) response.setHeader('connection', 'close');
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const cut = setTimeout(() => server.closeAllConnections(), closeMs);
      await Promise.all([closed, webSockets?.close()]);
      clearTimeout(cut);
    },
  };
}

function toExchange(request: IncomingMessage, response: ServerResponse, parameters: Exchange['parameters'], log: Log): Exchange {
  const path = pathOf(request);
  const requestId = requestIdOf(request);
  let ownLog: Log | null = null;
  return {
    request,
    response,
    path,
    search: (request.url ?? '').slice(path.length),
    parameters,
    requestId,
    // Most requests log nothing here, and a child costs more than a line.
    get log() {
      return (ownLog ??= log.child({ requestId }));
    },
  };
}

function pathOf({ url = '' }: IncomingMessage): string {
  const [path = ''] = url.split('?', 1);
  return path;
}

async function dispatch(exchange: Exchange, route: Route | undefined, servePage: Route['handle'], crossOrigin: CrossOrigin): Promise<void> {
  const { request, response } = exchange;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  if (route === undefined) {
    response.appendHeader('vary', 'accept');
    return method === 'GET' && wantsPage(request) ? servePage(exchange) : sendNotFound(exchange);
  }
  const methods = route.methods.flatMap((allowed) => (allowed === 'GET' ? ['GET', 'HEAD'] : [allowed]));
  if (isPreflight(request)) {
    if (crossOrigin.allows(request)) return crossOrigin.answerPreflight(response, methods);
    return sendError(exchange, 403, 'ORIGIN_NOT_ALLOWED', 'Pages of this origin may not call: ALLOWED_ORIGINS would have to name it.');
  }
  if (!route.methods.some((allowed) => allowed === method)) {
    response.setHeader('allow', methods.join(', '));
    return sendError(exchange, 405, 'METHOD_NOT_ALLOWED', 'This path does not answer this method.');
  }
  await route.handle(exchange);
}

function sendNotFound(exchange: Exchange): void {
  sendError(exchange, 404, 'NOT_FOUND', 'There is nothing at this path.');
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

function failExchange(exchange: Exchange, error: unknown): void {
  const { response, log } = exchange;
  // The client hung up: nobody is there to answer, and nothing of ours is broken.
  if (response.destroyed) return;
  log.error({ err: error }, 'request failed');
  if (response.headersSent) response.destroy();
  else sendError(exchange, 500, 'INTERNAL_SERVER_ERROR', 'Internal error');
}

function logWhenDone({ request, response, path, log }: Exchange): void {
  const startedAt = performance.now();
  response.on('close', () => {
    const durationMs = Math.round(performance.now() - startedAt);
    log.debug({ method: request.method, path, status: response.statusCode, durationMs, aborted: !response.writableFinished }, 'request');
  });
}

async function listen(server: Server, { host, port, setting = 'PORT' }: ListenAddress): Promise<ListeningAt> {
  await new Promise<void>((resolve, reject) => {
    const onError = (error: Error): void => reject(toListenFault(error, host, port, setting));
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      resolve();
    });
  });
  const address = server.address();
  const realPort = address !== null && typeof address === 'object' ? address.port : port;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return { port: realPort, url: `http://${isIPv6(name) ? `[${name}]` : name}:${realPort}` };
}

function toListenFault(error: Error & { readonly code?: string }, host: string, port: number, setting: string): Error {
  const options = { cause: error };
  if (error.code === 'EADDRINUSE') {
    return new CarillonError(
      'PORT_UNAVAILABLE',
      `${setting}=${port} is taken on ${host}: stop what listens there, or set ${setting} to another (0: any free one)`,
      options,
    );
  }
  if (error.code === 'EACCES')
    return new CarillonError(
      'PORT_UNAVAILABLE',
      `${setting}=${port} may not be used by this user: set ${setting} to one from 1024 on`,
      options,
    );
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new CarillonError('HOST_UNAVAILABLE', `HOST=${host} is not an address of this machine`, options);
  }
  return error;
}
