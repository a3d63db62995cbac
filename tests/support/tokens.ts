// Bearer tokens for tests, good and bad, and an identity provider that publishes its keys over real HTTP.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';

export const testSecret = 'a shared secret of the tests, 32 bytes and more';

export interface TokenClaims {
  /** undefined: without. */
  readonly sub?: unknown;
  readonly role?: unknown;
  readonly iss?: string;
  readonly aud?: string | readonly string[];
  /** Seconds from now; null: without. */
  readonly exp?: number | null;
  readonly nbf?: number;
  readonly [claim: `https://${string}`]: unknown;
}

/** An operator's token for an hour, unless the claims say something else. */
export async function signToken(claims: TokenClaims = {}, secret: string = testSecret, alg = 'HS256'): Promise<string> {
  return toJwt(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
}

/** Header and payload as they are, without a signature. */
export function unsignedToken(header: object, payload: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(payload)}.`;
}

function toJwt({ exp = 3_600, nbf, ...claims }: TokenClaims): SignJWT {
  const now = Math.floor(Date.now() / 1_000);
  const token = new SignJWT(JSON.parse(JSON.stringify({ sub: 'anna', role: 'operator', ...claims })));
  if (exp !== null) token.setExpirationTime(now + exp);
  if (nbf !== undefined) token.setNotBefore(now + nbf);
  return token;
}

export interface IdentityProvider extends AsyncDisposable {
  /** For AUTH_JWKS_URL. */
  readonly jwksUrl: string;
  /** Requests for the keys so far. */
  readonly requests: () => number;
  /** Signed with the newest key, unless another is named. */
  sign(claims?: TokenClaims, kid?: string): Promise<string>;
  /** A new key beside the others; published at once. */
  rotate(): Promise<string>;
  /** A key that is no longer published. */
  withdraw(kid: string): void;
  /** What is answered instead of the keys; null: the keys again. */
  answer(other: { readonly status: number; readonly body: string } | null): void;
  /** The newest public key, as published. */
  readonly publicKey: () => JWK;
}

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const privateKeys = new Map<string, CryptoKey>();
  const published = new Map<string, JWK>();
  let requests = 0;
  let other: { readonly status: number; readonly body: string } | null = null;
  const server = createServer((_request, response) => {
    requests += 1;
    response.writeHead(other?.status ?? 200, { 'content-type': 'application/json' });
    response.end(other?.body ?? JSON.stringify({ keys: [...published.values()] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const rotate = async (): Promise<string> => {
    const kid = `key-${privateKeys.size + 1}`;
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    privateKeys.set(kid, privateKey);
    published.set(kid, { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' });
    return kid;
  };
  const newest = (): string => [...privateKeys.keys()].at(-1) ?? '';
  await rotate();

  return {
    jwksUrl: `http://127.0.0.1:${port}/jwks.json`,
    requests: () => requests,
    rotate,
    withdraw: (kid) => void published.delete(kid),
    answer: (instead) => (other = instead),
    publicKey: () => published.get(newest()) ?? {},
    sign: async (claims = {}, kid = newest()) => {
      const key = privateKeys.get(kid);
      if (key === undefined) throw new Error(`no key ${kid}`);
      return toJwt(claims).setProtectedHeader({ alg: 'ES256', kid }).sign(key);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
