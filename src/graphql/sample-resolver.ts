// Charts: what the sampler has stored of the past.
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { MailingSample as MailingSampleRecord, SendingSample as SendingSampleRecord } from '../database/sample-queries.ts';
import { readSendingHistory } from '../database/sample-queries.ts';
import type { MailingRecord } from '../database/records.ts';
import type { GraphqlContext } from './context.ts';
import { badArgument } from './errors.ts';
import { Mailing } from './mailing-types.ts';
import { minutesLimit, pointsLimit } from './sample-limits.ts';
import { HistoryArgs, MailingSample, SendingHistoryArgs, SendingSample } from './sample-types.ts';

@Resolver(() => Mailing)
export class SampleResolver {
  @FieldResolver(() => [MailingSample], {
    description:
      'Its counts from startedAt, where all are 0, to the present, oldest first, thinned to at most `points` over equal stretches of time. The last one is the present state, at the instant it came about. Samples are 2 s apart at first, and a 300th of its age later. Empty before the start.',
  })
  async history(
    @Ctx() { loaders }: GraphqlContext,
    @Root() { id: mailingId }: MailingRecord,
    @Args(() => HistoryArgs) { points }: HistoryArgs,
  ): Promise<MailingSampleRecord[]> {
    if (points < 2 || points > pointsLimit) throw badArgument('points', `must be from 2 to ${pointsLimit}`);
    return loaders.history({ mailingId, points });
  }

  @Query(() => [SendingSample], {
    description: 'How much was sent lately, over all mailings together, oldest first: one entry for about every two seconds.',
  })
  async sendingHistory(
    @Ctx() { reads }: GraphqlContext,
    @Args(() => SendingHistoryArgs) { minutes }: SendingHistoryArgs,
  ): Promise<SendingSampleRecord[]> {
    if (minutes < 1 || minutes > minutesLimit) throw badArgument('minutes', `must be from 1 to ${minutesLimit}`);
    return readSendingHistory(reads.database, minutes);
  }
}
