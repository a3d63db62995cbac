// Where tokens are kept: in sessionStorage, so that a session outlives a reload and ends with its tab.
import type { Tokens } from './tokens.ts';

const key = 'carillon.session';
/** A page that is loaded again waits this long for the one before it to be gone. */
const LOCK_WAIT_MS = 1_000;

interface Kept {
  /** Of this tab's session: a tab that was duplicated has the same. */
  readonly id: string;
  readonly tokens: Tokens;
}

/**
 * What the page before this one has kept. null: nothing, or it belongs to another tab, of which this one is a duplicate: a refresh token
 * that two use is taken for a stolen one.
 */
export async function readKeptTokens(): Promise<Tokens | null> {
  const kept = read();
  if (kept === null) return null;
  if (kept.tokens.refreshToken === null || (await holdLock(kept.id))) return kept.tokens;
  sessionStorage.removeItem(key);
  return null;
}

export function keepTokens(tokens: Tokens | null): void {
  if (tokens === null) return sessionStorage.removeItem(key);
  const before = read();
  const id = before?.id ?? `${Date.now()}.${Math.random()}`;
  sessionStorage.setItem(key, JSON.stringify({ id, tokens } satisfies Kept));
  if (before === null && tokens.refreshToken !== null) void holdLock(id);
}

function read(): Kept | null {
  const text = sessionStorage.getItem(key);
  return text === null ? null : (JSON.parse(text) as Kept);
}

/** Until the page is left. */
async function holdLock(id: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const held = Promise.withResolvers<void>();
  navigator.locks
    .request(`${key}.${id}`, { signal: AbortSignal.timeout(LOCK_WAIT_MS) }, async () => {
      resolve(true);
      await held.promise;
    })
    .catch(() => resolve(false));
  return promise;
}
