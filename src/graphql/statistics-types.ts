// Counts in the API: of one mailing, and over everything.
import { Field, ID, ObjectType } from 'type-graphql';
import type { StatisticsRecord } from '../database/records.ts';
import type { TotalsRecord } from '../database/statistics-queries.ts';
import type { MailingStatus } from '../domain/mailing.ts';
import { MailingStatusEnum } from './mailing-types.ts';
import { DateTimeScalar, SafeIntScalar } from './scalars.ts';

const sumDescription = 'total = pending + sent + failed + expired + cancelled + unconfirmed, in every state ever pushed or read.';

@ObjectType({ description: sumDescription, simpleResolvers: true })
export class MessageCounts {
  @Field(() => SafeIntScalar, { description: 'All messages made so far.' })
  total!: number;

  @Field(() => SafeIntScalar, { description: "Waiting: for their turn, for the client's window, or for a retry." })
  pending!: number;

  @Field(() => SafeIntScalar, { description: 'Accepted by the provider.' })
  sent!: number;

  @Field(() => SafeIntScalar, { description: 'Refused for good by the provider.' })
  failed!: number;

  @Field(() => SafeIntScalar, { description: 'The mailing or its windows ended before they could be sent.' })
  expired!: number;

  @Field(() => SafeIntScalar, { description: 'Stopped by a person.' })
  cancelled!: number;

  @Field(() => SafeIntScalar, { description: 'The mailing ended while the last answer was ambiguous.' })
  unconfirmed!: number;
}

@ObjectType({ description: `How far a mailing is. ${sumDescription}`, simpleResolvers: true })
export class MailingStatistics extends MessageCounts implements StatisticsRecord {
  @Field(() => ID, { description: 'Id of the mailing.' })
  mailingId!: string;

  @Field(() => MailingStatusEnum, { description: 'Status of the mailing in this state.' })
  mailingStatus!: MailingStatus;

  @Field(() => SafeIntScalar, { description: 'Grows with every change.' })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When this state came about.' })
  updatedAt!: number;
}

@ObjectType({ description: 'Mailings by status, without deleted ones; total is their sum.', simpleResolvers: true })
class MailingCounts {
  @Field(() => SafeIntScalar, { description: 'All mailings.' })
  total!: number;

  @Field(() => SafeIntScalar, { description: 'Waiting for startsAt.' })
  scheduled!: number;

  @Field(() => SafeIntScalar, { description: 'Being sent.' })
  running!: number;

  @Field(() => SafeIntScalar, { description: 'Stopped until they are resumed.' })
  paused!: number;

  @Field(() => SafeIntScalar, { description: 'Over.' })
  completed!: number;

  @Field(() => SafeIntScalar, { description: 'Stopped for good.' })
  cancelled!: number;
}

@ObjectType({ description: 'Totals over everything that is not deleted, in one snapshot.', simpleResolvers: true })
export class Statistics implements TotalsRecord {
  @Field(() => SafeIntScalar, { description: 'Clients in the directory.' })
  clients!: number;

  @Field(() => MailingCounts, { description: 'Mailings by status.' })
  mailings!: MailingCounts;

  @Field(() => MessageCounts, { description: 'Messages by status.' })
  messages!: MessageCounts;
}
