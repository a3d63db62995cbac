// A session with an identity provider: begins where the address or the tab's memory says, and comes back to where it was.
import { keepTokens, readKeptTokens } from './kept-tokens.ts';
import type { Oidc, Purpose } from './oidc.ts';
import { signInPath } from './session.ts';
import type { SignIn } from './session.ts';
import type { OidcSettings } from './settings.ts';
import { makeTokenSession, SignInFault } from './token-session.ts';
import type { TokenSession } from './token-session.ts';
import { listenToWindows } from './window-news.ts';

interface OidcSession {
  readonly session: TokenSession;
  readonly signIn: SignIn;
}

/** What this tab went to the provider for: whoever comes back without an answer saw a fault there, or thought better of it. */
const departureKey = 'carillon.sign-in';

export async function startOidcSession(settings: OidcSettings): Promise<OidcSession> {
  let loading: Promise<Oidc> | null = null;
  const load = async (): Promise<Oidc> => {
    loading ??= import('./oidc.ts').then(({ makeOidc }) => makeOidc(settings));
    return loading;
  };
  /** Of the sign-in that has begun and is not over; another try is for the same. */
  let unfinished = readDeparture();
  /** Under which a window beside says for whom somebody has signed in. */
  let waiting: string | null = null;
  const news = listenToWindows((told) => {
    if (told.kind === 'signed-out') session.end('left');
    else if (told.waiting === waiting) session.enter(told.tokens);
  });
  const session = makeTokenSession({
    keep: keepTokens,
    renew: async (tokens) => (await load()).renew(tokens),
    leave: async (tokens) => {
      news.tell({ kind: 'signed-out' });
      // Here the session is over in any case; at the provider it ends by itself.
      await (await load()).leave(tokens).catch((error: unknown) => session.end('left', wordsOf(error)));
    },
    onOtherPerson: () => location.reload(),
  });

  const begin = async (purpose: Purpose): Promise<void> => {
    session.leaveForProvider();
    unfinished = purpose;
    sessionStorage.setItem(departureKey, JSON.stringify(purpose));
    await (await load()).begin(purpose).catch(endWith);
  };
  const endWith = (error: unknown): void => {
    sessionStorage.removeItem(departureKey);
    session.end(error instanceof SignInFault ? error.kind : 'provider', wordsOf(error));
  };
  const complete = async (): Promise<void> => {
    const oidc = await load();
    // The code in the address is of use once, and is nobody's business in a history.
    const answer = location.href;
    history.replaceState(null, '', signInPath);
    const { tokens, purpose } = await oidc.complete(answer);
    sessionStorage.removeItem(departureKey);
    unfinished = null;
    if (purpose.handOverTo !== null) {
      news.tell({ kind: 'signed-in', waiting: purpose.handOverTo, tokens });
      session.handOver();
      return window.close();
    }
    history.replaceState(null, '', ownAddress(purpose.returnTo));
    session.enter(tokens);
  };
  const start = async (): Promise<void> => {
    const asked = new URLSearchParams(location.search);
    if (location.pathname === signInPath && (asked.has('code') || asked.has('error'))) return complete().catch(endWith);
    if (location.pathname === signInPath && asked.has('for')) return begin({ returnTo: '/', handOverTo: asked.get('for') });
    const kept = await readKeptTokens();
    if (kept !== null) return session.enter(kept);
    if (location.pathname === signInPath) return session.end('left');
    if (unfinished !== null) {
      sessionStorage.removeItem(departureKey);
      return session.end('interrupted');
    }
    return begin({ returnTo: here(), handOverTo: null });
  };
  // The browser's way back brings the page as it was left.
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted && session.current().kind === 'entering') session.end('interrupted');
  });
  await start();

  return {
    session,
    signIn: {
      here: async () => begin(unfinished ?? { returnTo: here(), handOverTo: null }),
      beside: () => {
        waiting = crypto.randomUUID();
        const opened = window.open(`${signInPath}?for=${waiting}`, 'carillon-sign-in', 'popup,width=520,height=720');
        if (opened === null) void begin({ returnTo: here(), handOverTo: null });
      },
    },
  };
}

function readDeparture(): Purpose | null {
  const text = sessionStorage.getItem(departureKey);
  return text === null ? null : (JSON.parse(text) as Purpose);
}

/** Nobody wants to come back to where people sign in. */
function here(): string {
  const { pathname, search, hash } = location;
  return pathname === signInPath ? '/' : `${pathname}${search}${hash}`;
}

/** Never an address of somebody else. */
function ownAddress(address: string): string {
  const url = URL.parse(address, location.origin);
  return url?.origin === location.origin ? `${url.pathname}${url.search}${url.hash}` : '/';
}

function wordsOf(error: unknown): string | null {
  if (error instanceof SignInFault) return error.words;
  return error instanceof Error ? error.message : String(error);
}
