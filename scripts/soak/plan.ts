// What people have asked for, as they know it: the soak's own record of every mailing, against which ledger and tables are held.

/** No request may be started from `from` to `until`, epoch milliseconds. */
export interface Ban {
  readonly why: string;
  readonly from: number;
  until: number;
  /** The old text of an edit, or the phone of one who opted out; absent: every request. */
  readonly text?: string;
  readonly phone?: string;
}

export interface PlannedMailing {
  /** Every text of it begins with `soak NUMBER `. */
  readonly number: number;
  /** Empty until createMailing has answered: its messages may be sent before. */
  id: string;
  readonly tag: string;
  readonly startsAt: number;
  /** Every end it was given, and since when that one holds, epoch milliseconds; the first since ever. */
  readonly ends: { readonly at: number; readonly since: number }[];
  text: string;
  /** Minutes of the client's day, from <= t < to. */
  readonly window: { readonly from: number; readonly to: number } | null;
  readonly ratePerSecond: number | null;
  paused: Ban | null;
  cancelled: boolean;
  readonly bans: Ban[];
}

export interface Plan {
  readonly mailings: Map<number, PlannedMailing>;
  readonly optedOut: Map<string, Ban>;
  readonly phoneBans: Ban[];
  /** How often people did what. */
  readonly deeds: Map<string, number>;
}

export function makePlan(): Plan {
  return { mailings: new Map(), optedOut: new Map(), phoneBans: [], deeds: new Map() };
}

/** The number in a mailing's text; null for a text that is not the soak's. */
export function numberOf(text: string): number | null {
  const digits = /^soak (\d+) /.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}

export function lastEndOf({ ends }: PlannedMailing): number {
  return Math.min(...ends.map(({ at }) => at));
}
