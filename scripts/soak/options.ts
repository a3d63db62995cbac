// The flags of npm run soak.
import { parseArgs } from 'node:util';

export interface SoakOptions {
  readonly minutes: number;
  /** Draws the same faults and mailings in the same order. */
  readonly seed: number;
}

/** What is wrong with the flags, as a text for people, or the options. Without --seed a fresh one is drawn. */
export function readSoakOptions(args: readonly string[]): SoakOptions | string {
  try {
    const { values } = parseArgs({ args: [...args], options: { minutes: { type: 'string' }, seed: { type: 'string' } }, strict: true });
    const minutes = Number(values.minutes ?? 20);
    const seed = Number(values.seed ?? Math.floor(Math.random() * 1e6));
    if (!(minutes >= 0.1 && minutes <= 1_440)) return '--minutes must be a number from 0.1 to 1440';
    if (!Number.isSafeInteger(seed) || seed < 0) return '--seed must be a whole number';
    return { minutes, seed };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
