// The dry run of a mailing in the API.
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import type { Audience as DomainAudience, AudienceInput as DomainAudienceInput } from '../domain/audience.ts';
import type { SmsEncoding } from '../domain/sms-parts.ts';
import { defineEnum } from './enumeration.ts';
import { MailingFilterInput, SendWindowInput } from './mailing-types.ts';
import { DateTimeScalar, SafeIntScalar } from './scalars.ts';

@InputType({
  description:
    'The mailing to be tried, by the rules of createMailing. What is wrong: a GraphQL error with extensions.code BAD_USER_INPUT, and every fault in extensions.userErrors.',
})
export class AudienceInput implements DomainAudienceInput {
  @Field(() => MailingFilterInput, {
    defaultValue: { operatorCodes: [], tags: [] },
    description: 'Which clients would be sent to; everybody when left out.',
  })
  filter!: MailingFilterInput;

  @Field(() => String, { nullable: true, description: 'The text, 1 to 1,000 characters, to learn its parts; null: not asked for.' })
  text?: string | null | undefined;

  @Field(() => DateTimeScalar, { description: 'Sending would begin at this instant; in the past: at once.' })
  startsAt!: number;

  @Field(() => DateTimeScalar, { description: 'After startsAt and in the future.' })
  endsAt!: number;

  @Field(() => SendWindowInput, {
    nullable: true,
    description: 'Local hours of each client in which sending would be allowed; null: any time.',
  })
  sendWindow?: SendWindowInput | null | undefined;
}

@ObjectType({ description: 'Clients of one time zone who match and have not opted out.', simpleResolvers: true })
class AudienceTimeZone {
  @Field(() => String, { description: 'The zone, as the clients have it.' })
  timeZone!: string;

  @Field(() => SafeIntScalar, { description: 'How many clients it has. Those who have opted out are not counted.' })
  clients!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the first of them may be sent to; null: never before endsAt.' })
  opensAt!: number | null;
}

const SmsEncodingEnum = defineEnum<SmsEncoding>('SmsEncoding', 'Alphabet that a text goes out in: of its own accord the shorter one.', {
  GSM_7: 'The GSM 7-bit default alphabet with its extension table: 160 septets, or 153 in each of several segments.',
  UCS_2: 'A character is not in the GSM alphabet: 70 units of 16 bits, or 67 in each of several segments.',
});

@ObjectType({
  description:
    'What a phone network makes of the text by GSM 03.38 / 3GPP TS 23.038: 160/153 septets or 70/67 UCS-2 units per segment. Characters of the extension table (^ { } [ ] ~ | \\ € and form feed) take two septets, those outside the Basic Multilingual Plane (most emoji) two units; neither is ever parted.',
  simpleResolvers: true,
})
class SmsParts {
  @Field(() => SmsEncodingEnum, { description: 'The alphabet.' })
  encoding!: SmsEncoding;

  @Field(() => Int, { description: 'Characters of the text (code points), as its limit of 1,000 counts them.' })
  characters!: number;

  @Field(() => Int, { description: 'What it takes in the encoding: septets with GSM_7, 16-bit units with UCS_2.' })
  units!: number;

  @Field(() => Int, { description: 'Segments that each client is sent; providers bill by the segment.' })
  segmentsPerMessage!: number;

  @Field(() => SafeIntScalar, { description: 'segmentsPerMessage for every reachable client.' })
  segmentsTotal!: number;

  @Field(() => [String], {
    description: 'The characters that force UCS_2, each once, in the order of the text. Empty: all are in the GSM alphabet.',
  })
  outsideGsm!: readonly string[];
}

@ObjectType({
  description: 'Whom a mailing would reach if it were created now and nothing changed before its start. Nothing is written.',
  simpleResolvers: true,
})
export class Audience implements DomainAudience {
  @Field(() => SafeIntScalar, { description: 'Clients that match the filter; the next three add up to it.' })
  matching!: number;

  @Field(() => SafeIntScalar, { description: 'Would get a message that can be sent.' })
  reachable!: number;

  @Field(() => SafeIntScalar, { description: 'Have opted out, whatever their window: would get no message.' })
  optedOut!: number;

  @Field(() => SafeIntScalar, {
    description: 'Their window never opens between startsAt and endsAt: their messages would be EXPIRED from the beginning.',
  })
  outsideWindow!: number;

  @Field(() => [AudienceTimeZone], {
    description: 'reachable and outsideWindow by time zone: the earliest opening first, those that never open last.',
  })
  timeZones!: readonly AudienceTimeZone[];

  @Field(() => SmsParts, { nullable: true, description: 'Parts of the text; null without text.' })
  sms!: SmsParts | null;
}
