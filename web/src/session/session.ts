// Who works with the console, as every other part sees it: a token for requests, and a place to say that it was refused.

export type Session =
  /** AUTH=none: there is nobody to ask for. */
  | { readonly kind: 'open' }
  | { readonly kind: 'signed-out'; readonly reason: 'new' | 'left' | 'expired' | 'refused' }
  | { readonly kind: 'signed-in'; readonly subject: string | null };

export interface SessionStore {
  current(): Session;
  /** Calls back after every change of current(); returns what ends it. */
  watch(listener: () => void): () => void;
  /** For the next request; null when there is none to show. */
  token(): Promise<string | null>;
  /** The service refused the token (401, or 4401 and 4403 on the WebSocket). */
  refused(): void;
  signOut(): Promise<void>;
}

export const openSession: SessionStore = {
  current: () => open,
  watch: () => () => undefined,
  token: async () => null,
  refused: () => undefined,
  signOut: async () => undefined,
};

const open: Session = { kind: 'open' };
