// A real OpenID Connect provider on loopback (oidc-provider from npm) with a login page of three lines: a public client with PKCE, access
// tokens as JSON Web Tokens with a claim `role`, refresh tokens that rotate.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';
import type { Configuration, JWK } from 'oidc-provider';

export interface OidcProvider extends AsyncDisposable {
  readonly issuer: string;
  /** Settings of a service whose console signs people in here. */
  readonly settings: Readonly<Record<string, string>>;
  /** The console at this origin may sign people in; until then the provider keeps everybody waiting. */
  allow(origin: string, redirectPath?: string): void;
  /** What everybody is answered instead, as long as it is true: 503. */
  isAway: boolean;
  /** Of access tokens that are given from now on. */
  tokenSeconds: number;
  /** Whether sessions can be prolonged, from now on. */
  givesRefreshTokens: boolean;
  /** Accounts that count no longer: nothing is renewed for them. */
  readonly closed: Set<string>;
  /** Tokens that were given for a refresh token so far. */
  readonly renewals: () => number;
}

/** Who may sign in, and as what. */
const roles: Readonly<Record<string, string | undefined>> = { anna: 'operator', victor: 'viewer', nadia: undefined };
const names: Readonly<Record<string, string>> = { anna: 'Anna Orlova', victor: 'Victor Belov', nadia: 'Nadia Krylova' };

const clientId = 'carillon-console';
const audience = 'urn:carillon:api';

export async function startOidcProvider(): Promise<OidcProvider> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), kid: 'key', alg: 'ES256', use: 'sig' } as JWK;
  const allowed = Promise.withResolvers<void>();
  let provider: Provider | null = null;
  let renewals = 0;
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await allowed.promise;
    if (provider === null || parts.isAway) return void response.writeHead(503, { 'access-control-allow-origin': '*' }).end('away');
    if (request.url?.startsWith('/interaction/')) return interact(provider, request, response);
    await provider.callback()(request, response);
  };

  const parts: OidcProvider = {
    issuer,
    settings: {
      AUTH: 'jwt',
      AUTH_JWKS_URL: `${issuer}/jwks`,
      AUTH_AUDIENCE: audience,
      AUTH_OIDC_ISSUER: issuer,
      AUTH_OIDC_CLIENT_ID: clientId,
      AUTH_OIDC_PARAMETERS: `resource=${audience}`,
    },
    allow: (origin, redirectPath = '/sign-in') => {
      provider = new Provider(issuer, configure({ origin, redirectPath, key, parts }));
      provider.on('grant.success', ({ oidc }) => {
        if (oidc.params?.['grant_type'] === 'refresh_token') renewals += 1;
      });
      allowed.resolve();
    },
    isAway: false,
    tokenSeconds: 600,
    givesRefreshTokens: true,
    closed: new Set(),
    renewals: () => renewals,
    [Symbol.asyncDispose]: async () => {
      allowed.resolve();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return parts;
}

interface Setup {
  readonly origin: string;
  readonly redirectPath: string;
  readonly key: JWK;
  readonly parts: OidcProvider;
}

function configure({ origin, redirectPath, key, parts }: Setup): Configuration {
  return {
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'none',
        redirect_uris: [`${origin}${redirectPath}`],
        post_logout_redirect_uris: [`${origin}/sign-in`],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: ['the cookies of the tests'] },
    clientBasedCORS: (_ctx, asking) => asking === origin,
    findAccount: (_ctx, id) => (parts.closed.has(id) ? undefined : { accountId: id, claims: () => ({ sub: id, name: names[id] ?? id }) }),
    claims: { openid: ['sub'], profile: ['name'] },
    conformIdTokenClaims: false,
    extraTokenClaims: (_ctx, token) => ('accountId' in token ? { role: roles[token.accountId ?? ''] } : undefined),
    issueRefreshToken: () => parts.givesRefreshTokens,
    // Of the own house: nobody is asked whether the console may.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId, accountId: oidc.session?.accountId ?? '' });
      grant.addOIDCScope('openid profile');
      grant.addResourceScope(audience, 'api');
      await grant.save();
      return grant;
    },
    ttl: { AccessToken: () => parts.tokenSeconds, IdToken: 600, Interaction: 600, Session: 3_600, Grant: 3_600, RefreshToken: 3_600 },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = page(`<h1>The provider's own fault page</h1><p>${out.error}: ${out.error_description ?? ''}</p>`);
    },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: 'api',
          audience,
          accessTokenTTL: parts.tokenSeconds,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = page(`${form}<button type="submit" form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>`);
        },
      },
    },
  };
}

/** Who signs in says a name, and has no password; or refuses. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { uid } = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    const form = `<form method="post" action="/interaction/${uid}"><label>Name <input name="name" autofocus></label>
      <button name="answer" value="yes">Let me in</button> <button name="answer" value="no">Refuse</button></form>`;
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(form));
    return;
  }
  const given = new URLSearchParams(await text(request));
  const result =
    given.get('answer') === 'yes'
      ? { login: { accountId: given.get('name') ?? '' } }
      : { error: 'access_denied', error_description: 'The end-user refused.' };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

function page(content: string): string {
  return `<!doctype html><html lang="en"><title>The provider</title><link rel="icon" href="data:,"><body>${content}</body></html>`;
}
