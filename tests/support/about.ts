// For times that count from an instant of the test: it may have been held up since.
import { expect } from 'vitest';

/** Seconds from then, of which some may have passed; never more. */
export function about(seconds: number): unknown {
  return expect.toSatisfy((value: number) => value <= seconds && value > Math.max(seconds / 2, seconds - 30), `about ${seconds}`);
}
