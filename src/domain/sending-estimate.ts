// When a mailing will be through, and how many will not fit: its waiting messages are poured, at one rate, into the hours of their zones.
import type { EpochMs, SendWindow } from './send-window.ts';
import { nextOpenInterval } from './send-window.ts';

/** Messages of one time zone that may be sent in [opensAt, closesAt), and in the openings after it. */
export interface WaitingMessages {
  readonly timeZone: string;
  readonly messages: number;
  readonly opensAt: EpochMs;
  readonly closesAt: EpochMs;
}

export interface SendingPlan {
  readonly now: EpochMs;
  readonly endsAt: EpochMs;
  readonly sendWindow: SendWindow | null;
  readonly waiting: readonly WaitingMessages[];
}

export interface SendingEstimate {
  /** When the last message that fits is sent. */
  readonly lastSentAt: EpochMs;
  /** Messages for which the hours until the end are too few: the sum over all zones. */
  readonly willNotFit: number;
  /** The same by zone; those that are not in it have none. */
  readonly willNotFitOf: ReadonlyMap<string, number>;
}

/** Openings looked at, some 20 microseconds each: a year of daily windows in a few zones. Past it nobody would believe the answer. */
const OPENING_LIMIT = 1_000;

/**
 * Whoever has been open the longest goes first, as with the lease of batches. No failures, no retries, no guard before a closing:
 * `perSecond` (above 0) has them in it, as it was measured. null: the end is too far away to say.
 */
export function estimateSending({ now, endsAt, sendWindow, waiting }: SendingPlan, perSecond: number): SendingEstimate | null {
  let groups = waiting.map((group) => ({ ...group }));
  let at = now;
  let lastSentAt = now;
  const left = new Map<string, number>();
  let openings = 0;

  for (;;) {
    groups = groups.flatMap((group) => {
      if (group.closesAt > at) return [group];
      openings += 1;
      const next = nextOpenInterval(sendWindow, group.timeZone, at, endsAt);
      if (next !== null) return [{ ...group, ...next }];
      left.set(group.timeZone, (left.get(group.timeZone) ?? 0) + group.messages);
      return [];
    });
    if (groups.length === 0) return { lastSentAt: Math.ceil(lastSentAt), ...inWholeMessages(left) };
    if (openings > OPENING_LIMIT) return null;

    const open = groups.filter(({ opensAt }) => opensAt <= at).toSorted((a, b) => a.opensAt - b.opensAt);
    const nextOpeningAt = Math.min(...groups.filter(({ opensAt }) => opensAt > at).map(({ opensAt }) => opensAt));
    const until = Math.min(nextOpeningAt, ...open.map(({ closesAt }) => closesAt));
    const room = (perSecond * (until - at)) / 1_000;
    let sent = 0;
    for (const group of open) {
      const portion = Math.min(group.messages, room - sent);
      group.messages -= portion;
      sent += portion;
    }
    if (sent > 0) lastSentAt = at + (sent / perSecond) * 1_000;
    groups = groups.filter(({ messages }) => messages > rounding);
    at = until;
  }
}

/** The sum is rounded up, and shared out so that the zones add up to it: each gets what the sum grows by when it joins. */
function inWholeMessages(left: ReadonlyMap<string, number>): Pick<SendingEstimate, 'willNotFit' | 'willNotFitOf'> {
  const willNotFitOf = new Map<string, number>();
  let sum = 0;
  let willNotFit = 0;
  for (const [timeZone, messages] of left) {
    sum += messages;
    const whole = Math.max(0, Math.ceil(sum - rounding));
    if (whole > willNotFit) willNotFitOf.set(timeZone, whole - willNotFit);
    willNotFit = whole;
  }
  return { willNotFit, willNotFitOf };
}

/** Parts of a message that floating point may leave over. */
const rounding = 1e-6;
