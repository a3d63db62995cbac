// The settings of signing in to the console by OpenID Connect: what can be wrong with them. auth-settings.ts has them beside the others.
import { isIP } from 'node:net';

/** Whom the console signs people in with. */
export interface Oidc {
  /** As it calls itself, to the last slash. */
  readonly issuer: string;
  readonly clientId: string;
  /** Separated by spaces; `openid` is among them. */
  readonly scope: string;
  /** Sent along to the provider beside what the protocol asks for. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

// Each of these says what follows the setting's name in a fault, or null when the value is good.

export function oidcIssuerFault(text: string): string | null {
  const url = URL.parse(text);
  const local = url?.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|\]$/g, ''));
  if (url === null || (url.protocol !== 'https:' && !local)) {
    return ': must be an https:// URL, as the provider calls itself in its /.well-known/openid-configuration (its value is not shown)';
  }
  if (url.username !== '' || url.password !== '') return ': must not carry a user or password';
  return url.search === '' && url.hash === '' ? null : ': must end with the path: no query, no fragment';
}

export function oidcScopeFault(text: string): string | null {
  // RFC 6749 section 3.3.
  if (!/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(text)) return ': must be scopes separated by single spaces';
  return text.split(' ').includes('openid') ? null : ': must have openid among its scopes';
}

/** What the protocol itself sends: another value would break it. */
const ownParameters = [
  'client_id',
  'client_secret',
  'code',
  'code_challenge',
  'code_challenge_method',
  'code_verifier',
  'grant_type',
  'nonce',
  'redirect_uri',
  'refresh_token',
  'response_mode',
  'response_type',
  'scope',
  'state',
];

export function oidcParametersFault(text: string): string | null {
  const entries = [...new URLSearchParams(text)];
  const names = entries.map(([name]) => name);
  if (entries.length === 0 || entries.some(([name, value]) => name === '' || value === '')) {
    return ': must look like a query, such as audience=https://carillon.example';
  }
  const own = names.find((name) => ownParameters.includes(name));
  if (own !== undefined) return `: ${own} is set by the console itself`;
  return new Set(names).size === names.length ? null : ': names a parameter twice';
}

export function toOidc(given: {
  readonly issuer: string | null;
  readonly clientId: string | null;
  readonly scope: string;
  readonly parameters: string;
}): Oidc | null {
  const { issuer, clientId, scope, parameters } = given;
  if (issuer === null || clientId === null) return null;
  return { issuer, clientId, scope, parameters: Object.fromEntries(new URLSearchParams(parameters)) };
}

/** `given`: the names of all settings that are set. */
export function oidcContradictions(given: ReadonlySet<string>): readonly string[] {
  const faults: string[] = [];
  const [issuer, clientId] = [given.has('AUTH_OIDC_ISSUER'), given.has('AUTH_OIDC_CLIENT_ID')];
  if (issuer && !clientId) faults.push('AUTH_OIDC_ISSUER needs AUTH_OIDC_CLIENT_ID, the id under which the provider knows the console');
  if (clientId && !issuer) faults.push('AUTH_OIDC_CLIENT_ID needs AUTH_OIDC_ISSUER, the provider that people sign in with');
  for (const name of ['AUTH_OIDC_SCOPE', 'AUTH_OIDC_PARAMETERS']) {
    if (given.has(name) && !issuer && !clientId) faults.push(`${name} is set without AUTH_OIDC_ISSUER, so nobody would read it: unset it`);
  }
  if ((issuer || clientId) && given.has('AUTH_JWT_SECRET')) {
    faults.push(
      "AUTH_OIDC_ISSUER and AUTH_JWT_SECRET are both set: the provider's tokens are not signed with the secret; set AUTH_JWKS_URL to its published keys instead",
    );
  }
  return faults;
}
