// The clients' time zones beside the operator's: what their clocks show, and when their hours are open on the operator's clock.
import type { EpochMs, SendWindow } from '../../../src/domain/send-window.ts';
import { daysBetween, offsetMs, toWallClock } from './wall-clock.ts';

export interface ClientZone {
  readonly timeZone: string;
  readonly clients: number;
}

export interface ZoneClock {
  readonly timeZone: string;
  /** HH:MM. */
  readonly time: string;
  /** Days ahead of the operator's date: -1, 0 or 1. */
  readonly days: number;
}

/** What the clocks of the westernmost and the easternmost zone show at that instant; one of them when both show the same, none without zones. */
export function extremeClocks(zones: readonly ClientZone[], at: EpochMs, operatorZone: string): readonly ZoneClock[] {
  const sorted = zones
    .map(({ timeZone, clients }) => ({ timeZone, clients, offset: offsetMs(timeZone, at) }))
    .toSorted((a, b) => a.offset - b.offset || b.clients - a.clients);
  const west = sorted[0];
  if (west === undefined) return [];
  // Of several zones with one offset the one with the most clients stands for them.
  const east = sorted.find(({ offset }) => offset === sorted.at(-1)?.offset) ?? west;
  const here = toWallClock(at, operatorZone);
  return (east.offset === west.offset ? [west] : [west, east]).map(({ timeZone }) => {
    const there = toWallClock(at, timeZone);
    return { timeZone, time: there.slice(11, 16), days: daysBetween(here, there) };
  });
}

/** The clients' window as the operator's clock has it while both zones keep the offsets of that instant. `from` later than `to` spans midnight. */
export function windowHere(window: SendWindow, timeZone: string, operatorZone: string, at: EpochMs): SendWindow {
  const shift = (offsetMs(operatorZone, at) - offsetMs(timeZone, at)) / 60_000;
  return { from: shiftTime(window.from, shift), to: shiftTime(window.to, shift) };
}

const dayMinutes = 24 * 60;

function shiftTime(time: string, minutes: number): string {
  const shifted = Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5)) + minutes;
  const ofDay = ((shifted % dayMinutes) + dayMinutes) % dayMinutes;
  return `${String(Math.floor(ofDay / 60)).padStart(2, '0')}:${String(ofDay % 60).padStart(2, '0')}`;
}

/** The place that a zone is named after, in English: Kamchatka of Asia/Kamchatka; an offset is its own name. */
export function placeOf(timeZone: string): string {
  return timeZone.slice(timeZone.lastIndexOf('/') + 1).replaceAll('_', ' ');
}

/** UTC+3, UTC+5:45: how far a zone is ahead of UTC at an instant. */
export function offsetName(timeZone: string, at: number): string {
  const minutes = offsetMs(timeZone, at) / 60_000;
  const size = Math.abs(minutes);
  const rest = size % 60 === 0 ? '' : `:${String(size % 60).padStart(2, '0')}`;
  return `UTC${minutes < 0 ? '−' : '+'}${Math.floor(size / 60)}${rest}`;
}
