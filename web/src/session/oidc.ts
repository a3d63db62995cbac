// OpenID Connect as the console uses it: authorization code with PKCE, refresh tokens, signing out. A chunk of its own: who needs no
// provider never loads it.
import { ErrorResponse, ErrorTimeout, OidcClient, WebStorageStateStore } from 'oidc-client-ts';
import type { IdTokenClaims, RefreshState, SigninResponse } from 'oidc-client-ts';
import { signInPath } from './session.ts';
import type { OidcSettings } from './settings.ts';
import { SignInFault } from './token-session.ts';
import { nameIn } from './tokens.ts';
import type { Tokens } from './tokens.ts';

/** What a sign-in is for; it comes back with the provider's answer. */
export interface Purpose {
  /** The address to go on at. */
  readonly returnTo: string;
  /** The window that waits for it; null: this one goes on. */
  readonly handOverTo: string | null;
}

export interface Oidc {
  /** Leaves the page. */
  begin(purpose: Purpose): Promise<void>;
  /** Reads the provider's answer out of the address. */
  complete(address: string): Promise<{ readonly tokens: Tokens; readonly purpose: Purpose }>;
  renew(tokens: Tokens): Promise<Tokens>;
  /** Leaves the page where the provider has one for it. */
  leave(tokens: Tokens): Promise<void>;
}

const REQUEST_TIMEOUT_SECONDS = 10;

/** Everything rejects with SignInFault. */
export function makeOidc({ issuer, clientId, scope, parameters }: OidcSettings): Oidc {
  const client = new OidcClient({
    authority: issuer,
    client_id: clientId,
    scope,
    redirect_uri: `${location.origin}${signInPath}`,
    post_logout_redirect_uri: `${location.origin}${signInPath}`,
    extraQueryParams: parameters,
    // Some providers look at them when they give the code, others when they give the token.
    extraTokenParams: parameters,
    stateStore: new WebStorageStateStore({ prefix: 'carillon.sign-in.', store: sessionStorage }),
    requestTimeoutInSeconds: REQUEST_TIMEOUT_SECONDS,
  });

  return {
    begin: async (purpose) =>
      faultsOf(async () => {
        if (!isSecureContext) throw new SignInFault('insecure', null);
        const { url } = await client.createSigninRequest({ state: purpose, nonce: crypto.randomUUID() });
        location.assign(url);
      }),
    complete: async (address) =>
      faultsOf(async () => {
        const response = await client.processSigninResponse(address);
        return { tokens: toTokens(response), purpose: response.userState as Purpose };
      }),
    renew: async (tokens) =>
      faultsOf(async () => {
        const { refreshToken, idToken, subject } = tokens;
        const state: RefreshState = {
          refresh_token: refreshToken ?? '',
          ...(idToken !== null && { id_token: idToken }),
          session_state: null,
          ...(tokens.scope !== null && { scope: tokens.scope }),
          profile: { sub: subject ?? '', name: tokens.name } as unknown as IdTokenClaims,
        };
        const response = await client.useRefreshToken({ state, timeoutInSeconds: REQUEST_TIMEOUT_SECONDS, extraTokenParams: parameters });
        // A provider that gives no new refresh token means the old one to go on.
        return { ...toTokens(response), refreshToken: response.refresh_token ?? refreshToken };
      }),
    leave: async ({ refreshToken, idToken }) =>
      faultsOf(async () => {
        const { revocation_endpoint, end_session_endpoint } = await client.metadataService.getMetadata();
        if (refreshToken !== null && revocation_endpoint !== undefined) {
          // Most providers end the token with the session, which comes next; a provider that does neither lets it run out.
          await client.revokeToken(refreshToken, 'refresh_token').catch(() => undefined);
        }
        if (end_session_endpoint === undefined) return;
        const { url } = await client.createSignoutRequest(idToken === null ? {} : { id_token_hint: idToken });
        location.assign(url);
      }),
  };
}

function toTokens({ access_token, expires_at, refresh_token, id_token, profile, scope }: SigninResponse): Tokens {
  return {
    accessToken: access_token,
    expiresAt: expires_at === undefined ? null : expires_at * 1_000,
    refreshToken: refresh_token ?? null,
    idToken: id_token ?? null,
    subject: profile.sub,
    name: nameIn(profile),
    scope: scope ?? null,
  };
}

async function faultsOf<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw toFault(error);
  }
}

function toFault(error: unknown): SignInFault {
  if (error instanceof SignInFault) return error;
  const options = { cause: error };
  if (error instanceof ErrorResponse) {
    const words = error.error_description ?? error.error;
    if (error.error === 'access_denied') return new SignInFault('denied', words, options);
    return new SignInFault(error.error === 'temporarily_unavailable' ? 'unreachable' : 'provider', words, options);
  }
  // What fetch says of a provider that is away, and of one that does not permit pages of this address.
  if (error instanceof ErrorTimeout || error instanceof TypeError) return new SignInFault('unreachable', null, options);
  const words = error instanceof Error ? error.message : String(error);
  return new SignInFault(/state/i.test(words) ? 'stale' : /\(5\d\d\)/.test(words) ? 'unreachable' : 'provider', words, options);
}
