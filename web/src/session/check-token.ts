// Whether a pasted token can be worked with: what can be seen in it, then what the service says.
import { stringifyDocument } from 'urql';
import { MeDocument } from '../api/generated/graphql.ts';
import { readClaims, toTokens } from './tokens.ts';
import type { Tokens } from './tokens.ts';

export interface TokenFault {
  readonly kind: 'empty' | 'notAToken' | 'expired' | 'refused' | 'noRole' | 'unavailable' | 'network';
  /** The service's own. */
  readonly words: string | null;
}

export type CheckedToken = { readonly ok: true; readonly tokens: Tokens } | { readonly ok: false; readonly fault: TokenFault };

/** `ask`: a request to the service with the token. */
export async function checkToken(text: string, ask: (token: string) => Promise<Response> = askWhoAmI): Promise<CheckedToken> {
  // As a header has it, or as a terminal breaks it.
  const token = text.replace(/^\s*(authorization:)?\s*(bearer\s)?/i, '').replace(/\s+/g, '');
  if (token === '') return refuse('empty');
  const claims = readClaims(token);
  if (claims === null) return refuse('notAToken');
  const tokens = toTokens(token, claims);
  if (tokens.expiresAt !== null && tokens.expiresAt <= Date.now()) return refuse('expired');
  let answer: Response;
  try {
    answer = await ask(token);
  } catch {
    return refuse('network');
  }
  if (answer.status === 401) return refuse('refused', await wordsOf(answer));
  if (answer.status === 403) return refuse('noRole', await wordsOf(answer));
  return answer.ok ? { ok: true, tokens } : refuse('unavailable');
}

async function askWhoAmI(token: string): Promise<Response> {
  return fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: stringifyDocument(MeDocument) }),
  });
}

/** What an answer of the service says of its fault; null: nothing that can be read. */
export async function wordsOf(answer: Response): Promise<string | null> {
  try {
    const { errors } = (await answer.json()) as { readonly errors?: readonly { readonly message?: string }[] };
    return errors?.[0]?.message ?? null;
  } catch {
    return null;
  }
}

function refuse(kind: TokenFault['kind'], words: string | null = null): CheckedToken {
  return { ok: false, fault: { kind, words } };
}
