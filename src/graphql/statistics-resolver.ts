// Counts: the query of the totals, and both subscriptions. Where live states come from is live/'s business.
import { Arg, Ctx, ID, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { StatisticsRecord } from '../database/records.ts';
import { readTotals } from '../database/statistics-queries.ts';
import type { TotalsRecord } from '../database/statistics-queries.ts';
import type { GraphqlContext } from './context.ts';
import { isIdentifier } from './identifier.ts';
import { MailingStatistics, Statistics } from './statistics-types.ts';

@Resolver()
export class StatisticsResolver {
  @Query(() => Statistics, {
    name: 'statistics',
    description: 'Totals over everything, from counters: its cost does not grow with the number of messages.',
  })
  async totals(@Ctx() { reads }: GraphqlContext): Promise<TotalsRecord> {
    return readTotals(reads.database);
  }

  @Subscription(() => MailingStatistics, {
    description:
      'The current state at once, then every later state (newer version), at most one per 100 ms, always the full state; completes after the final one. An unknown mailing: an error with extensions.code NOT_FOUND.',
    subscribe: ({ context, args: { mailingId } }: { context: GraphqlContext; args: { mailingId: string } }) => {
      if (isIdentifier(mailingId)) context.trace.touch('mailingId', mailingId);
      return context.live.mailingStatistics(mailingId);
    },
  })
  mailingStatistics(
    @Root() state: StatisticsRecord,
    @Arg('mailingId', () => ID, { description: 'Id of the mailing.' }) _mailingId: string,
  ): StatisticsRecord {
    return state;
  }

  @Subscription(() => Statistics, {
    name: 'statistics',
    description: 'The totals at once, then every later state, at most one per 100 ms; never completes.',
    subscribe: ({ context }: { context: GraphqlContext }) => context.live.statistics(),
  })
  liveTotals(@Root() state: TotalsRecord): TotalsRecord {
    return state;
  }
}
