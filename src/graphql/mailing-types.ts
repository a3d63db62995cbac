// Mailings in the API: what one is, how one is given, and how lists of them are filtered.
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { MailingFilter as MailingListFilter, MailingOrder } from '../database/mailing-list-queries.ts';
import type { MailingRecord } from '../database/records.ts';
import type { UserError as DomainUserError } from '../domain/errors.ts';
import type { MailingChangesInput, MailingStatus, NewMailingInput } from '../domain/mailing.ts';
import { makeConnectionType, PageArgs } from './connection.ts';
import { defineEnum } from './enumeration.ts';
import { DateTimeScalar, SafeIntScalar } from './scalars.ts';
import { UserError, userErrorsDescription } from './user-error.ts';

const textDescription = '1 to 1,000 characters, sent as it is.';
const sendWindowDescription = 'Local hours of each client in which sending is allowed; null: any time.';
const rateDescription = "Cap for this mailing, messages per second over all workers; null: only the provider's cap.";

export const MailingStatusEnum = defineEnum<MailingStatus>('MailingStatus', 'Where a mailing stands. COMPLETED and CANCELLED are final.', {
  SCHEDULED: 'Waits for startsAt; everything about it may change.',
  RUNNING: 'Recipients were selected; messages are sent, or wait for their windows.',
  PAUSED: 'A person stopped the sending; it can be resumed until endsAt.',
  COMPLETED: 'Over: no message is PENDING.',
  CANCELLED: 'A person stopped it for good.',
});

@ObjectType({
  description:
    'A client matches when its operator code is listed (or none are listed) AND its tag is listed (or none are listed). Tags compare exactly.',
  simpleResolvers: true,
})
export class MailingFilter {
  @Field(() => [String], { description: 'Operator codes that match; empty: any.' })
  operatorCodes!: readonly string[];

  @Field(() => [String], { description: 'Tags that match; empty: any, also none.' })
  tags!: readonly string[];
}

@InputType({ description: 'Which clients are sent to. Operator codes that are not three digits: INVALID_FILTER.' })
export class MailingFilterInput {
  @Field(() => [String], { defaultValue: [], description: 'Operator codes that match; empty: any.' })
  operatorCodes!: string[];

  @Field(() => [String], { defaultValue: [], description: 'Tags that match; empty: any, also none.' })
  tags!: string[];
}

const windowDescription = 'Wall-clock HH:MM of the client, from <= t < to. from > to spans midnight. from = to is refused.';

@ObjectType({ description: windowDescription, simpleResolvers: true })
export class SendWindow {
  @Field(() => String, { description: 'Opens at this local time, HH:MM.' })
  from!: string;

  @Field(() => String, { description: 'Closes at this local time, HH:MM.' })
  to!: string;
}

@InputType({ description: windowDescription })
export class SendWindowInput {
  @Field(() => String, { description: 'Opens at this local time, HH:MM.' })
  from!: string;

  @Field(() => String, { description: 'Closes at this local time, HH:MM.' })
  to!: string;
}

/** The fields that stand in the record under the same name; MailingResolver adds the others. */
@ObjectType({ description: 'One text to every client that matches a filter, sent between two instants.', simpleResolvers: true })
export class Mailing implements Partial<MailingRecord> {
  @Field(() => ID, { description: 'Given by the service; never used again.' })
  id!: string;

  @Field(() => String, { description: textDescription })
  text!: string;

  @Field(() => DateTimeScalar, { description: 'Sending begins at this instant by itself.' })
  startsAt!: number;

  @Field(() => DateTimeScalar, {
    description: 'No request is started that could still be running at this instant, and nothing is sent after it.',
  })
  endsAt!: number;

  @Field(() => Int, { nullable: true, description: rateDescription })
  ratePerSecond!: number | null;

  @Field(() => MailingStatusEnum, { description: 'Where it stands.' })
  status!: MailingStatus;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the first recipients were selected; null: not launched.' })
  startedAt!: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was completed or cancelled; null before.' })
  finishedAt!: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When its messages were removed (RETENTION_DAYS): they are in no list, while statistics count them as they ended. null: they are there.',
  })
  messagesRemovedAt!: number | null;

  @Field(() => DateTimeScalar, { description: 'When it was created.' })
  createdAt!: number;

  @Field(() => DateTimeScalar, { description: 'When a person last changed it, or its status last changed.' })
  updatedAt!: number;

  @Field(() => Int, { description: 'Grows with every change; give it as expectedVersion to overwrite nobody.' })
  version!: number;
}

export const MailingConnection = makeConnectionType(() => Mailing, 'Mailing');

@InputType({ description: 'A mailing to be created.' })
export class CreateMailingInput implements NewMailingInput {
  @Field(() => String, { description: textDescription })
  text!: string;

  @Field(() => MailingFilterInput, {
    defaultValue: { operatorCodes: [], tags: [] },
    description: 'Which clients are sent to; everybody when left out.',
  })
  filter!: MailingFilterInput;

  @Field(() => DateTimeScalar, { description: 'Sending begins at this instant; in the past: at once.' })
  startsAt!: number;

  @Field(() => DateTimeScalar, { description: 'After startsAt and in the future.' })
  endsAt!: number;

  @Field(() => SendWindowInput, { nullable: true, description: sendWindowDescription })
  sendWindow?: SendWindowInput | null | undefined;

  @Field(() => Int, { nullable: true, description: `${rateDescription} 1 to 1,000,000.` })
  ratePerSecond?: number | null | undefined;
}

@InputType({ description: 'Changes to a mailing. A field left out stays; null clears sendWindow and ratePerSecond.' })
export class UpdateMailingInput implements MailingChangesInput {
  @Field(() => String, { nullable: true, description: textDescription })
  text?: string | null | undefined;

  @Field(() => MailingFilterInput, {
    nullable: true,
    description: 'Which clients are sent to: replaces the whole filter. Before the start only.',
  })
  filter?: MailingFilterInput | null | undefined;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Sending begins at this instant. Before the start only.' })
  startsAt?: number | null | undefined;

  @Field(() => DateTimeScalar, { nullable: true, description: 'After startsAt and in the future.' })
  endsAt?: number | null | undefined;

  @Field(() => SendWindowInput, { nullable: true, description: sendWindowDescription })
  sendWindow?: SendWindowInput | null | undefined;

  @Field(() => Int, { nullable: true, description: `${rateDescription} 1 to 1,000,000.` })
  ratePerSecond?: number | null | undefined;
}

@InputType({ description: 'Which mailings: all that is given must hold. null and an empty list do not restrict.' })
export class MailingWhere implements MailingListFilter {
  @Field(() => [MailingStatusEnum], { nullable: true, description: 'In one of these statuses.' })
  statuses?: MailingStatus[] | null | undefined;

  @Field(() => DateTimeScalar, { nullable: true, description: 'startsAt is later than this instant.' })
  startsAfter?: number | null | undefined;

  @Field(() => DateTimeScalar, { nullable: true, description: 'startsAt is earlier than this instant.' })
  startsBefore?: number | null | undefined;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'endsAt is later than this instant: with startsBefore, the mailings whose period meets a span of time.',
  })
  endsAfter?: number | null | undefined;

  @Field(() => DateTimeScalar, { nullable: true, description: 'endsAt is earlier than this instant.' })
  endsBefore?: number | null | undefined;
}

const MailingOrderEnum = defineEnum<MailingOrder>('MailingOrder', 'Order of a list of mailings; mailings of one instant by id.', {
  CREATED_AT_ASC: 'Oldest first.',
  CREATED_AT_DESC: 'Newest first.',
  STARTS_AT_ASC: 'By startsAt, earliest first.',
  STARTS_AT_DESC: 'By startsAt, latest first.',
});

@ArgsType()
export class MailingsArgs extends PageArgs {
  @Field(() => MailingWhere, { nullable: true, description: 'Which mailings; all when left out.' })
  where?: MailingWhere | null;

  @Field(() => MailingOrderEnum, { defaultValue: MailingOrderEnum.CREATED_AT_DESC, description: 'In which order.' })
  orderBy!: MailingOrder;
}

@ObjectType({ description: 'The answer of a mutation of one mailing.', simpleResolvers: true })
export class MailingPayload {
  @Field(() => Mailing, { nullable: true, description: 'The mailing as it is now; null with userErrors.' })
  mailing!: MailingRecord | null;

  @Field(() => [UserError], { description: userErrorsDescription })
  userErrors!: readonly DomainUserError[];
}

@ObjectType({ description: 'The answer of retryMessages.', simpleResolvers: true })
export class RetryMessagesPayload {
  @Field(() => SafeIntScalar, { description: 'Messages that are PENDING again.' })
  retried!: number;

  @Field(() => [UserError], { description: userErrorsDescription })
  userErrors!: readonly DomainUserError[];
}
