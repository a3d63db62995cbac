// Queries and mutations of mailings, and what a mailing says beyond its record.
import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { MailingEventRecord } from '../database/mailing-event-queries.ts';
import type { MailingRecord, MessageRecord, StatisticsRecord } from '../database/records.ts';
import { CarillonError } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';
import type { MessageStatus } from '../domain/message.ts';
import type { Connection } from './connection.ts';
import { PageArgs, readPageArgs, toConnection } from './connection.ts';
import type { GraphqlContext } from './context.ts';
import { DeletePayload } from './delete-payload.ts';
import { isIdentifier } from './identifier.ts';
import { MailingEventConnection } from './mailing-event-types.ts';
import { listPageOfMailings } from './mailing-list.ts';
import {
  CreateMailingInput,
  Mailing,
  MailingConnection,
  MailingFilter,
  MailingPayload,
  MailingsArgs,
  RetryMessagesPayload,
  SendWindow,
  UpdateMailingInput,
} from './mailing-types.ts';
import { listMessagesOf } from './message-list.ts';
import { MessageConnection, MessagesArgs, MessageStatusEnum } from './message-types.ts';
import { MailingStatistics } from './statistics-types.ts';
import { refuseUnknownId, toPayload } from './user-error.ts';

const idDescription = 'Id of the mailing.';
/** Newest first: ids are given in the order in which things happen. */
const eventOrdering = { name: 'mailing events', instants: 0 };

@Resolver(() => Mailing)
export class MailingResolver {
  @Query(() => Mailing, { nullable: true, description: 'One mailing; null when there is none with this id.' })
  async mailing(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: idDescription }) id: string,
  ): Promise<MailingRecord | null> {
    if (!isIdentifier(id)) return null;
    context.trace.touch('mailingId', id);
    const mailing = await context.loaders.mailing(id);
    return mailing?.deleted === false ? mailing : null;
  }

  @Query(() => MailingConnection, {
    description: 'Mailings, page by page. Stable order with an id tie-break; a cursor stays valid while rows are added and deleted.',
  })
  async mailings(@Ctx() { reads }: GraphqlContext, @Args(() => MailingsArgs) args: MailingsArgs): Promise<Connection<MailingRecord>> {
    return listPageOfMailings(reads.database, args);
  }

  @FieldResolver(() => MailingFilter, { description: 'Which clients are sent to.' })
  filter(@Root() { operatorCodes, tags }: MailingRecord): MailingFilter {
    return { operatorCodes, tags };
  }

  @FieldResolver(() => SendWindow, {
    nullable: true,
    description: 'Local hours of each client in which sending is allowed; null: any time.',
  })
  sendWindow(@Root() { windowFrom, windowTo }: MailingRecord): SendWindow | null {
    return windowFrom === null || windowTo === null ? null : { from: windowFrom, to: windowTo };
  }

  @FieldResolver(() => MailingStatistics, { description: 'How far it is.' })
  statistics(@Ctx() context: GraphqlContext, @Root() mailing: MailingRecord): StatisticsRecord | Promise<StatisticsRecord> {
    // Not async: fifty promises for what a page has brought along would be waited for one after another.
    return mailing.statistics ?? loadStatistics(context, mailing.id);
  }

  @FieldResolver(() => MessageConnection, { description: "The mailing's messages, newest first." })
  async messages(
    @Ctx() context: GraphqlContext,
    @Root() mailing: MailingRecord,
    @Args(() => MessagesArgs) args: MessagesArgs,
  ): Promise<Connection<MessageRecord>> {
    return listMessagesOf(context, args, { mailingId: mailing.id });
  }

  @FieldResolver(() => MailingEventConnection, { description: 'What happened to it and who did it, newest first.' })
  async events(
    @Ctx() { loaders }: GraphqlContext,
    @Root() { id: mailingId }: MailingRecord,
    @Args(() => PageArgs) args: PageArgs,
  ): Promise<Connection<MailingEventRecord>> {
    const page = readPageArgs(args, eventOrdering);
    return toConnection(
      () => loaders.eventPage({ mailingId, page }),
      eventOrdering,
      () => loaders.eventCount(mailingId),
    );
  }

  @Mutation(() => MailingPayload, {
    description:
      'Starts at once when startsAt <= now < endsAt, else by itself at startsAt. Answers in constant time whatever the audience.',
  })
  async createMailing(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateMailingInput, { description: 'The mailing.' }) input: CreateMailingInput,
    @Arg('idempotencyKey', () => String, {
      nullable: true,
      description:
        'A word of your own, 1 to 200 characters: the same key and input again answer with the same mailing instead of sending twice.',
    })
    idempotencyKey?: string | null,
  ): Promise<MailingPayload> {
    return toMailingPayload(context, await context.operations.createMailing(input, idempotencyKey ?? null));
  }

  @Mutation(() => MailingPayload, {
    description:
      'Before the start everything may change. Once started: text, endsAt, sendWindow and ratePerSecond, for messages not yet sent.',
  })
  async updateMailing(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: idDescription }) id: string,
    @Arg('input', () => UpdateMailingInput, { description: 'What changes.' }) input: UpdateMailingInput,
    @Arg('expectedVersion', () => Int, {
      nullable: true,
      description: 'The version the change was made for: anything else is STALE_VERSION and writes nothing. Left out: any version.',
    })
    expectedVersion?: number | null,
  ): Promise<MailingPayload> {
    return changeMailing(context, id, () => context.operations.updateMailing(id, input, expectedVersion ?? null));
  }

  @Mutation(() => DeletePayload, { description: 'Stops sending, then removes the mailing and its messages from the API.' })
  async deleteMailing(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: idDescription }) id: string,
  ): Promise<DeletePayload> {
    if (isIdentifier(id)) context.trace.touch('mailingId', id);
    const result = isIdentifier(id) ? await context.operations.deleteMailing(id) : refuseUnknownId('id', 'mailing');
    const { value, userErrors } = toPayload(context.trace.noteRefusals(result));
    return { deletedId: value?.deletedId ?? null, userErrors };
  }

  @Mutation(() => MailingPayload, { description: 'Stops sending until it is resumed. Messages in flight keep their true outcome.' })
  async pauseMailing(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: idDescription }) id: string,
  ): Promise<MailingPayload> {
    return changeMailing(context, id, () => context.operations.pauseMailing(id));
  }

  @Mutation(() => MailingPayload, { description: 'Sends again after a pause.' })
  async resumeMailing(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: idDescription }) id: string,
  ): Promise<MailingPayload> {
    return changeMailing(context, id, () => context.operations.resumeMailing(id));
  }

  @Mutation(() => MailingPayload, { description: 'Stops for good: unsent messages become CANCELLED.' })
  async cancelMailing(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: idDescription }) id: string,
  ): Promise<MailingPayload> {
    return changeMailing(context, id, () => context.operations.cancelMailing(id));
  }

  @Mutation(() => RetryMessagesPayload, {
    description: 'Puts FAILED and UNCONFIRMED messages of a mailing that has not ended back to PENDING, under the same message ids.',
  })
  async retryMessages(
    @Ctx() context: GraphqlContext,
    @Arg('mailingId', () => ID, { description: idDescription }) mailingId: string,
    @Arg('statuses', () => [MessageStatusEnum], {
      defaultValue: [MessageStatusEnum.FAILED],
      description: 'Which messages: FAILED, UNCONFIRMED or both. Any other status is a GraphQL error with extensions.code BAD_USER_INPUT.',
    })
    statuses: MessageStatus[],
    @Arg('errorCodes', () => [String], {
      nullable: true,
      description:
        'Only messages that ended on one of these codes (lastError.code, as Mailing.errors lists them), 1 to 100; left out: whatever the code. An empty list, or a text that can be no code: a GraphQL error with extensions.code BAD_USER_INPUT.',
    })
    errorCodes?: string[] | null,
  ): Promise<RetryMessagesPayload> {
    if (isIdentifier(mailingId)) context.trace.touch('mailingId', mailingId);
    const result = isIdentifier(mailingId)
      ? await context.operations.retryMessages(mailingId, statuses, errorCodes ?? null)
      : refuseUnknownId('mailingId', 'mailing');
    const { value, userErrors } = toPayload(context.trace.noteRefusals(result));
    return { retried: value?.retried ?? 0, userErrors };
  }
}

async function loadStatistics({ loaders }: GraphqlContext, mailingId: string): Promise<StatisticsRecord> {
  const statistics = await loaders.statistics(mailingId);
  if (statistics === null) throw new CarillonError('NOT_FOUND', 'the mailing was removed while it was being read');
  return statistics;
}

/** The change, or NOT_FOUND for an id that nothing can have. */
async function changeMailing(context: GraphqlContext, id: string, change: () => Promise<Result<MailingRecord>>): Promise<MailingPayload> {
  if (!isIdentifier(id)) return toMailingPayload(context, refuseUnknownId('id', 'mailing'));
  context.trace.touch('mailingId', id);
  return toMailingPayload(context, await change());
}

function toMailingPayload({ trace }: GraphqlContext, result: Result<MailingRecord>): MailingPayload {
  const { value: mailing, userErrors } = toPayload(trace.noteRefusals(result));
  if (mailing !== null) trace.touch('mailingId', mailing.id);
  return { mailing, userErrors };
}
