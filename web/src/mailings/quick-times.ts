// Starts and ends that are chosen by one click.
import type { EpochMs } from '../../../src/domain/send-window.ts';
import { addDays, atTime, toWallClock } from './wall-clock.ts';
import type { WallClock } from './wall-clock.ts';

export interface QuickTime {
  /** Of the texts at `period.quick`. */
  readonly name: 'tonight' | 'endOfDay' | 'tomorrowMorning' | 'tomorrowEvening' | 'monday' | 'week';
  readonly clock: WallClock;
}

const morning = '09:00';
const evening = '21:00';

export function startChoices(now: EpochMs, timeZone: string): readonly QuickTime[] {
  const today = toWallClock(now, timeZone);
  const tomorrow: QuickTime = { name: 'tomorrowMorning', clock: atTime(addDays(today, 1), morning) };
  const monday: QuickTime = { name: 'monday', clock: atTime(addDays(today, daysToMonday(today)), morning) };
  // On a Sunday both are the same day.
  return tomorrow.clock === monday.clock ? [tomorrow] : [tomorrow, monday];
}

/** For a mailing that starts at `start`, or now when that is later. */
export function endChoices(start: WallClock, now: EpochMs, timeZone: string): readonly QuickTime[] {
  const present = toWallClock(now, timeZone);
  const first = start > present ? start : present;
  const choices: readonly QuickTime[] = [
    { name: 'tonight', clock: atTime(first, evening) },
    { name: 'endOfDay', clock: atTime(addDays(first, 1), '00:00') },
    { name: 'tomorrowEvening', clock: atTime(addDays(first, 1), evening) },
    { name: 'week', clock: atTime(addDays(first, 7), evening) },
  ];
  return choices.filter(({ clock }) => clock > first);
}

/** The evening of the day, or of the next one when less than an hour is left. */
export function defaultEnd(now: EpochMs, timeZone: string): WallClock {
  return eveningAfter(toWallClock(now + 3_600_000, timeZone));
}

export function eveningAfter(clock: WallClock): WallClock {
  const same = atTime(clock, evening);
  return same > clock ? same : addDays(same, 1);
}

/** 1 to 7. */
function daysToMonday(clock: WallClock): number {
  const weekday = new Date(`${clock.slice(0, 10)}T00:00:00Z`).getUTCDay();
  return (8 - weekday) % 7 || 7;
}
