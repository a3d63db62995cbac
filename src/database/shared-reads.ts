// Equal reads at one moment are one statement: a screen that many people look at is read once for all of them. Nobody is given what was
// read before they asked: whoever comes while a statement runs shares the next one, so that a change that was answered is always seen.
import type { Sql } from './database.ts';

/** What waits for the statement that runs now; it starts when that one ends, or when it has waited long enough. */
interface NextRead {
  readonly rows: Promise<object[]>;
  readonly start: () => void;
}

interface Reading {
  running: number;
  next: NextRead | null;
}

/** A slow statement keeps those who come after it from their own for no longer than this. Milliseconds. */
const MOST_WAIT_MS = 10;

/**
 * For reads alone. Rows are shared, and must not be changed; so is a failure. Nothing is kept when nobody waits for it.
 */
export function shareReads(sql: Sql): Sql {
  const readings = new Map<string, Map<string, Reading>>();

  const rows = async (text: string, values: readonly unknown[]): Promise<object[]> => {
    const key = JSON.stringify(values);
    const ofText = readings.get(text) ?? new Map<string, Reading>();
    readings.set(text, ofText);
    const reading = ofText.get(key) ?? { running: 0, next: null };
    ofText.set(key, reading);

    const run = async (): Promise<object[]> => {
      reading.running += 1;
      try {
        return await sql.rows(text, values);
      } finally {
        reading.running -= 1;
        if (reading.next !== null) reading.next.start();
        else if (reading.running === 0) {
          ofText.delete(key);
          if (ofText.size === 0 && readings.get(text) === ofText) readings.delete(text);
        }
      }
    };
    if (reading.running === 0) return run();
    reading.next ??= makeNext(run, () => (reading.next = null));
    return reading.next.rows;
  };

  return { rows: async <Row extends object>(text: string, values: readonly unknown[] = []) => (await rows(text, values)) as Row[] };
}

function makeNext(run: () => Promise<object[]>, onStart: () => void): NextRead {
  const { promise, resolve } = Promise.withResolvers<object[]>();
  const start = (): void => {
    clearTimeout(timer);
    onStart();
    resolve(run());
  };
  const timer = setTimeout(start, MOST_WAIT_MS);
  return { rows: promise, start };
}
