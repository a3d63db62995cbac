// Waits for something that becomes true by itself, instead of sleeping.
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Calls `attempt` until it neither throws nor returns false, and returns its value.
 * @throws the last failure when `timeoutMs` (30 s unless given) is over.
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { timeoutMs = 30_000, everyMs = 20 }: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<Exclude<T, false>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      const value = await attempt();
      if (value !== false) return value as Exclude<T, false>;
      if (performance.now() >= deadline) throw new Error(`still false after ${timeoutMs} ms`);
    } catch (error) {
      if (performance.now() >= deadline) throw error;
    }
    await delay(everyMs);
  }
}
