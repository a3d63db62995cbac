// Times of a time zone for somebody in another one: on the clock there, and where in the hours ahead its opening lies.
import { dateFormat } from '../i18n/intl.ts';

/** Whether both clocks show the same at this instant. */
export function isSameClock(timeZone: string, instant: number, own?: string): boolean {
  return wallClock(timeZone, instant) === wallClock(own, instant);
}

/** A weekday within so many days is never that of today. */
const WEEKDAYS_MS = 6 * 86_400_000;

/** With the weekday when it is another day there than at `now`, with the date when it is days away. null: this browser does not know the zone. */
export function clockTime(language: string, instant: number, now: number, timeZone?: string): string | null {
  const isToday = dayOf(timeZone, instant) === dayOf(timeZone, now);
  const isNear = Math.abs(instant - now) < WEEKDAYS_MS;
  const format = formatOf(language, isToday ? 'time' : isNear ? 'day' : 'far', timeZone);
  return format === null ? null : format.format(instant);
}

export interface Track {
  /** Shares of the whole length, 0 to 1. */
  readonly from: number;
  readonly to: number;
}

/** Where an opening lies between now and the end of what is shown; null: outside of it. */
export function trackOf(opensAt: number, closesAt: number, now: number, until: number): Track | null {
  const share = (instant: number): number => Math.min(1, Math.max(0, (instant - now) / (until - now)));
  const from = share(opensAt);
  const to = share(closesAt);
  return until <= now || to <= from ? null : { from, to };
}

interface ZoneHours {
  readonly isOpen: boolean;
  readonly opensAt: string | null;
}

/** The zone that opens first, where none is open; null: one is open, or none will be. */
export function nextToOpen<Zone extends ZoneHours>(zones: readonly Zone[]): { readonly zone: Zone; readonly at: number } | null {
  if (zones.some(({ isOpen }) => isOpen)) return null;
  const openings = zones.flatMap((zone) => (zone.opensAt === null ? [] : [{ zone, at: Date.parse(zone.opensAt) }]));
  return openings.toSorted((a, b) => a.at - b.at)[0] ?? null;
}

function wallClock(timeZone: string | undefined, instant: number): string | null {
  return formatOf('en', 'clock', timeZone)?.format(instant) ?? null;
}

function dayOf(timeZone: string | undefined, instant: number): string | null {
  return formatOf('en', 'date', timeZone)?.format(instant) ?? null;
}

const options = {
  time: { hour: '2-digit', minute: '2-digit' },
  day: { weekday: 'short', hour: '2-digit', minute: '2-digit' },
  far: { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
  date: { dateStyle: 'short' },
  clock: { dateStyle: 'short', timeStyle: 'short' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

/** The clients' zones are those of the service: an old browser may not know one, or no fixed offsets. */
const unknown = new Set<string>();

function formatOf(language: string, kind: keyof typeof options, timeZone: string | undefined): Intl.DateTimeFormat | null {
  if (timeZone === undefined) return dateFormat(language, options[kind]);
  if (unknown.has(timeZone)) return null;
  try {
    return dateFormat(language, { ...options[kind], timeZone });
  } catch {
    unknown.add(timeZone);
    return null;
  }
}
