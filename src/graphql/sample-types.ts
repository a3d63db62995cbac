// Stored samples in the API: of one mailing's counters, and of all sending together.
import { ArgsType, Field, Float, Int, ObjectType } from 'type-graphql';
import type { MailingSample as MailingSampleRecord, SendingSample as SendingSampleRecord } from '../database/sample-queries.ts';
import { minutesLimit, pointsLimit } from './sample-limits.ts';
import { MessageCounts } from './statistics-types.ts';
import { DateTimeScalar, SafeIntScalar } from './scalars.ts';

@ObjectType({ description: "A mailing's counts at an instant; they add up as those of MailingStatistics do.", simpleResolvers: true })
export class MailingSample extends MessageCounts implements Omit<MailingSampleRecord, 'mailingId'> {
  @Field(() => DateTimeScalar, { description: 'When it was so.' })
  at!: number;
}

@ArgsType()
export class HistoryArgs {
  @Field(() => Int, { defaultValue: 240, description: `How many at most, 2 to ${pointsLimit}.` })
  points!: number;
}

@ObjectType({ description: 'What was sent in a short while: the rate is messages / seconds.', simpleResolvers: true })
export class SendingSample implements SendingSampleRecord {
  @Field(() => DateTimeScalar, { description: 'The end of the while.' })
  at!: number;

  @Field(() => Float, { description: 'How long it was: about 2, more when no worker was there to look. Above 0.' })
  seconds!: number;

  @Field(() => SafeIntScalar, { description: 'Attempts that ended in it: sent, refused or left unconfirmed, over all mailings.' })
  messages!: number;
}

@ArgsType()
export class SendingHistoryArgs {
  @Field(() => Int, { defaultValue: 10, description: `How far back, 1 to ${minutesLimit} minutes.` })
  minutes!: number;
}
