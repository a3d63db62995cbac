// What somebody should look at: read off the mailings that run, are paused, or ended lately, the most urgent first.
import type { OverviewMailingFragment, ProviderStatus } from '../api/generated/graphql.ts';

export interface Problem {
  readonly kind: 'stuck' | 'willNotFit' | 'pausedToTheEnd' | 'manyFailed' | 'endedUnsent';
  readonly mailing: OverviewMailingFragment;
  /** Messages that it is about. */
  readonly count: number;
}

/** Longer than the longest wait before a retry, six minutes. */
const STILL_MS = 400_000;
/** A paused mailing is a problem when so little is left to resume it. */
const LATE_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** One in twenty, and not just a few: wrong numbers are in every directory. */
const MANY_SHARE = 0.05;
const MANY_COUNT = 20;

const urgency = ['stuck', 'willNotFit', 'pausedToTheEnd', 'manyFailed', 'endedUnsent'] as const satisfies readonly Problem['kind'][];

interface State {
  /** Running, paused, or over for less than a day or two. */
  readonly mailings: readonly OverviewMailingFragment[];
  readonly provider: ProviderStatus;
  readonly now: number;
}

/** At most one per mailing. Nothing moves while the provider takes nothing: that is said once, of the provider. */
export function problemsOf({ mailings, provider, now }: State): Problem[] {
  return mailings
    .flatMap((mailing) => problemOf(mailing, provider, now) ?? [])
    .toSorted((a, b) => urgency.indexOf(a.kind) - urgency.indexOf(b.kind));
}

function problemOf(mailing: OverviewMailingFragment, provider: ProviderStatus, now: number): Problem | null {
  switch (mailing.status) {
    case 'RUNNING':
      return runningProblem(mailing, provider, now);
    case 'PAUSED': {
      const { pending } = mailing.statistics;
      return pending > 0 && Date.parse(mailing.endsAt) - now < LATE_MS ? { kind: 'pausedToTheEnd', mailing, count: pending } : null;
    }
    case 'COMPLETED': {
      const { sent, failed, expired, unconfirmed } = mailing.statistics;
      const count = expired + unconfirmed + (sent === 0 || hasManyFailed(mailing) ? failed : 0);
      const isRecent = mailing.finishedAt !== null && now - Date.parse(mailing.finishedAt) < DAY_MS;
      return isRecent && count > 0 ? { kind: 'endedUnsent', mailing, count } : null;
    }
    case 'SCHEDULED':
    case 'CANCELLED':
      return null;
    default:
      return mailing.status satisfies never;
  }
}

function runningProblem(mailing: OverviewMailingFragment, provider: ProviderStatus, now: number): Problem | null {
  const { statistics, progress, timeZones } = mailing;
  const { pending, failed } = statistics;
  const willNotFit = progress?.willNotFit ?? 0;
  const isStill = pending > 0 && progress?.ratePerSecond === 0 && progress.estimatedEndAt === null;
  // Without a cap there is no estimate outside of the clients' hours either, and it goes on by itself.
  const isOpen = timeZones.some((zone) => zone.isOpen);
  const isStuck = provider === 'AVAILABLE' && isStill && isOpen && now - stillSince(mailing) >= STILL_MS;
  if (isStuck) return { kind: 'stuck', mailing, count: pending };
  if (willNotFit > 0) return { kind: 'willNotFit', mailing, count: willNotFit };
  if (hasManyFailed(mailing)) return { kind: 'manyFailed', mailing, count: failed };
  return null;
}

/** When it could have moved last, and did not: since its counts, its status or its settings changed, or its hours began. */
export function stillSince({ statistics, updatedAt, timeZones }: OverviewMailingFragment): number {
  const openings = timeZones.flatMap(({ isOpen, opensAt }) => (isOpen && opensAt !== null ? [Date.parse(opensAt)] : []));
  const openSince = openings.length === 0 ? 0 : Math.min(...openings);
  return Math.max(Date.parse(statistics.updatedAt), Date.parse(updatedAt), openSince);
}

function hasManyFailed({ statistics: { sent, failed } }: OverviewMailingFragment): boolean {
  return failed >= MANY_COUNT && failed >= (sent + failed) * MANY_SHARE;
}
