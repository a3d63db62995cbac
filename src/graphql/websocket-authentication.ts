// Who is at the other end of a WebSocket: recognised once, by the token in connection_init, for as long as the token lasts.
import type { Authenticate, Principal, RefusalReason } from '../domain/principal.ts';

/** 4401 and 4403 as graphql-ws has them: its clients give up at the first and try again after the second. 1013: try again later. */
const closings = {
  missing: { code: 4401, reason: 'Unauthorized' },
  invalid: { code: 4401, reason: 'Unauthorized' },
  'no-role': { code: 4403, reason: 'Forbidden' },
  unavailable: { code: 1013, reason: 'Try again later' },
} as const satisfies Record<RefusalReason, { readonly code: number; readonly reason: string }>;

/** Longer ones fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface WebSocketSession {
  /** null until the token was recognised. */
  principal: Principal | null;
  close(code: number, reason: string): void;
  /** Aborted when the connection is gone. */
  readonly gone: AbortSignal;
}

/** null when the caller was recognised: the connection is closed with 4403 when the token expires. Else it is being closed. */
export async function admit(
  session: WebSocketSession,
  authenticate: Authenticate,
  connectionParams: Readonly<Record<string, unknown>> | undefined,
): Promise<RefusalReason | null> {
  const authentication = await authenticate(authorizationOf(connectionParams));
  if (!authentication.ok) {
    const { code, reason } = closings[authentication.reason];
    session.close(code, reason);
    return authentication.reason;
  }
  session.principal = authentication.principal;
  closeAtExpiry(session, authentication.principal);
  return null;
}

/** Its name is read in any case, as that of an HTTP header is. */
function authorizationOf(params: Readonly<Record<string, unknown>> | undefined): string | undefined {
  for (const [name, value] of Object.entries(params ?? {})) {
    if (name.toLowerCase() === 'authorization' && typeof value === 'string') return value;
  }
  return undefined;
}

function closeAtExpiry(session: WebSocketSession, { expiresAt }: Principal): void {
  if (expiresAt === null || session.gone.aborted) return;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const leftMs = expiresAt - Date.now();
    if (leftMs <= 0) return session.close(4403, 'Forbidden: the token has expired');
    timer = setTimeout(wait, Math.min(leftMs, LONGEST_TIMER_MS));
  };
  wait();
  session.gone.addEventListener('abort', () => clearTimeout(timer), { once: true });
}
