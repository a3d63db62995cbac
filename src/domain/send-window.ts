// When a client may be sent to: a window of wall-clock hours, turned into instants in the client's own time zone.
// This is the only place where local time becomes an instant; SQL never sees a client's time zone.
import type { Result, UserError } from './errors.ts';
import { reject, succeed } from './errors.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

/** Wall-clock "HH:MM" of the client, `from` <= t < `to`; `from` later than `to` spans midnight; never equal. */
export interface SendWindow {
  readonly from: string;
  readonly to: string;
}

/** `opensAt` <= t < `closesAt`. */
export interface OpenInterval {
  readonly opensAt: EpochMs;
  readonly closesAt: EpochMs;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

const wallClock = /^(?:[01]\d|2[0-3]):[0-5]\d$/;

/**
 * The first interval of [fromAt, untilAt), clipped to it, in which the window is open in that zone; null when it never opens.
 * Without a window the whole of [fromAt, untilAt) is open.
 *
 * A window is a predicate on instants: open at t when the wall clock at t lies in [from, to). So both passes of an hour that a
 * clock change repeats are open, a window inside an hour that it skips does not open that day, and open stretches that touch
 * are one interval. Between two changes of the zone's offset the predicate is plain arithmetic modulo a day.
 *
 * `timeZone` is a name that `toTimeZone` gave; anything else throws a RangeError.
 */
export function nextOpenInterval(window: SendWindow | null, timeZone: string, fromAt: EpochMs, untilAt: EpochMs): OpenInterval | null {
  if (!(fromAt < untilAt)) return null;
  if (window === null) return { opensAt: fromAt, closesAt: untilAt };

  const from = msOfDay(window.from);
  const openForMs = modulo(msOfDay(window.to) - from, dayMs);
  let opensAt: EpochMs | null = null;

  // Each turn looks at one stretch of constant offset; `at` is where the stretch begins.
  let at = fromAt;
  while (at < untilAt) {
    const stretch = stretchOfConstantOffset(timeZone, at);
    const stretchEndsAt = Math.min(stretch.endsAt, untilAt);

    if (opensAt === null) {
      const sinceOpeningMs = modulo(at + stretch.offsetMs - from, dayMs);
      const candidateAt = sinceOpeningMs < openForMs ? at : at + dayMs - sinceOpeningMs;
      if (candidateAt < stretchEndsAt) opensAt = candidateAt;
    }
    if (opensAt !== null) {
      const openAt = Math.max(opensAt, at);
      const leftMs = openForMs - modulo(openAt + stretch.offsetMs - from, dayMs);
      // The clock change itself may close the window: then nothing is left of it at the start of the new stretch.
      if (leftMs <= 0) return { opensAt, closesAt: openAt };
      if (openAt + leftMs < stretchEndsAt) return { opensAt, closesAt: openAt + leftMs };
    }
    at = stretchEndsAt;
  }
  return opensAt === null ? null : { opensAt, closesAt: untilAt };
}

/** The window of a mailing as its row has it; null: any hour. */
export function sendWindowOf(mailing: { readonly windowFrom: string | null; readonly windowTo: string | null }): SendWindow | null {
  return mailing.windowFrom !== null && mailing.windowTo !== null ? { from: mailing.windowFrom, to: mailing.windowTo } : null;
}

/** Both ends must be "HH:MM" from 00:00 to 23:59, and differ: INVALID_SEND_WINDOW at `from` or `to` below `path`. */
export function checkSendWindow(window: SendWindow, path: readonly string[]): Result<SendWindow> {
  const errors: UserError[] = [];
  for (const end of ['from', 'to'] as const) {
    if (!wallClock.test(window[end])) errors.push(windowError([...path, end], 'must be a wall-clock time HH:MM from 00:00 to 23:59'));
  }
  if (errors.length === 0 && window.from === window.to) {
    errors.push(windowError([...path, 'to'], 'must differ from the opening time; leave the window out to allow any time'));
  }
  return errors.length > 0 ? reject(...errors) : succeed({ from: window.from, to: window.to });
}

function windowError(field: readonly string[], message: string): UserError {
  return { code: 'INVALID_SEND_WINDOW', field, message };
}

function stretchOfConstantOffset(timeZone: string, at: EpochMs): { readonly offsetMs: number; readonly endsAt: EpochMs } {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  const change = local.getTimeZoneTransition('next');
  return { offsetMs: local.offsetNanoseconds / 1_000_000, endsAt: change === null ? Infinity : change.epochMilliseconds };
}

function msOfDay(time: string): number {
  return (Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))) * minuteMs;
}

/** The remainder that is never negative, also for instants before 1970. */
function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
