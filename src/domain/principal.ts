// Who asks, and how much somebody with a role may do. How a caller proves it, and what each field and path needs, is the doors' business.
import type { EpochMs } from './send-window.ts';

/** Each may do what those before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const;

export type Role = (typeof roles)[number];

export interface Principal {
  /** The claim `sub` of the token: 1 to 200 characters. */
  readonly subject: string;
  readonly role: Role;
  /** From this instant on the proof no longer counts; null: it never ends. */
  readonly expiresAt: EpochMs | null;
}

/** Every caller when the service runs without authentication. This very object says so, not its subject, which a token may have too. */
export const anyone: Principal = { subject: 'anyone', role: 'admin', expiresAt: null };

/** The name under which a change is logged and kept; null: nobody knows who it was. */
export type Actor = string | null;

export function actorOf(principal: Principal): Actor {
  return principal === anyone ? null : principal.subject;
}

/** Whose requests and connections are counted together: the subject's, or without authentication those of one remote address. */
export function callerOf(principal: Principal, remoteAddress: string): string {
  return principal === anyone ? `address ${remoteAddress}` : `subject ${principal.subject}`;
}

export function isAtLeast(role: Role, required: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(required);
}

/**
 * Why nobody was recognised. `missing`: there is no bearer token. `invalid`: there is one that does not count. `no-role`: it is genuine,
 * and its bearer has no role here. `unavailable`: it cannot be checked at the moment.
 */
export type RefusalReason = 'missing' | 'invalid' | 'no-role' | 'unavailable';

export type Authentication =
  | { readonly ok: true; readonly principal: Principal }
  /** `message` is for the caller: what to do, and nothing about the keys. */
  | { readonly ok: false; readonly reason: RefusalReason; readonly message: string };

/** Recognises the caller by the text of an Authorization header; undefined: there was none. Never rejects. */
export type Authenticate = (authorization: string | undefined) => Promise<Authentication>;
