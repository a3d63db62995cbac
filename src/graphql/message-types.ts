// Messages in the API: made by the service, read-only.
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { MessageRecord } from '../database/records.ts';
import type { MessageStatus } from '../domain/message.ts';
import { explanationDescription } from './delivery-types.ts';
import { makeConnectionType, PageArgs } from './connection.ts';
import { defineEnum } from './enumeration.ts';
import { DateTimeScalar } from './scalars.ts';

export const MessageStatusEnum = defineEnum<MessageStatus>('MessageStatus', 'Where a message stands. Every status but PENDING is final.', {
  PENDING: "Waiting: for its turn, for the client's window, or for a retry.",
  SENT: 'Accepted by the provider.',
  FAILED: 'Refused for good by the provider.',
  EXPIRED: "The mailing ended, or the client's window never opened, before it could be sent; no request could have been accepted.",
  CANCELLED: 'Stopped by a person: mailing cancelled, client deleted or opted out.',
  UNCONFIRMED: 'The mailing ended while the last answer was ambiguous: the provider may have accepted it.',
});

@ObjectType({ description: 'Why the last attempt was not an acceptance.', simpleResolvers: true })
export class MessageError {
  @Field(() => String, { description: 'Stable word, e.g. TIMEOUT, CONNECTION, HTTP_500, REJECTED, BAD_RESPONSE.' })
  code!: string;

  @Field(() => String, { description: 'In words.' })
  message!: string;

  @Field(() => String, { description: explanationDescription })
  explanation!: string;

  @Field(() => DateTimeScalar, { description: 'When the attempt ended.' })
  at!: number;
}

/** The fields that stand in the record under the same name; MessageResolver adds the others. */
@ObjectType({ description: 'One text to one client: one per mailing and client.', simpleResolvers: true })
export class Message implements Partial<MessageRecord> {
  @Field(() => ID, { description: "A 64-bit integer; it is the provider's msgId, the same on every attempt." })
  id!: string;

  @Field(() => String, { nullable: true, description: 'The phone it goes to, or went to; null once the client is deleted.' })
  phone!: string | null;

  @Field(() => MessageStatusEnum, { description: 'Where it stands.' })
  status!: MessageStatus;

  @Field(() => Int, { description: 'Requests started so far.' })
  attempts!: number;

  @Field(() => DateTimeScalar, { description: 'When it was made: its client was selected for the mailing.' })
  createdAt!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'While PENDING: not before this instant (window opening or retry).' })
  dueAt!: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it reached its final status; null while PENDING.' })
  finishedAt!: number | null;
}

export const MessageConnection = makeConnectionType(() => Message, 'Message');

@InputType({ description: 'Which messages: all that is given must hold. null and an empty list do not restrict.' })
export class MessageWhere {
  @Field(() => [MessageStatusEnum], {
    nullable: true,
    description:
      'In one of these statuses. PENDING, FAILED and UNCONFIRMED are found at once, however few. For SENT, EXPIRED and CANCELLED the messages of a mailing are walked from the newest: while a huge mailing has only a few of them, that takes the longer the more messages it has.',
  })
  statuses?: MessageStatus[] | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'Ended unsent (FAILED, UNCONFIRMED or EXPIRED) with one of these codes in lastError, e.g. REJECTED. Messages that are PENDING or were SENT after an error are not among them.',
  })
  errorCodes?: string[] | null;

  @Field(() => ID, { nullable: true, description: 'Of this mailing. An unknown id matches nothing.' })
  mailingId?: string | null;

  @Field(() => ID, { nullable: true, description: 'To this client. An unknown id matches nothing.' })
  clientId?: string | null;
}

@ArgsType()
export class MessagesArgs extends PageArgs {
  @Field(() => MessageWhere, { nullable: true, description: 'Which messages; all when left out.' })
  where?: MessageWhere | null;
}
