// Who works with the console, as every other part sees it: a token for requests, and a place to say that it was refused.

/** Where the provider sends people back to, after signing in and out. */
export const signInPath = '/sign-in';

export type Session =
  /** AUTH=none: there is nobody to ask for. */
  | { readonly kind: 'open' }
  /** On the way to or from the identity provider. */
  | { readonly kind: 'entering' }
  | { readonly kind: 'signed-out'; readonly why: SignedOut }
  /** `endsAt`: in milliseconds since the epoch; null: it is prolonged by itself. */
  | { readonly kind: 'signed-in'; readonly name: string | null; readonly endsAt: number | null }
  /** Somebody has signed in here for another window, which goes on with it. */
  | { readonly kind: 'handed-over' };

export interface SignedOut {
  readonly reason: SignedOutReason;
  /** What the service or the provider said of it, in its own words. */
  readonly words: string | null;
}

export type SignedOutReason =
  | 'new'
  /** Of one's own will. */
  | 'left'
  | 'expired'
  /** The service does not take the token. */
  | 'refused'
  /** It came back from the provider without an answer of it. */
  | 'interrupted'
  | SignInFaultKind;

export type SignInFaultKind =
  | 'denied'
  /** The provider does not answer, or not to pages of this address. */
  | 'unreachable'
  /** The provider does not do what it was asked for. */
  | 'provider'
  /** The answer belongs to a sign-in that this browser does not know any more. */
  | 'stale'
  /** Browsers encrypt only on pages that came by https, or from the own machine. */
  | 'insecure';

export interface SessionStore {
  current(): Session;
  /** Calls back after every change of current(), and when a token follows another; returns what ends it. */
  watch(listener: () => void): () => void;
  /** For the next request; null when there is none to show. Waits while it is renewed, and while nobody is signed in. */
  token(): Promise<string | null>;
  /** The service refused the token (401, or 4401 and 4403 on the WebSocket); `words`: what it said. */
  refused(token?: string | null, words?: string | null): void;
  signOut(): Promise<void>;
}

/** Where there is nobody to sign in with, it has no way to do it. */
export interface SignIn {
  /** Leaves the page for the provider's, and comes back to the address where it was. */
  readonly here: () => Promise<void>;
  /** In a window beside, so that everything on the page stays as it is. */
  readonly beside: () => void;
}

export const openSession: SessionStore = {
  current: () => open,
  watch: () => () => undefined,
  token: async () => null,
  refused: () => undefined,
  signOut: async () => undefined,
};

const open: Session = { kind: 'open' };
