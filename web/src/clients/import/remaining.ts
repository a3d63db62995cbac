// How long an upload still takes, if it goes on as fast as so far.

/** Too early to tell below this. */
const LEAST_MS = 2_000;

/** Milliseconds; null while it cannot be told. */
export function remainingMs(sentBytes: number, totalBytes: number, elapsedMs: number): number | null {
  if (sentBytes <= 0 || elapsedMs < LEAST_MS) return null;
  return ((totalBytes - sentBytes) / sentBytes) * elapsedMs;
}
