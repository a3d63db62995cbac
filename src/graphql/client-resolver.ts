// Queries and mutations of clients, and the messages of a client.
import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { ClientRecord, MessageRecord } from '../database/records.ts';
import type { Result } from '../domain/errors.ts';
import { listPageOfClients } from './client-list.ts';
import {
  Client,
  ClientConnection,
  ClientPayload,
  ClientsArgs,
  CreateClientInput,
  ImportClientsPayload,
  ImportConflictEnum,
  UpdateClientInput,
} from './client-types.ts';
import type { Connection } from './connection.ts';
import type { GraphqlContext } from './context.ts';
import { DeletePayload } from './delete-payload.ts';
import { isIdentifier } from './identifier.ts';
import { listMessagesOf } from './message-list.ts';
import { MessageConnection, MessagesArgs } from './message-types.ts';
import type { ImportConflict, ImportOutcome } from './operations.ts';
import { refuseUnknownId, toPayload } from './user-error.ts';

const idDescription = 'Id of the client.';
const expectedVersionDescription =
  'The version the change was made for: anything else is STALE_VERSION and writes nothing. Left out: any version.';

@Resolver(() => Client)
export class ClientResolver {
  @Query(() => Client, { nullable: true, description: 'One client; null when there is none with this id.' })
  async client(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: idDescription }) id: string,
  ): Promise<ClientRecord | null> {
    if (!isIdentifier(id)) return null;
    context.trace.touch('clientId', id);
    return context.loaders.client(id);
  }

  @Query(() => ClientConnection, {
    description: 'Clients, page by page. Stable order with an id tie-break; a cursor stays valid while rows are added and deleted.',
  })
  async clients(@Ctx() { reads }: GraphqlContext, @Args(() => ClientsArgs) args: ClientsArgs): Promise<Connection<ClientRecord>> {
    return listPageOfClients(reads.database, args);
  }

  @FieldResolver(() => MessageConnection, { description: "The client's messages, newest first." })
  async messages(
    @Ctx() context: GraphqlContext,
    @Root() client: ClientRecord,
    @Args(() => MessagesArgs) args: MessagesArgs,
  ): Promise<Connection<MessageRecord>> {
    return listMessagesOf(context, args, { clientId: client.id });
  }

  @Mutation(() => ClientPayload, { description: 'Adds a client to the directory.' })
  async createClient(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateClientInput, { description: 'The client.' }) input: CreateClientInput,
    @Arg('idempotencyKey', () => String, {
      nullable: true,
      description:
        'A word of your own, 1 to 200 characters: the same key and input again answer with the same client instead of making another.',
    })
    idempotencyKey?: string | null,
  ): Promise<ClientPayload> {
    return toClientPayload(context, await context.operations.createClient(input, idempotencyKey ?? null));
  }

  @Mutation(() => ClientPayload, {
    description: 'Only the given fields change. With expectedVersion, a client changed since then is left alone (STALE_VERSION).',
  })
  async updateClient(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: idDescription }) id: string,
    @Arg('input', () => UpdateClientInput, { description: 'What changes.' }) input: UpdateClientInput,
    @Arg('expectedVersion', () => Int, { nullable: true, description: expectedVersionDescription }) expectedVersion?: number | null,
  ): Promise<ClientPayload> {
    if (!isIdentifier(id)) return toClientPayload(context, refuseUnknownId('id', 'client'));
    context.trace.touch('clientId', id);
    return toClientPayload(context, await context.operations.updateClient(id, input, expectedVersion ?? null));
  }

  @Mutation(() => DeletePayload, {
    description: 'Removes a client. Unsent messages to the client become CANCELLED; its past messages stay, without client and phone.',
  })
  async deleteClient(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: idDescription }) id: string,
  ): Promise<DeletePayload> {
    if (isIdentifier(id)) context.trace.touch('clientId', id);
    const result = isIdentifier(id) ? await context.operations.deleteClient(id) : refuseUnknownId('id', 'client');
    const { value, userErrors } = toPayload(context.trace.noteRefusals(result));
    return { deletedId: value?.deletedId ?? null, userErrors };
  }

  @Mutation(() => ImportClientsPayload, {
    complexity: 100,
    description:
      'Up to 1,000 rows, matched by phone. Good rows are written, bad rows are reported by their position (from 0); nothing is lost silently. More rows: a GraphQL error with extensions.code TOO_MANY_ROWS, nothing written.',
  })
  async importClients(
    @Ctx() { operations }: GraphqlContext,
    @Arg('clients', () => [CreateClientInput], { description: 'The rows.' }) clients: CreateClientInput[],
    @Arg('onConflict', () => ImportConflictEnum, {
      defaultValue: ImportConflictEnum.UPDATE,
      description: 'What happens to a phone that is in the directory.',
    })
    onConflict: ImportConflict,
  ): Promise<ImportOutcome> {
    return operations.importClients(clients, onConflict);
  }
}

function toClientPayload({ trace }: GraphqlContext, result: Result<ClientRecord>): ClientPayload {
  const { value: client, userErrors } = toPayload(trace.noteRefusals(result));
  if (client !== null) trace.touch('clientId', client.id);
  return { client, userErrors };
}
