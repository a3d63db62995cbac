// How long a body may take. Node.js has one limit for all requests; here it depends on the route, so the limit is kept by hand.
import type { Exchange, Route } from './exchange.ts';
import { sendError } from './exchange.ts';

/**
 * Ends a request whose body has not come within `bodyMs`: with 408 when it is not answered yet, and with its connection. A route that
 * takes streams is given that time for what it has left unread when it has answered; the rest is read and thrown away, so that a
 * client that sends on before it reads finds the answer.
 */
export function limitBody(exchange: Exchange, route: Route | undefined, bodyMs: number): void {
  const { request, response } = exchange;
  if (!hasBody(exchange)) return;
  const limit = (): void => {
    if (request.complete || request.destroyed) return;
    const timer = setTimeout(() => end(exchange), bodyMs);
    request.on('close', () => clearTimeout(timer));
  };
  if (route?.takesStreams !== true) return limit();
  response.on('finish', () => {
    limit();
    request.resume();
  });
}

function hasBody({ request: { headers } }: Exchange): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function end(exchange: Exchange): void {
  const { request, response } = exchange;
  if (request.complete) return;
  if (response.headersSent) return void request.destroy();
  response.setHeader('connection', 'close');
  response.on('finish', () => request.destroy());
  sendError(exchange, 408, 'REQUEST_TIMEOUT', 'The body did not come in time.');
}
