// A mailing's counts over time, for charts: what the service has kept, then one live state after another. Stays small however long the page is open.
import type { Counts } from '../components/counts.ts';

export interface CountsAt extends Counts {
  /** Milliseconds since the epoch, by the service's clock. */
  readonly at: number;
}

export interface CountsOverTime {
  /** Oldest first; the first and the newest are never thinned out. */
  readonly points: readonly CountsAt[];
  /** The least distance between two points but the newest. */
  readonly stepMs: number;
}

export const POINT_LIMIT = 480;
const FIRST_STEP_MS = 1_000;

/** States in any order; of one instant the last one counts. */
export function toCountsOverTime(states: readonly CountsAt[]): CountsOverTime {
  return states.toSorted((a, b) => a.at - b.at).reduce(addCounts, { points: [], stepMs: FIRST_STEP_MS });
}

/** A state older than the newest changes nothing. */
export function addCounts({ points, stepMs }: CountsOverTime, state: CountsAt): CountsOverTime {
  const newest = points.at(-1);
  const before = points.at(-2);
  if (newest !== undefined && state.at < newest.at) return { points, stepMs };
  // The newest point moves on until it is a step away from the one before it.
  const isMoving = newest !== undefined && (state.at === newest.at || (before !== undefined && newest.at - before.at < stepMs));
  const next = [...(isMoving ? points.slice(0, -1) : points), state];
  return next.length <= POINT_LIMIT ? { points: next, stepMs } : thin(next, stepMs);
}

/** Doubles the step until half of the room is free again. */
function thin(points: readonly CountsAt[], stepMs: number): CountsOverTime {
  const doubled = stepMs * 2;
  const kept: CountsAt[] = [];
  for (const [index, point] of points.entries()) {
    const last = kept.at(-1);
    if (last === undefined || index === points.length - 1 || point.at - last.at >= doubled) kept.push(point);
  }
  return kept.length <= POINT_LIMIT / 2 ? { points: kept, stepMs: doubled } : thin(kept, doubled);
}

/** Messages that requests have brought to an end. */
export function doneOf({ sent, failed, unconfirmed }: Counts): number {
  return sent + failed + unconfirmed;
}

/** Averaged over so long, or since the point before where points are farther apart: settled messages come in batches. */
const RATE_MS = 5_000;

/** Messages per second until each point; null at the first. Messages that were taken back to be tried again count as nothing. */
export function ratesOf(points: readonly CountsAt[]): (number | null)[] {
  let grown = 0;
  const totals = points.map((point, index) => {
    const before = points[index - 1];
    grown += before === undefined ? 0 : Math.max(0, doneOf(point) - doneOf(before));
    return { at: point.at, grown };
  });
  let from = 0;
  return totals.map((point, index) => {
    while (from + 1 < index && point.at - (totals[from + 1]?.at ?? 0) >= RATE_MS) from += 1;
    const start = totals[from];
    if (index === 0 || start === undefined || point.at === start.at) return null;
    return ((point.grown - start.grown) * 1_000) / (point.at - start.at);
  });
}

/** While nothing changes nothing comes from the service, and time goes on: after a while the newest counts are those of now. */
export function untilNow(points: readonly CountsAt[], now: number, afterMs = 10_000): readonly CountsAt[] {
  const newest = points.at(-1);
  return newest === undefined || now - newest.at < afterMs ? points : [...points, { ...newest, at: now }];
}
