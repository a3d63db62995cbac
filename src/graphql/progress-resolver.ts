// How a mailing is getting on: its rate, and what that makes of the messages that wait.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { MailingBacklog } from '../database/progress-queries.ts';
import type { MailingRecord } from '../database/records.ts';
import { estimateSending } from '../domain/sending-estimate.ts';
import type { SendingRate } from '../domain/sending-rate.ts';
import { sendWindowOf } from '../domain/send-window.ts';
import type { GraphqlContext } from './context.ts';
import { Mailing } from './mailing-types.ts';
import { MailingProgress } from './progress-types.ts';

@Resolver(() => Mailing)
export class ProgressResolver {
  @FieldResolver(() => MailingProgress, {
    nullable: true,
    // Up to 1,000 openings of windows are computed.
    complexity: 40,
    description: 'How fast it is being sent and when it will be through; null unless RUNNING or PAUSED.',
  })
  async progress(@Ctx() { loaders, reads, rates }: GraphqlContext, @Root() mailing: MailingRecord): Promise<MailingProgress | null> {
    if (mailing.status === 'PAUSED') return { ...noEstimate, ratePerSecond: 0 };
    if (mailing.status !== 'RUNNING') return null;
    const backlog = await loaders.backlog(mailing.id);
    const rate = rates.rateOf(mailing.id);
    const caps = [mailing.ratePerSecond, reads.providerRate].filter((cap) => cap !== null);
    return { ...estimateOf(mailing, backlog, rate, Math.min(...caps)), ratePerSecond: rate?.perSecond ?? null };
  }
}

const noEstimate = { assumedRatePerSecond: null, estimatedEndAt: null, willNotFit: null };

/** `cap`: Infinity when there is none. */
function estimateOf(
  mailing: MailingRecord,
  backlog: MailingBacklog | null,
  rate: SendingRate | null,
  cap: number,
): Omit<MailingProgress, 'ratePerSecond'> {
  if (backlog === null || !backlog.expanded) return noEstimate;
  const assumed = Math.min(assumedRate(backlog, rate, cap), cap);
  if (!(assumed > 0) || assumed === Infinity) return noEstimate;
  const estimate = estimateSending({ ...backlog, endsAt: mailing.endsAt, sendWindow: sendWindowOf(mailing) }, assumed);
  if (estimate === null) return { ...noEstimate, assumedRatePerSecond: assumed };
  return { assumedRatePerSecond: assumed, estimatedEndAt: estimate.lastSentAt, willNotFit: estimate.willNotFit };
}

/** While something may be sent, what is being sent counts; else what was sent when something last could be. Infinity: nothing to go by but the caps. */
function assumedRate({ waiting, now }: MailingBacklog, rate: SendingRate | null, cap: number): number {
  const isOpen = waiting.some(({ opensAt, closesAt }) => opensAt <= now && now < closesAt);
  if (isOpen) return rate?.perSecond ?? 0;
  return rate?.lastPerSecond ?? cap;
}
