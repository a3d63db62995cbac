// The settings of authentication: what they are, what can be wrong with them, and what they come to. config.ts reads them with all others.
import type { TokenKeys } from './http/token-check.ts';
import { isLoopback, oidcContradictions } from './oidc-settings.ts';
import type { Oidc } from './oidc-settings.ts';

/** How callers are recognised. `issuer` and `audience` null: any. `explicit`: AUTH was set, not assumed. */
export type Auth =
  | { readonly mode: 'none'; readonly explicit: boolean }
  | {
      readonly mode: 'jwt';
      readonly keys: TokenKeys;
      readonly issuer: string | null;
      readonly audience: string | null;
      /** The claim that says the role. */
      readonly roleClaim: string;
      /** null: tokens come from elsewhere, and the console asks for one. */
      readonly oidc: Oidc | null;
    };

export const authSettings = [
  {
    name: 'AUTH',
    default: 'none',
    meaning: '`jwt`: callers need a bearer token; `none`: no authentication, must be said explicitly when `HOST` is not loopback',
  },
  { name: 'AUTH_JWT_SECRET', default: 'unset', meaning: 'secret of at least 32 bytes that tokens are signed with (HS256)' },
  { name: 'AUTH_JWKS_URL', default: 'unset', meaning: 'where an identity provider publishes its keys; instead of `AUTH_JWT_SECRET`' },
  { name: 'AUTH_ISSUER', default: 'unset', meaning: 'the claim `iss` that tokens must have; unset: `AUTH_OIDC_ISSUER`, or else any' },
  { name: 'AUTH_AUDIENCE', default: 'unset', meaning: 'the claim `aud` that tokens must have; unset: any' },
  { name: 'AUTH_ROLE_CLAIM', default: 'role', meaning: 'the claim that says the role: a text, or a list of which the highest role counts' },
  {
    name: 'AUTH_OIDC_ISSUER',
    default: 'unset',
    meaning: 'OpenID Connect provider that people sign in to the console with; needs `AUTH_JWKS_URL`',
  },
  { name: 'AUTH_OIDC_CLIENT_ID', default: 'unset', meaning: 'id of the console at the provider: a public client with PKCE' },
  { name: 'AUTH_OIDC_SCOPE', default: 'openid profile', meaning: 'what the console asks the provider for' },
  {
    name: 'AUTH_OIDC_PARAMETERS',
    default: 'unset',
    meaning: 'sent to the provider as well, such as `audience=https://carillon.example` or `resource=…`',
  },
] as const;

// Each of these says what follows the setting's name in a fault, or null when the value is good.

export function jwtSecretFault(text: string): string | null {
  // RFC 7518 section 3.2: a key as long as the hash. It is as secret as a password and never shown.
  return Buffer.byteLength(text) >= 32 ? null : ': must have at least 32 bytes (its value is not shown)';
}

export function jwksUrlFault(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return ': must be an https:// URL (its value is not shown)';
  return url.username === '' && url.password === '' ? null : ': must not carry a user or password';
}

/** Without keys there is a fault somewhere, and what stands here is never used. */
export function toAuth(given: {
  readonly mode: Auth['mode'];
  readonly explicit: boolean;
  readonly secret: string | null;
  readonly jwksUrl: string | null;
  readonly issuer: string | null;
  readonly audience: string | null;
  readonly roleClaim: string;
  readonly oidc: Oidc | null;
}): Auth {
  const { mode, explicit, secret, jwksUrl, audience, roleClaim, oidc } = given;
  const rest = { issuer: given.issuer ?? oidc?.issuer ?? null, audience, roleClaim, oidc };
  if (mode === 'jwt' && secret !== null) return { mode, keys: { kind: 'secret', secret }, ...rest };
  if (mode === 'jwt' && jwksUrl !== null) return { mode, keys: { kind: 'jwks', url: jwksUrl }, ...rest };
  return { mode: 'none', explicit };
}

/** Settings of authentication that are fine alone and wrong together. `given`: the names of all that are set, known or not. */
export function authContradictions(mode: string, given: ReadonlySet<string>): readonly string[] {
  const faults: string[] = [];
  const [secret, jwksUrl] = [given.has('AUTH_JWT_SECRET'), given.has('AUTH_JWKS_URL')];
  if (secret && jwksUrl) faults.push('AUTH_JWT_SECRET and AUTH_JWKS_URL are both set: keep one of them');
  if (mode === 'jwt' && !secret && !jwksUrl) {
    faults.push(
      'AUTH=jwt needs AUTH_JWT_SECRET, a secret of at least 32 bytes that you sign tokens with, or AUTH_JWKS_URL, where your identity provider publishes its keys',
    );
  }
  if (mode === 'jwt') faults.push(...oidcContradictions(given));
  for (const name of given) {
    if (!name.startsWith('AUTH_')) continue;
    if (!authSettings.some((setting) => setting.name === name)) faults.push(`${name} is not a setting: unset it, or correct its name`);
    else if (mode === 'none')
      faults.push(`${name} is set and AUTH is not jwt, so nothing would be protected: set AUTH=jwt, or unset ${name}`);
  }
  return faults;
}

/** What an operator should know of how callers are recognised. */
export function authWarningsOf(auth: Auth, host: string): readonly string[] {
  if (auth.mode === 'none') {
    const who = isLoopback(host)
      ? 'every program on this machine'
      : `HOST=${host} is reachable from other machines: whoever reaches the port`;
    return [`AUTH=none, there is no authentication: ${who} may read and send everything`];
  }
  const warnings: string[] = [];
  if (auth.audience === null && auth.keys.kind === 'jwks') {
    warnings.push('AUTH_AUDIENCE is not set: tokens that the issuer of AUTH_JWKS_URL gave for other services are accepted too');
  }
  if (auth.keys.kind === 'jwks' && isUnencrypted(auth.keys.url)) {
    warnings.push('AUTH_JWKS_URL is not https: whoever is on the way can replace the keys and sign tokens of their own');
  }
  return warnings;
}

function isUnencrypted(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol !== 'https:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''));
}
