// The hours in which a mailing may be sent to one time zone, as an operator looks at them: whatever its messages there wait for.
import type { EpochMs, SendWindow } from './send-window.ts';
import { nextOpenInterval } from './send-window.ts';

export interface ZoneHours {
  readonly isOpen: boolean;
  /** The opening that is under way, or else the next one; null: it never opens again before the end. */
  readonly opensAt: EpochMs | null;
  readonly closesAt: EpochMs | null;
}

export interface SendingPeriod {
  readonly startsAt: EpochMs;
  readonly endsAt: EpochMs;
  readonly sendWindow: SendWindow | null;
}

/** Longer than an opening can have lasted by now: a clock change may skip the hour in which the window is closed. */
const LONGEST_OPENING_MS = 3 * 24 * 3_600_000;

/** `timeZone` is a name that `toTimeZone` gave. */
export function hoursAt({ startsAt, endsAt, sendWindow }: SendingPeriod, timeZone: string, now: EpochMs): ZoneHours {
  let fromAt = sendWindow === null ? startsAt : Math.max(startsAt, now - LONGEST_OPENING_MS);
  for (;;) {
    const interval = now < endsAt ? nextOpenInterval(sendWindow, timeZone, fromAt, endsAt) : null;
    if (interval === null) return { isOpen: false, opensAt: null, closesAt: null };
    if (interval.closesAt > now) return { isOpen: interval.opensAt <= now, ...interval };
    fromAt = interval.closesAt;
  }
}

/** Those that are open come first, then the earliest opening; those that never open again come last. */
export function inOrderOfHours(a: ZoneHours, b: ZoneHours): number {
  if (a.isOpen !== b.isOpen) return a.isOpen ? -1 : 1;
  return (a.opensAt ?? Number.MAX_SAFE_INTEGER) - (b.opensAt ?? Number.MAX_SAFE_INTEGER);
}
