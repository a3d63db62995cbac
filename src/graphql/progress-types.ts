// How a mailing is getting on, in the API.
import { Field, Float, ObjectType } from 'type-graphql';
import { DateTimeScalar, SafeIntScalar } from './scalars.ts';

@ObjectType({
  description:
    'How fast a mailing is being sent, and when it will be through if it goes on like this. An estimate: the waiting messages are poured, at one rate, into the hours that each time zone has until the end.',
  simpleResolvers: true,
})
export class MailingProgress {
  @Field(() => Float, {
    nullable: true,
    description:
      'Messages per second over the last 10 s and all workers: sent, refused or left unconfirmed. 0 while PAUSED. null: not known yet, within seconds of the start.',
  })
  ratePerSecond!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'The rate that the estimate is made with: ratePerSecond; while all wait for their hours, the last rate there was, or else the smallest cap. Never above a cap. null: no estimate, as nothing moves or there is nothing to go by.',
  })
  assumedRatePerSecond!: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When the last message that fits will have been sent. null: no estimate, as while PAUSED, while recipients are still being selected, and while nothing moves although it could.',
  })
  estimatedEndAt!: number | null;

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: 'Recipients that will not fit before the end at this rate, and would become EXPIRED. null: no estimate.',
  })
  willNotFit!: number | null;
}

@ObjectType({
  description: 'Messages of a mailing that wait in one time zone, and the hours in which they may be sent.',
  simpleResolvers: true,
})
export class MailingTimeZone {
  @Field(() => String, { description: 'The zone, as the clients have it.' })
  timeZone!: string;

  @Field(() => SafeIntScalar, { description: 'Messages that wait there, retries that are not due yet among them.' })
  pending!: number;

  @Field(() => Boolean, { description: 'Whether it is within the hours of the zone now, also while the mailing is PAUSED.' })
  isOpen!: boolean;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      "The opening that is under way, or else the next one: by the mailing's window, or without one its startsAt. null: never again before endsAt.",
  })
  opensAt!: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'The end of that opening, at the latest endsAt. null as opensAt is.' })
  closesAt!: number | null;

  @Field(() => SafeIntScalar, {
    nullable: true,
    description:
      'Of pending, those that will not fit before the end, by the estimate of progress, whose willNotFit is the sum over the zones. null: no estimate.',
  })
  willNotFit!: number | null;
}
