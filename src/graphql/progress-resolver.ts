// How a mailing is getting on: its rate, what that makes of the messages that wait, and in which hours they wait.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { MailingBacklog } from '../database/progress-queries.ts';
import type { MailingRecord } from '../database/records.ts';
import { estimateSending } from '../domain/sending-estimate.ts';
import type { SendingEstimate } from '../domain/sending-estimate.ts';
import type { SendingRate } from '../domain/sending-rate.ts';
import { sendWindowOf } from '../domain/send-window.ts';
import { hoursAt, inOrderOfHours } from '../domain/zone-hours.ts';
import type { GraphqlContext } from './context.ts';
import { Mailing } from './mailing-types.ts';
import { MailingProgress, MailingTimeZone } from './progress-types.ts';

@Resolver(() => Mailing)
export class ProgressResolver {
  @FieldResolver(() => MailingProgress, {
    nullable: true,
    // Up to 1,000 openings of windows are computed.
    complexity: 40,
    description: 'How fast it is being sent and when it will be through; null unless RUNNING or PAUSED.',
  })
  async progress(@Ctx() context: GraphqlContext, @Root() mailing: MailingRecord): Promise<MailingProgress | null> {
    if (mailing.status === 'PAUSED') return { ...noProgress, ratePerSecond: 0 };
    if (mailing.status !== 'RUNNING') return null;
    const backlog = await context.loaders.backlog(mailing.id);
    const { assumedRatePerSecond, estimate } = estimateOf(context, mailing, backlog);
    return {
      ratePerSecond: context.rates.rateOf(mailing.id)?.perSecond ?? null,
      assumedRatePerSecond,
      estimatedEndAt: estimate?.lastSentAt ?? null,
      willNotFit: estimate?.willNotFit ?? null,
    };
  }

  @FieldResolver(() => [MailingTimeZone], {
    // As `progress`, over the ten entries that the limit assumes.
    complexity: 4,
    description:
      'The time zones that messages wait in while it is RUNNING or PAUSED: those that are open now first, then the earliest opening, those that never open again last. Empty when nothing waits.',
  })
  async timeZones(@Ctx() context: GraphqlContext, @Root() mailing: MailingRecord): Promise<MailingTimeZone[]> {
    if (mailing.status !== 'RUNNING' && mailing.status !== 'PAUSED') return [];
    const backlog = await context.loaders.backlog(mailing.id);
    if (backlog === null) return [];
    const estimate = mailing.status === 'RUNNING' ? estimateOf(context, mailing, backlog).estimate : null;
    const period = { ...mailing, sendWindow: sendWindowOf(mailing) };
    return [...Map.groupBy(backlog.waiting, ({ timeZone }) => timeZone)]
      .map(([timeZone, groups]) => ({
        timeZone,
        pending: groups.reduce((sum, { messages }) => sum + messages, 0),
        ...hoursAt(period, timeZone, backlog.now),
        willNotFit: estimate === null ? null : (estimate.willNotFitOf.get(timeZone) ?? 0),
      }))
      .toSorted((a, b) => inOrderOfHours(a, b) || b.pending - a.pending || (a.timeZone < b.timeZone ? -1 : 1));
  }
}

const noProgress = { assumedRatePerSecond: null, estimatedEndAt: null, willNotFit: null };

interface MailingEstimate {
  readonly assumedRatePerSecond: number | null;
  /** null: nothing moves or there is nothing to go by, or the end is too far away. */
  readonly estimate: SendingEstimate | null;
}

function estimateOf({ rates, reads }: GraphqlContext, mailing: MailingRecord, backlog: MailingBacklog | null): MailingEstimate {
  if (backlog === null || !backlog.expanded) return { assumedRatePerSecond: null, estimate: null };
  const caps = [mailing.ratePerSecond, reads.providerRate].filter((one) => one !== null);
  // Infinity when there is none.
  const cap = Math.min(...caps);
  const assumed = Math.min(assumedRate(backlog, rates.rateOf(mailing.id), cap), cap);
  if (!(assumed > 0) || assumed === Infinity) return { assumedRatePerSecond: null, estimate: null };
  const plan = { ...backlog, endsAt: mailing.endsAt, sendWindow: sendWindowOf(mailing) };
  return { assumedRatePerSecond: assumed, estimate: estimateSending(plan, assumed) };
}

/** While something may be sent, what is being sent counts; else what was sent when something last could be. Infinity: nothing to go by but the caps. */
function assumedRate({ waiting, now }: MailingBacklog, rate: SendingRate | null, cap: number): number {
  const isOpen = waiting.some(({ opensAt, closesAt }) => opensAt <= now && now < closesAt);
  if (isOpen) return rate?.perSecond ?? 0;
  return rate?.lastPerSecond ?? cap;
}
