// The same lock for every path of the port: recognises the caller and answers those who may not go on.
import { isAtLeast } from '../domain/principal.ts';
import type { Authenticate, Principal, RefusalReason, Role } from '../domain/principal.ts';
import type { Exchange } from './exchange.ts';
import { sendError } from './exchange.ts';

/**
 * The caller, when the role is at least `role`. null: the exchange has been answered (401, 403 or 503 with the reason) and the route has
 * nothing left to do. Call it before the body is read.
 */
export type RequireRole = (exchange: Exchange, role: Role) => Promise<Principal | null>;

interface Answer {
  readonly status: number;
  readonly code: string;
  /** RFC 6750 section 3.1; empty: the request carried no token, and is told nothing but the scheme. null: a token would not help. */
  readonly challenge: string | null;
}

const answers = {
  missing: { status: 401, code: 'UNAUTHENTICATED', challenge: '' },
  invalid: { status: 401, code: 'UNAUTHENTICATED', challenge: 'error="invalid_token"' },
  'no-role': { status: 403, code: 'FORBIDDEN', challenge: 'error="insufficient_scope"' },
  unavailable: { status: 503, code: 'SERVICE_UNAVAILABLE', challenge: null },
} as const satisfies Record<RefusalReason, Answer>;

export function makeRequireRole(authenticate: Authenticate): RequireRole {
  return async (exchange, role) => {
    const authentication = await authenticate(exchange.request.headers.authorization);
    if (!authentication.ok) {
      refuse(exchange, authentication.reason, authentication.message);
      return null;
    }
    const { principal } = authentication;
    if (isAtLeast(principal.role, role)) return principal;
    refuse(exchange, 'no-role', `This needs the role ${role}; the token's role is ${principal.role}.`);
    return null;
  };
}

function refuse(exchange: Exchange, reason: RefusalReason, message: string): void {
  const { response, log } = exchange;
  const { status, code, challenge }: Answer = answers[reason];
  if (challenge !== null) response.setHeader('www-authenticate', ['Bearer realm="carillon"', challenge].filter(Boolean).join(', '));
  if (status === 503) response.setHeader('retry-after', '5');
  discardBody(exchange);
  log.info({ reason, transport: 'http', path: exchange.path }, 'refused');
  sendError(exchange, status, code, message);
}

/** What is read, and thrown away, of a body that came along: its sender reads our answer instead of a broken connection, or is cut. */
const MOST_DISCARDED_BYTES = 16 * 1024 * 1024;

function discardBody({ request }: Exchange): void {
  let size = 0;
  request.on('error', () => {});
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MOST_DISCARDED_BYTES) request.destroy();
  });
}
