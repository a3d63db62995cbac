// What went wrong in the API: single attempts, and the errors of a mailing together.
import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import type { AttemptOutcome, AttemptRecord } from '../database/delivery-queries.ts';
import { pageSizeLimit } from '../database/keyset.ts';
import { defineEnum } from './enumeration.ts';
import { DateTimeScalar, SafeIntScalar } from './scalars.ts';

export const explanationDescription = 'What the code means and where to look, in plain words.';

const AttemptOutcomeEnum = defineEnum<AttemptOutcome>('AttemptOutcome', 'What an attempt that was not an acceptance ended in.', {
  REFUSED: 'The provider will never take this message.',
  RETRY: 'Not taken; another attempt follows, as long as the mailing lasts.',
  AMBIGUOUS: 'The provider may have taken it; another attempt carries the same id, unless PROVIDER_ON_AMBIGUOUS says to hold it.',
});

@ObjectType({ description: 'One request to the provider that was not an acceptance.', simpleResolvers: true })
export class MessageAttempt implements AttemptRecord {
  @Field(() => Int, { description: 'Which attempt of the message it was, from 1.' })
  attempt!: number;

  @Field(() => DateTimeScalar, { description: 'When it was over.' })
  at!: number;

  @Field(() => AttemptOutcomeEnum, { description: 'What it ended in.' })
  outcome!: AttemptOutcome;

  @Field(() => String, { description: 'Stable word, e.g. TIMEOUT, CONNECTION, HTTP_500, REJECTED, BAD_RESPONSE.' })
  code!: string;

  @Field(() => String, { description: "In words, the beginning of the provider's own among them." })
  message!: string;

  @Field(() => String, { description: explanationDescription })
  explanation!: string;

  @Field(() => Int, { nullable: true, description: "HTTP status of the provider's answer; null: there was none." })
  httpStatus!: number | null;

  @Field(() => Int, { description: 'How long it took, in milliseconds.' })
  latencyMs!: number;
}

@ArgsType()
export class AttemptLogArgs {
  @Field(() => Int, { defaultValue: 20, description: `How many at most, 1 to ${pageSizeLimit}.` })
  first!: number;
}

@ObjectType({ description: 'Messages of a mailing that ended unsent with the same code in their last error.', simpleResolvers: true })
export class MailingError {
  @Field(() => String, { description: 'Stable word, e.g. TIMEOUT, CONNECTION, HTTP_500, REJECTED, BAD_RESPONSE.' })
  code!: string;

  @Field(() => String, { description: explanationDescription })
  explanation!: string;

  @Field(() => SafeIntScalar, { description: 'How many messages: failed + unconfirmed + expired.' })
  messages!: number;

  @Field(() => SafeIntScalar, { description: 'Of them FAILED.' })
  failed!: number;

  @Field(() => SafeIntScalar, { description: 'Of them UNCONFIRMED: the provider may have accepted them.' })
  unconfirmed!: number;

  @Field(() => SafeIntScalar, { description: 'Of them EXPIRED: the mailing ended before an attempt succeeded.' })
  expired!: number;

  @Field(() => Boolean, {
    description:
      'Whether retryMessages can help: some are FAILED or UNCONFIRMED, the mailing is neither cancelled nor past its end, and the cause may have passed or been put right. false for REJECTED: the same message would be refused again.',
  })
  retryCanHelp!: boolean;
}
