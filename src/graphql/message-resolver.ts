// Queries of messages, and what a message says beyond its record.
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { ClientRecord, MailingRecord, MessageRecord } from '../database/records.ts';
import { CarillonError } from '../domain/errors.ts';
import { meaningOf } from '../domain/error-code.ts';
import { Client } from './client-types.ts';
import type { Connection } from './connection.ts';
import type { GraphqlContext } from './context.ts';
import { isIdentifier } from './identifier.ts';
import { Mailing } from './mailing-types.ts';
import { listMessagesOf } from './message-list.ts';
import { Message, MessageConnection, MessageError, MessagesArgs } from './message-types.ts';
import { DateTimeScalar } from './scalars.ts';

@Resolver(() => Message)
export class MessageResolver {
  @Query(() => Message, { nullable: true, description: 'One message; null when there is none with this id.' })
  async message(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: 'Id of the message.' }) id: string,
  ): Promise<MessageRecord | null> {
    if (!isIdentifier(id)) return null;
    context.trace.touch('messageId', id);
    return context.loaders.message(id);
  }

  @Query(() => MessageConnection, {
    description: 'Messages, page by page, newest first. Stable order; a cursor stays valid while messages are added and removed.',
  })
  async messages(@Ctx() context: GraphqlContext, @Args(() => MessagesArgs) args: MessagesArgs): Promise<Connection<MessageRecord>> {
    return listMessagesOf(context, args, {});
  }

  @FieldResolver(() => Mailing, { description: 'The mailing it belongs to.' })
  async mailing(@Ctx() { loaders }: GraphqlContext, @Root() message: MessageRecord): Promise<MailingRecord> {
    const mailing = await loaders.mailing(message.mailingId);
    if (mailing === null) throw new CarillonError('NOT_FOUND', 'the mailing was removed while its messages were being read');
    return mailing;
  }

  @FieldResolver(() => Client, { nullable: true, description: 'The client it goes to; null once the client is deleted.' })
  async client(@Ctx() { loaders }: GraphqlContext, @Root() message: MessageRecord): Promise<ClientRecord | null> {
    return message.clientId === null ? null : loaders.client(message.clientId);
  }

  @FieldResolver(() => DateTimeScalar, { nullable: true, description: 'When the provider accepted it.' })
  sentAt(@Root() message: MessageRecord): number | null {
    return message.status === 'SENT' ? message.finishedAt : null;
  }

  @FieldResolver(() => MessageError, {
    nullable: true,
    description: 'Why the last attempt that was not an acceptance failed; null when there was none.',
  })
  lastError(@Root() { errorCode, errorMessage, errorAt }: MessageRecord): MessageError | null {
    if (errorCode === null || errorAt === null) return null;
    return { code: errorCode, message: errorMessage ?? '', explanation: meaningOf(errorCode).explanation, at: errorAt };
  }
}
