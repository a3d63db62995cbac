// Bearer tokens: JSON Web Tokens that were signed with a shared secret, or by somebody whose public keys are published.
// The clock of this process decides about their times; no other door looks into a token.
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyOptions, JWTVerifyResult, RemoteJWKSet } from 'jose';
import { roles } from '../domain/principal.ts';
import type { Authenticate, Authentication, Principal, RefusalReason } from '../domain/principal.ts';
import { storedTextFault } from '../domain/stored-text.ts';
import type { Log } from '../log.ts';

export interface TokenCheckOptions {
  readonly keys: TokenKeys;
  /** null: any. */
  readonly issuer: string | null;
  /** null: any. */
  readonly audience: string | null;
  /** The claim that says the role: `role`. */
  readonly roleClaim?: string;
  readonly log: Log;
}

/** What signatures of bearer tokens are checked with. */
export type TokenKeys = { readonly kind: 'secret'; readonly secret: string } | { readonly kind: 'jwks'; readonly url: string };

/** With a public key as the secret of an HS256 signature anybody could sign: the two kinds never share a list (RFC 8725, 2.1). */
const sharedSecretAlgorithms = ['HS256'];
const publicKeyAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

/** Clocks of two machines that are kept in time differ by less. */
const CLOCK_TOLERANCE_SECONDS = 5;
const LONGEST_TOKEN = 8 * 1024;
const LONGEST_SUBJECT = 200;
/** Published keys are read again after this long, while the known ones go on: so a withdrawn key stops counting. */
const KEYS_KEPT_MS = 10 * 60 * 1000;

/**
 * Recognises tokens with a good signature that are valid now, of the right issuer and audience, with `exp`, a `sub` and a known role.
 * Published keys are read at once, and again when a token names a key that is not known, at most every 30 s.
 */
export function makeTokenCheck({ keys, issuer, audience, roleClaim = 'role', log }: TokenCheckOptions): Authenticate {
  const verify = makeVerify(keys, log, {
    ...(issuer !== null && { issuer }),
    ...(audience !== null && { audience }),
    requiredClaims: ['exp'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  });

  return async (authorization) => {
    const scheme = /^bearer(?: +|$)/i.exec(authorization ?? '');
    if (authorization === undefined || scheme === null) {
      return refuse('missing', 'This needs a bearer token: send the header Authorization: Bearer …');
    }
    const token = authorization.slice(scheme[0].length).trimEnd();
    if (token.length > LONGEST_TOKEN) return refuse('invalid', 'The token is too long.');
    try {
      return toAuthentication((await verify(token)).payload, roleClaim);
    } catch (error) {
      if (isFaultOfKeys(error)) {
        log.error({ err: error, setting: 'AUTH_JWKS_URL' }, 'tokens cannot be checked: their public keys cannot be read');
        return refuse('unavailable', 'Tokens cannot be checked at the moment. Try again.');
      }
      return refuse('invalid', faultOf(error));
    }
  };
}

type Verify = (token: string) => Promise<JWTVerifyResult>;

function makeVerify(keys: TokenKeys, log: Log, options: JWTVerifyOptions): Verify {
  if (keys.kind === 'secret') {
    const secret = new TextEncoder().encode(keys.secret);
    return async (token) => jwtVerify(token, secret, { ...options, algorithms: sharedSecretAlgorithms });
  }
  // Old keys are better than nobody getting in while the issuer is away: they are renewed beside the requests, not before them.
  const published = createRemoteJWKSet(new URL(keys.url), { cacheMaxAge: Infinity });
  const renew = makeRenewal(published, log);
  renew();
  return async (token) => {
    renew();
    return jwtVerify(token, published, { ...options, algorithms: publicKeyAlgorithms });
  };
}

/** Reads the keys when the last reading is too old; cheap to call. */
function makeRenewal(published: RemoteJWKSet, log: Log): () => void {
  let dueAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() < dueAt) return;
    dueAt = performance.now() + KEYS_KEPT_MS;
    published.reload().catch((error: unknown) => {
      dueAt = performance.now() + KEYS_KEPT_MS / 20;
      log.warn({ err: error, setting: 'AUTH_JWKS_URL' }, 'the public keys of tokens cannot be read; those that are known go on');
    });
  };
}

function toAuthentication(claims: JWTPayload, roleClaim: string): Authentication {
  const { sub, exp = 0 } = claims;
  // Whoever signed it may have written anything.
  if (typeof sub !== 'string' || sub === '' || sub.length > LONGEST_SUBJECT || storedTextFault(sub) !== null) {
    return refuse('invalid', `The token must say in its claim sub who its bearer is, in 1 to ${LONGEST_SUBJECT} characters.`);
  }
  const claimed = [claims[roleClaim]].flat();
  // Providers give a person several roles, most of them other services'.
  const role = roles.findLast((known) => claimed.includes(known));
  if (role === undefined) return refuse('no-role', `The token's claim ${roleClaim} must be one of ${roles.join(', ')}.`);
  const principal: Principal = { subject: sub, role, expiresAt: (exp + CLOCK_TOLERANCE_SECONDS) * 1000 };
  return { ok: true, principal };
}

function refuse(reason: RefusalReason, message: string): Authentication {
  return { ok: false, reason, message };
}

/** The network, or what stands at the URL, is at fault, and no token. */
function isFaultOfKeys(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === errors.JOSEError.code;
}

/** Claims are only looked at when the signature is good: whoever reads these words holds a genuine token, or learns nothing. */
function faultOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired: get a new one.';
  if (!(error instanceof errors.JWTClaimValidationFailed)) return 'The token is not valid here.';
  switch (error.claim) {
    case 'nbf':
      return 'The token is not valid yet.';
    case 'iss':
      return 'The token comes from another issuer.';
    case 'aud':
      return 'The token is meant for another audience.';
    case 'exp':
      return 'The token must say in its claim exp when it expires.';
    default:
      return 'The token has a claim that is not valid here.';
  }
}
