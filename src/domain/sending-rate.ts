// How fast a mailing is being sent, from readings of its counters every few seconds.
import type { EpochMs } from './send-window.ts';

export interface RateSample {
  /** Database time of the reading. */
  readonly at: EpochMs;
  /** Messages that requests had brought to an end by then: sent, refused or unconfirmed. */
  readonly done: number;
}

export interface SendingRate {
  /** Messages per second over the last 10 s. */
  readonly perSecond: number;
  /** The rate when messages last moved: what a mailing that only waits for its hours is likely to do again. null: none moved yet. */
  readonly lastPerSecond: number | null;
}

/** What is kept of a mailing between two readings. */
export interface RateMemory {
  readonly samples: readonly RateSample[];
  readonly lastPerSecond: number | null;
}

const WINDOW_MS = 10_000;

/** The memory with one more sample, those before the last 10 s left out. A sample that is not later than the last one changes nothing. */
export function rememberSample(memory: RateMemory | undefined, sample: RateSample): RateMemory {
  const earlier = memory?.samples ?? [];
  const newest = earlier.at(-1);
  if (newest !== undefined && sample.at <= newest.at) return { samples: earlier, lastPerSecond: memory?.lastPerSecond ?? null };
  const samples = [...earlier.filter(({ at }) => at >= sample.at - WINDOW_MS), sample];
  const moved = newest !== undefined && sample.done > newest.done;
  return { samples, lastPerSecond: moved ? perSecondOf(samples) : (memory?.lastPerSecond ?? null) };
}

/** null: fewer than two samples. */
export function toSendingRate({ samples, lastPerSecond }: RateMemory): SendingRate | null {
  const perSecond = perSecondOf(samples);
  return perSecond === null ? null : { perSecond, lastPerSecond };
}

/** retryMessages takes messages back: a step down is no sending and counts as none. */
function perSecondOf(samples: readonly RateSample[]): number | null {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.at === first.at) return null;
  let done = 0;
  for (const [index, sample] of samples.entries()) done += Math.max(0, sample.done - (samples[index - 1]?.done ?? sample.done));
  return (done * 1_000) / (last.at - first.at);
}
