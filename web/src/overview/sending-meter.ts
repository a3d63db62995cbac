// How fast everything together is being sent: points of the last minutes, from samples of the service at first, then from the growth of its live counters.
// Counters may shrink (a mailing is deleted, messages are tried again) and readings may pause (no connection): what is not known is left open.

/** The average over the time since the point before. */
export interface RatePoint {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** null: not known. */
  readonly perSecond: number | null;
}

/** The live counters at an instant. */
export interface Reading {
  readonly at: number;
  /** Messages in all. */
  readonly total: number;
  /** Messages whose attempts have come to an end. */
  readonly done: number;
}

export interface Meter {
  readonly points: readonly RatePoint[];
  /** What the next reading is compared with; null after a pause. */
  readonly last: Reading | null;
}

export interface SendingSample {
  readonly at: string;
  readonly seconds: number;
  readonly messages: number;
}

export const METER_MS = 10 * 60_000;
/** Samples follow each other; what lies between two that do not is not known. */
const SEAM_MS = 1_500;

/** The samples of the service, oldest first. */
export function startMeter(samples: readonly SendingSample[]): Meter {
  const points = samples.flatMap(({ at, seconds, messages }, index): RatePoint[] => {
    const end = Date.parse(at);
    const before = samples[index - 1];
    const begin = end - seconds * 1_000;
    const isSeam = before !== undefined && begin - Date.parse(before.at) > SEAM_MS;
    const point = { at: end, perSecond: messages / seconds };
    return isSeam ? [{ at: begin, perSecond: null }, point] : [point];
  });
  return { points, last: null };
}

/** A reading that is not later than what is there changes nothing. */
export function readMeter({ points, last }: Meter, reading: Reading): Meter {
  const newest = points.at(-1);
  if (last !== null && reading.at <= last.at) return { points, last };
  const kept = points.filter(({ at }) => at > reading.at - METER_MS);
  if (last === null) return { points: kept, last: reading };
  // The samples reach further than the clock, which is right to about a second: the next readings will be later.
  if (newest !== undefined && reading.at <= newest.at) return { points, last: reading };
  return { points: [...kept, { at: reading.at, perSecond: growth(last, reading) }], last: reading };
}

/** The connection is gone: what is counted until it is back belongs to no interval. */
export function pauseMeter({ points, last }: Meter): Meter {
  if (last === null) return { points, last };
  const end = Math.max(last.at, points.at(-1)?.at ?? 0);
  return { points: [...points, { at: end + 1, perSecond: null }], last: null };
}

function growth(from: Reading, to: Reading): number | null {
  if (to.done < from.done || to.total < from.total) return null;
  return ((to.done - from.done) * 1_000) / (to.at - from.at);
}

/** The rate at the end of the points; null: not known. */
export function newestRate({ points }: Meter): number | null {
  return points.at(-1)?.perSecond ?? null;
}
