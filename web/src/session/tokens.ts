// What somebody who has signed in holds, and how it is kept: in this tab, until it is closed.

export interface Tokens {
  readonly accessToken: string;
  /** Milliseconds since the epoch; null: nobody knows. */
  readonly expiresAt: number | null;
  /** null: the session cannot be prolonged. */
  readonly refreshToken: string | null;
  /** For signing out at the provider. */
  readonly idToken: string | null;
  /** The claim `sub`: who it is. */
  readonly subject: string | null;
  /** For people to read. */
  readonly name: string | null;
  readonly scope: string | null;
}

/** What a JSON Web Token says; null when it is none. Nobody has checked it: only the service can. */
export function readClaims(token: string): Readonly<Record<string, unknown>> | null {
  const [, payload, signature, ...rest] = token.split('.');
  if (payload === undefined || signature === undefined || rest.length > 0) return null;
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.codePointAt(0) ?? 0);
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === 'object' && claims !== null ? (claims as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

/** The first of the claims by which people know a person. */
export function nameIn(claims: Readonly<Record<string, unknown>>): string | null {
  const names = ['name', 'preferred_username', 'email', 'sub'].map((claim) => claims[claim]);
  return names.find((name): name is string => typeof name === 'string' && name.trim() !== '') ?? null;
}

/** A token as somebody pasted it. */
export function toTokens(accessToken: string, claims: Readonly<Record<string, unknown>>): Tokens {
  const { exp, sub } = claims;
  return {
    accessToken,
    expiresAt: typeof exp === 'number' ? exp * 1_000 : null,
    refreshToken: null,
    idToken: null,
    subject: typeof sub === 'string' ? sub : null,
    name: nameIn(claims),
    scope: null,
  };
}
