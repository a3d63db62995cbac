// What a message and a mailing say about what went wrong.
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { ErrorCount } from '../database/delivery-queries.ts';
import { pageSizeLimit } from '../database/keyset.ts';
import type { MailingRecord, MessageRecord } from '../database/records.ts';
import { meaningOf } from '../domain/error-code.ts';
import type { GraphqlContext } from './context.ts';
import { AttemptLogArgs, MailingError, MessageAttempt } from './delivery-types.ts';
import { badArgument } from './errors.ts';
import { Mailing } from './mailing-types.ts';
import { Message } from './message-types.ts';

@Resolver(() => Message)
export class MessageDeliveryResolver {
  @FieldResolver(() => [MessageAttempt], {
    description:
      'Its requests to the provider that were not acceptances, newest first. Those that said nothing about the message (throttling, a refused token, tests of a failing provider) are not charged to it and not among them.',
  })
  async attemptLog(
    @Ctx() { loaders }: GraphqlContext,
    @Root() message: MessageRecord,
    @Args(() => AttemptLogArgs) { first }: AttemptLogArgs,
  ): Promise<MessageAttempt[]> {
    if (first < 1 || first > pageSizeLimit) throw badArgument('first', `must be from 1 to ${pageSizeLimit}`);
    const attempts = await loaders.attempts({ messageId: message.id, first });
    return attempts.map((attempt) => ({ ...attempt, explanation: meaningOf(attempt.code).explanation }));
  }
}

@Resolver(() => Mailing)
export class MailingDeliveryResolver {
  @FieldResolver(() => [MailingError], {
    // Counts an index. Times the ten entries that the limit assumes.
    complexity: 2,
    description:
      'The errors that messages ended on (FAILED, UNCONFIRMED or EXPIRED), the most frequent first. Messages that are still being tried are not among them; where={errorCodes} of messages lists those of one code.',
  })
  async errors(@Ctx() { loaders }: GraphqlContext, @Root() { id }: MailingRecord): Promise<MailingError[]> {
    const counts = await loaders.errors(id);
    return [...Map.groupBy(counts, (count) => count.code)].map(toMailingError).toSorted(byFrequency);
  }
}

function toMailingError([code, counts]: [string, readonly ErrorCount[]]): MailingError {
  const of = (status: ErrorCount['status']): number => counts.find((count) => count.status === status)?.messages ?? 0;
  const [failed, unconfirmed, expired] = [of('FAILED'), of('UNCONFIRMED'), of('EXPIRED')];
  const { explanation, retryHelps } = meaningOf(code);
  const retryCanHelp = retryHelps && failed + unconfirmed > 0 && counts.every(({ over }) => !over);
  return { code, explanation, messages: failed + unconfirmed + expired, failed, unconfirmed, expired, retryCanHelp };
}

function byFrequency(a: MailingError, b: MailingError): number {
  return b.messages - a.messages || (a.code < b.code ? -1 : 1);
}
