// Which pages of other sites may call: the answers to browsers (CORS), and who may open a WebSocket.
// Callers that are no browsers send no Origin and are not meant: a token is what holds them.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Headers that a page may send, and read in the answer. */
const requestHeaders = 'authorization, content-type, apollo-require-preflight, x-request-id';
const answerHeaders = 'x-request-id, retry-after, www-authenticate';
/** How long a browser may remember the answer to a preflight: 2 hours, the longest that Chromium keeps one. */
const PREFLIGHT_SECONDS = 7_200;

export interface CrossOrigin {
  /** Whether there is no Origin, or it is this server's own or an allowed one. */
  allows(request: IncomingMessage): boolean;
  /** Sets the headers by which a browser lets an allowed page read the answer. Credentials are tokens, never cookies. */
  setHeaders(request: IncomingMessage, response: ServerResponse): void;
  /** Answers an allowed page's preflight for a path that has these methods. */
  answerPreflight(response: ServerResponse, methods: readonly string[]): void;
}

/** `allowedOrigins`: as browsers send them, such as https://console.example. */
export function makeCrossOrigin(allowedOrigins: readonly string[]): CrossOrigin {
  const isAllowed = (origin: string): boolean => allowedOrigins.includes(origin.toLowerCase());
  return {
    allows: ({ headers: { origin, host } }) => origin === undefined || isOwn(origin, host) || isAllowed(origin),
    setHeaders: ({ headers: { origin } }, response) => {
      response.appendHeader('vary', 'origin');
      if (origin === undefined || !isAllowed(origin)) return;
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-expose-headers', answerHeaders);
    },
    answerPreflight: (response, methods) => {
      response.setHeader('access-control-allow-methods', methods.join(', '));
      response.setHeader('access-control-allow-headers', requestHeaders);
      response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
      response.writeHead(204).end();
    },
  };
}

/** A proxy in front speaks TLS and we do not: the host alone says whose page it is. "null" is nobody's (sandboxed frames, files). */
function isOwn(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.parse(origin)?.host === host.toLowerCase();
}
