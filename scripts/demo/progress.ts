// How the demo's progress reads: numbers, durations, a bar, one line. Pure.

/** What mailingStatistics pushes, as far as the demo shows it. */
export interface Progress {
  readonly mailingStatus: string;
  readonly total: number;
  readonly pending: number;
  readonly sent: number;
  readonly failed: number;
  readonly expired: number;
  readonly cancelled: number;
  readonly unconfirmed: number;
}

/** 1234567 -> 1,234,567. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** 0.4 s, 12 s, 3 min 20 s, 2 h 05 min: as exact as somebody who waits wants it. */
export function formatDuration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${twoDigits(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** `share` 0 to 1 as a bar of `width` characters; never full before all of it is done. */
export function drawBar(share: number, width: number): string {
  const steps = Math.floor(Math.min(Math.max(share, 0), 1) * width * 8);
  const filled = '█'.repeat(Math.floor(steps / 8)) + (eighths[steps % 8] ?? '');
  return filled.padEnd(width, '░');
}

/** How many of the messages need nothing any more. */
export function finishedOf({ total, pending }: Progress): number {
  return total - pending;
}

/** "5,200 sent · 12 failed · 4,788 pending": the statuses that occur, sent always. */
export function formatCounts(progress: Progress): string {
  return (['sent', 'failed', 'unconfirmed', 'expired', 'cancelled', 'pending'] as const)
    .filter((status) => status === 'sent' || progress[status] > 0)
    .map((status) => `${formatCount(progress[status])} ${status}`)
    .join(' · ');
}

export interface LineParts {
  readonly progress: Progress;
  /** How many messages there will be: recipients are still being selected when the first states come. */
  readonly expected: number;
  /** Messages per second; null: not known yet. */
  readonly perSecond: number | null;
  /** What else there is to say; null: nothing. */
  readonly note: string | null;
  /** Columns of the terminal; null: no bar and no limit. */
  readonly width: number | null;
}

const barWidth = 24;

/** One line, shorter than `width` so that a terminal can redraw it. */
export function drawLine({ progress, expected, perSecond, note, width }: LineParts): string {
  const all = Math.max(progress.total, expected);
  const finished = finishedOf(progress);
  const share = all === 0 ? 1 : finished / all;
  const parts = [`${String(Math.floor(share * 100)).padStart(3)} %`, formatCounts(progress)];
  if (progress.mailingStatus !== 'RUNNING') parts.push(progress.mailingStatus);
  if (perSecond !== null) parts.push(`${formatCount(perSecond)}/s`);
  if (perSecond !== null && perSecond > 0 && finished < all) parts.push(`${formatDuration(((all - finished) / perSecond) * 1_000)} left`);
  if (note !== null) parts.push(note);
  const text = parts.join('  ');
  if (width === null) return text;
  const bar = `${drawBar(share, barWidth)} `;
  return (bar.length + text.length < width ? bar + text : text).slice(0, width - 1);
}

export interface RateMeter {
  /** `at`: milliseconds on any clock that only goes forward. Wanted also without news: a standstill counts. */
  add(at: number, finished: number): void;
  /** Messages per second over the last few seconds before `at`; null: too little seen. */
  perSecond(at: number): number | null;
}

/** Looks back `windowMs`, so that the rate follows a pause or a cap within that time. */
export function makeRateMeter(windowMs: number): RateMeter {
  let samples: { readonly at: number; readonly finished: number }[] = [];
  return {
    add: (at, finished) => {
      samples.push({ at, finished });
    },
    perSecond: (at) => {
      // The last sample before the window is the place to count from.
      const start = samples.findLastIndex((sample) => sample.at <= at - windowMs);
      samples = samples.slice(Math.max(start, 0));
      const [first, last] = [samples[0], samples.at(-1)];
      if (first === undefined || last === undefined || at - first.at < leastSpanMs) return null;
      return ((last.finished - first.finished) * 1_000) / (at - first.at);
    },
  };
}

/** A shorter time than this says nothing about a rate. */
const leastSpanMs = 200;

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
