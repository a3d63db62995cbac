// A mailing's history in the API.
import { Field, ID, ObjectType } from 'type-graphql';
import type { MailingEventRecord } from '../database/mailing-event-queries.ts';
import type { MailingEventKind, MailingField } from '../domain/mailing-event.ts';
import { makeConnectionType } from './connection.ts';
import { defineEnum } from './enumeration.ts';
import { DateTimeScalar, SafeIntScalar } from './scalars.ts';

const MailingEventKindEnum = defineEnum<MailingEventKind>('MailingEventKind', 'What happened to a mailing.', {
  CREATED: 'It was created.',
  EDITED: 'Something about it was changed: see fields.',
  STARTED: 'Its start had come: the first recipients were selected.',
  PAUSED: 'A person stopped the sending.',
  RESUMED: 'A person let the sending go on.',
  CANCELLED: 'A person stopped it for good.',
  COMPLETED: 'No message was PENDING any more. More than once when messages were retried afterwards.',
  MESSAGES_RETRIED: 'A person put messages back to PENDING: see retried.',
});

@ObjectType({ description: "One entry of a mailing's history. It is deleted with its mailing.", simpleResolvers: true })
class MailingEvent implements MailingEventRecord {
  @Field(() => ID, { description: 'Given by the service; never used again.' })
  id!: string;

  @Field(() => MailingEventKindEnum, { description: 'What happened.' })
  kind!: MailingEventKind;

  @Field(() => String, {
    nullable: true,
    description: "The claim sub of the caller's token; null: it happened by itself, or the service runs without authentication.",
  })
  actor!: string | null;

  @Field(() => DateTimeScalar, { description: 'When.' })
  at!: number;

  @Field(() => [String], {
    nullable: true,
    description: 'Of EDITED: what has changed, by the names of UpdateMailingInput. null for other kinds.',
  })
  fields!: readonly MailingField[] | null;

  @Field(() => SafeIntScalar, { nullable: true, description: 'Of MESSAGES_RETRIED: how many messages. null for other kinds.' })
  retried!: number | null;
}

export const MailingEventConnection = makeConnectionType(() => MailingEvent, 'MailingEvent');
