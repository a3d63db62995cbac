// A session that lives on tokens: hands them out, has them renewed before they end, and says when it is over. Knows no page and no
// provider.
import type { Session, SessionStore, SignedOut, SignedOutReason, SignInFaultKind } from './session.ts';
import type { Tokens } from './tokens.ts';

export interface TokenSession extends SessionStore {
  /** Somebody has signed in. */
  enter(tokens: Tokens): void;
  /** There is no session, or no longer one. */
  end(reason: SignedOutReason, words?: string | null): void;
  /** Somebody is on the way to the provider. */
  leaveForProvider(): void;
  /** What was signed in here is for another window. */
  handOver(): void;
}

export interface TokenSessionOptions {
  /** Keeps the tokens for the next page of this tab; null: forgets them. */
  readonly keep: (tokens: Tokens | null) => void;
  /** null: tokens of this kind end, and nothing follows them. Rejects with SignInFault. */
  readonly renew: ((tokens: Tokens) => Promise<Tokens>) | null;
  /** Ends the session where it began; the page may be left by it. */
  readonly leave: (tokens: Tokens) => Promise<void>;
  /** Another person has signed in than before: nothing of the page is theirs. */
  readonly onOtherPerson: () => void;
}

/** What a provider would not do, or could not. */
export class SignInFault extends Error {
  readonly kind: SignInFaultKind;
  /** The provider's own. */
  readonly words: string | null;

  constructor(kind: SignInFaultKind, words: string | null, options?: ErrorOptions) {
    super(words ?? kind, options);
    this.kind = kind;
    this.words = words;
  }
}

/** Renewed this long before the end, or in the last quarter of a short life. */
const RENEW_BEFORE_MS = 60_000;
/** A provider that does not answer is asked again after this long, or sooner when little time is left. */
const RETRY_MS = 5_000;
/** No request starts with a token that ends on its way. */
const MARGIN_MS = 2_000;
/** A token that is refused so soon would be refused again if it were renewed. */
const NEW_MS = 10_000;
/** Timers cannot wait longer than 24 days; a machine that slept finds the time out when it wakes. */
const LONGEST_WAIT_MS = 60_000;

export function makeTokenSession({ keep, renew, leave, onOtherPerson }: TokenSessionOptions): TokenSession {
  const listeners = new Set<() => void>();
  let session: Session = { kind: 'entering' };
  let tokens: Tokens | null = null;
  let obtainedAt = 0;
  /** The service does not take it. */
  let rejected: Tokens | null = null;
  let person: string | null = null;
  /** Another one begins when somebody leaves. */
  let visit = 0;
  let arrival = Promise.withResolvers<void>();
  let renewing: Promise<void> | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const become = (next: Session): void => {
    session = next;
    for (const listener of listeners) listener();
  };
  const canRenew = (held: Tokens): boolean => renew !== null && held.refreshToken !== null;

  const enter = (next: Tokens): void => {
    const isOther = person !== null && next.subject !== null && person !== next.subject;
    tokens = next;
    obtainedAt = Date.now();
    keep(next);
    if (isOther) return onOtherPerson();
    person = next.subject ?? person;
    schedule();
    become({ kind: 'signed-in', name: next.name, endsAt: canRenew(next) ? null : next.expiresAt });
    arrival.resolve();
  };

  const end = (reason: SignedOutReason, words: string | null = null): void => {
    clearTimeout(timer);
    if (reason === 'left') {
      visit += 1;
      person = null;
      arrival.resolve();
    }
    if (tokens !== null || reason === 'left') arrival = Promise.withResolvers<void>();
    tokens = null;
    keep(null);
    become({ kind: 'signed-out', why: { reason, words } satisfies SignedOut });
  };

  /** When the time has come, the token is renewed or the session is over. */
  const schedule = (): void => {
    clearTimeout(timer);
    const expiresAt = tokens?.expiresAt ?? null;
    if (tokens === null || expiresAt === null) return;
    const at = canRenew(tokens) ? expiresAt - Math.min(RENEW_BEFORE_MS, (expiresAt - obtainedAt) / 4) : expiresAt;
    const wait = at - Date.now();
    timer = setTimeout(() => (at > Date.now() ? schedule() : void prolong()), Math.min(Math.max(wait, 0), LONGEST_WAIT_MS));
  };

  const prolong = async (): Promise<void> => {
    renewing ??= renewOnce().finally(() => (renewing = null));
    return renewing;
  };
  const renewOnce = async (): Promise<void> => {
    const held = tokens;
    if (held === null) return;
    if (renew === null || !canRenew(held)) return end('expired');
    try {
      const next = await renew(held);
      // Somebody has signed out meanwhile.
      if (tokens === held) enter(next);
    } catch (error) {
      if (tokens !== held) return;
      const fault = error instanceof SignInFault ? error : new SignInFault('provider', String(error));
      if (fault.kind !== 'unreachable') return end('expired', fault.words);
      if (isOver(held) || held === rejected) return end('unreachable', fault.words);
      timer = setTimeout(() => void prolong(), Math.min(RETRY_MS, leftOf(held) / 4));
    }
  };

  return {
    enter,
    end,
    leaveForProvider: () => become({ kind: 'entering' }),
    handOver: () => become({ kind: 'handed-over' }),
    current: () => session,
    watch: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    token: async () => {
      const asking = visit;
      for (;;) {
        // What was asked by somebody who is gone is never sent in the name of the next.
        if (visit !== asking) throw new Error('signed out');
        if (tokens === null) await arrival.promise;
        else if (isOver(tokens) || tokens === rejected) await prolong();
        else return tokens.accessToken;
      }
    },
    refused: (token, words = null) => {
      // What was refused has been replaced already.
      if (tokens === null || (token !== undefined && token !== tokens.accessToken)) return;
      rejected = tokens;
      if (!canRenew(tokens) || Date.now() - obtainedAt < NEW_MS) return end(isOver(tokens) ? 'expired' : 'refused', words);
      void prolong();
    },
    signOut: async () => {
      const held = tokens;
      end('left');
      if (held !== null) await leave(held);
    },
  };
}

function leftOf({ expiresAt }: Tokens): number {
  return expiresAt === null ? Infinity : expiresAt - MARGIN_MS - Date.now();
}

function isOver(tokens: Tokens): boolean {
  return leftOf(tokens) <= 0;
}
