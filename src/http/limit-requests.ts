// Holds the rate of each caller against every request that asks for a caller.
import type { CountRequest } from '../graphql/caller-limits.ts';
import { callerOf } from '../domain/principal.ts';
import { sendError } from './exchange.ts';
import type { RequireRole } from './require-role.ts';

/** Answers 429 with Retry-After to a caller that asks too often: to the route, the exchange is answered then. */
export function limitRequests(requireRole: RequireRole, countRequest: CountRequest): RequireRole {
  return async (exchange, role) => {
    const principal = await requireRole(exchange, role);
    if (principal === null) return null;
    const { request, response } = exchange;
    const retryAfterSeconds = await countRequest(callerOf(principal, request.socket.remoteAddress ?? ''));
    if (retryAfterSeconds === null) return principal;
    response.setHeader('retry-after', retryAfterSeconds);
    // Its body has not been read and will not be.
    if (request.method !== 'GET' && request.method !== 'HEAD') response.setHeader('connection', 'close');
    sendError(exchange, 429, 'RATE_LIMITED', `Too many requests: try again in ${retryAfterSeconds} s.`);
    return null;
  };
}
