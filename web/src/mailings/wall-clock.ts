// Wall clocks and instants, by Intl alone: Temporal is not in every browser that the console has to run in.
import type { EpochMs } from '../../../src/domain/send-window.ts';
import { dateFormat } from '../i18n/intl.ts';

/** What a clock on the wall shows, "YYYY-MM-DD HH:MM:SS", as the pickers of Mantine have it. Two of them compare as texts. */
export type WallClock = string;

export interface ClockInstant {
  readonly at: EpochMs;
  /** SKIPPED: a clock change leaves this hour out, and the clock then shows an hour more. REPEATED: it comes twice, and the first is meant. */
  readonly oddity: 'SKIPPED' | 'REPEATED' | null;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** How far the zone's clock is ahead of UTC at that instant. `timeZone`: an IANA name or +HH:MM. */
export function offsetMs(timeZone: string, at: EpochMs): number {
  const fixed = /^([+-])(\d\d):(\d\d)$/.exec(timeZone);
  if (fixed !== null) return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3])) * minuteMs;
  const wholeSecond = Math.floor(at / 1_000) * 1_000;
  const parts = new Map(
    clockOf(timeZone)
      .formatToParts(wholeSecond)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown - wholeSecond;
}

export function toWallClock(at: EpochMs, timeZone: string): WallClock {
  return toText(at + offsetMs(timeZone, at));
}

/** The wall clock must be of a real day. */
export function toInstant(clock: WallClock, timeZone: string): ClockInstant {
  const local = localMsOf(clock);
  // A day away no clock change is near any more: one of the two offsets is the one that counts.
  const before = offsetMs(timeZone, local - dayMs);
  const after = offsetMs(timeZone, local + dayMs);
  const fitting = [...new Set([before, after])].filter((offset) => offsetMs(timeZone, local - offset) === offset);
  if (fitting.length === 0) return { at: local - before, oddity: 'SKIPPED' };
  return { at: local - Math.max(...fitting), oddity: fitting.length > 1 ? 'REPEATED' : null };
}

/** The same time of day, so many days later. */
export function addDays(clock: WallClock, days: number): WallClock {
  return toText(localMsOf(clock) + days * dayMs);
}

/** That day at HH:MM. */
export function atTime(clock: WallClock, time: string): WallClock {
  return `${clock.slice(0, 10)} ${time}:00`;
}

/** Days from the date of one wall clock to the date of another: -1, 0 or 1 for one instant in two zones. */
export function daysBetween(from: WallClock, to: WallClock): number {
  return (localMsOf(atTime(to, '00:00')) - localMsOf(atTime(from, '00:00'))) / dayMs;
}

function localMsOf(clock: WallClock): number {
  return Date.parse(`${clock.slice(0, 10)}T${clock.slice(11)}Z`);
}

function toText(localMs: number): WallClock {
  return new Date(localMs).toISOString().slice(0, 19).replace('T', ' ');
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  return dateFormat('en-u-ca-gregory-nu-latn', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}
