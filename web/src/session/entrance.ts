// From the page's first moment to a session: what the service wants of callers, who has signed in before, what the address brings.
import { openSession } from './session.ts';
import type { SessionStore, SignIn } from './session.ts';
import { keepTokens, readKeptTokens } from './kept-tokens.ts';
import { startOidcSession } from './oidc-session.ts';
import { readSettings } from './settings.ts';
import type { OidcSettings } from './settings.ts';
import { makeTokenSession } from './token-session.ts';
import type { TokenSession } from './token-session.ts';
import { listenToWindows } from './window-news.ts';

export type Entrance =
  | { readonly kind: 'open'; readonly session: SessionStore }
  | { readonly kind: 'provider'; readonly session: TokenSession; readonly signIn: SignIn; readonly provider: OidcSettings }
  /** Nobody to sign in with: a token is pasted. */
  | { readonly kind: 'token'; readonly session: TokenSession };

/** Each try once, however often it is asked for: a code is of use once. */
const started: Promise<Entrance>[] = [];

/** `tries`: of before, none of which was answered. Rejects when the service does not answer. */
export async function enter(tries: number): Promise<Entrance> {
  return (started[tries] ??= begin());
}

async function begin(): Promise<Entrance> {
  const { auth, oidc } = await readSettings();
  if (auth === 'none') return { kind: 'open', session: openSession };
  if (oidc !== null) return { kind: 'provider', ...(await startOidcSession(oidc)), provider: oidc };
  return { kind: 'token', session: await startTokenSession() };
}

async function startTokenSession(): Promise<TokenSession> {
  const news = listenToWindows(({ kind }) => {
    if (kind === 'signed-out') session.end('left');
  });
  const session = makeTokenSession({
    keep: keepTokens,
    renew: null,
    leave: async () => news.tell({ kind: 'signed-out' }),
    onOtherPerson: () => location.reload(),
  });
  const kept = await readKeptTokens();
  if (kept === null) session.end('new');
  else session.enter(kept);
  return session;
}
