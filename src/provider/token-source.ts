// The bearer token in use: fixed, or the content of a file that somebody else rewrites (a mounted secret).
import { readFileSync } from 'node:fs';
import { CarillonError } from '../domain/errors.ts';

export interface TokenSource {
  /** The token in use; undefined: requests go out without one. */
  current(): string | undefined;
  /** Grows each time `current` changes. */
  generation(): number;
}

export interface TokenSourceOptions {
  readonly token?: string | undefined;
  /** Wins over `token`. Looked at again at most once a second, whenever the token is asked for. */
  readonly file?: string | undefined;
  /** Is told of a file that cannot be used, once until it can be. Never gets the token. */
  readonly onFault?: (message: string) => void;
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
}

const lookEveryMs = 1000;

/**
 * A file that is missing, empty (it is just being rewritten) or not a token leaves the last good token in use.
 * Throws CarillonError PROVIDER_TOKEN_INVALID for a fixed token that no header can carry.
 */
export function makeTokenSource({ token, file, onFault = () => {}, now = () => performance.now() }: TokenSourceOptions): TokenSource {
  if (file === undefined) {
    const fixed = token?.trim();
    if (fixed !== undefined && fixed !== '' && !isToken(fixed)) {
      throw new CarillonError('PROVIDER_TOKEN_INVALID', 'The provider token holds spaces or characters that a header cannot carry');
    }
    return { current: () => fixed || undefined, generation: () => 0 };
  }

  let current: string | undefined;
  let generation = 0;
  let fault: string | undefined;
  let lookAgainAt = Number.NEGATIVE_INFINITY;

  // The content is compared, not the modification time: a mounted secret is swapped by links, and two writes may share a tick.
  // The read is synchronous, tens of microseconds once a second, so that no request goes out with a token known to be old.
  function look(): void {
    if (now() < lookAgainAt) return;
    lookAgainAt = now() + lookEveryMs;
    const found = readToken(file ?? '');
    if ('token' in found && found.token !== current) {
      current = found.token;
      generation += 1;
    }
    const newFault = 'fault' in found ? found.fault : undefined;
    if (newFault !== undefined && newFault !== fault) onFault(newFault);
    fault = newFault;
  }

  return {
    current() {
      look();
      return current;
    },
    generation() {
      look();
      return generation;
    },
  };
}

function readToken(file: string): { token: string } | { fault: string } {
  let content: string;
  try {
    content = readFileSync(file, 'utf8').trim();
  } catch (error) {
    return { fault: `The provider token file cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (content === '') return { fault: `The provider token file ${file} is empty` };
  return isToken(content) ? { token: content } : { fault: `The provider token file ${file} holds more than one token` };
}

function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
