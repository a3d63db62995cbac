// Live pages: a mailing with all that belongs to it, a client, pages of their lists, and the provider. The feeds say when to look; what is
// shown is read then, by this event's own loaders, so a push is never older than the one before it.
import { Arg, Args, Ctx, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { ProviderState } from '../database/gate-queries.ts';
import type { ClientMark, MailingMark } from '../database/mark-queries.ts';
import type { ClientRecord, MailingRecord } from '../database/records.ts';
import { CarillonError } from '../domain/errors.ts';
import { checkClientPage, listPageOfClients } from './client-list.ts';
import { Client, ClientConnection, ClientsArgs } from './client-types.ts';
import type { Connection } from './connection.ts';
import type { GraphqlContext } from './context.ts';
import { isIdentifier } from './identifier.ts';
import { checkMailingPage, listPageOfMailings } from './mailing-list.ts';
import { Mailing, MailingConnection, MailingsArgs } from './mailing-types.ts';
import { Provider } from './provider-types.ts';

@Resolver()
export class LiveResolver {
  @Subscription(() => Mailing, {
    name: 'mailing',
    description:
      'The mailing as it is at once, then after every change of it or of its counters, at most once a second; while it is RUNNING or PAUSED also when only rates and hours have changed, within seconds. What would read as before is not sent again. Completes after its final state, or when it is deleted. Unknown: an error with extensions.code NOT_FOUND.',
    subscribe: ({ context, args: { id } }: { context: GraphqlContext; args: { id: string } }) => {
      if (isIdentifier(id)) context.trace.touch('mailingId', id);
      return context.live.mailing(id);
    },
  })
  async liveMailing(
    @Ctx() { loaders }: GraphqlContext,
    @Root() { mailingId }: MailingMark,
    @Arg('id', () => ID, { description: 'Id of the mailing.' }) _id: string,
  ): Promise<MailingRecord> {
    const mailing = await loaders.mailing(mailingId);
    if (mailing?.deleted !== false) throw new CarillonError('NOT_FOUND', 'the mailing was deleted while it was being read');
    return mailing;
  }

  @Subscription(() => MailingConnection, {
    name: 'mailings',
    description:
      'A page of mailings as the query gives it, at once, then after every change of a mailing that shows on it, at most once a second; while some are RUNNING or PAUSED also when only rates and hours have changed, within seconds. What would read as before is not sent again. Never completes.',
    subscribe: ({ context, args }: { context: GraphqlContext; args: MailingsArgs }) => {
      checkMailingPage(args);
      return context.live.mailings();
    },
  })
  async liveMailings(@Ctx() { reads }: GraphqlContext, @Args(() => MailingsArgs) args: MailingsArgs): Promise<Connection<MailingRecord>> {
    return listPageOfMailings(reads.database, args);
  }

  @Subscription(() => Client, {
    name: 'client',
    description:
      'The client as it is at once, then after every change of it, at most once a second. Its messages are read with it; a change of theirs does not bring it about. Completes when it is deleted. Unknown: an error with extensions.code NOT_FOUND.',
    subscribe: ({ context, args: { id } }: { context: GraphqlContext; args: { id: string } }) => {
      if (isIdentifier(id)) context.trace.touch('clientId', id);
      return context.live.client(id);
    },
  })
  async liveClient(
    @Ctx() { loaders }: GraphqlContext,
    @Root() { clientId }: ClientMark,
    @Arg('id', () => ID, { description: 'Id of the client.' }) _id: string,
  ): Promise<ClientRecord> {
    const client = await loaders.client(clientId);
    if (client === null) throw new CarillonError('NOT_FOUND', 'the client was deleted while it was being read');
    return client;
  }

  @Subscription(() => ClientConnection, {
    name: 'clients',
    description:
      'A page of clients as the query gives it, at once, then after every change of a client that shows on it, at most once a second. What would read as before is not sent again. Never completes. Asked for totalCount, it counts the list anew after every change of any client: leave it out where the list is long.',
    subscribe: ({ context, args }: { context: GraphqlContext; args: ClientsArgs }) => {
      checkClientPage(args);
      return context.live.clients();
    },
  })
  async liveClients(@Ctx() { reads }: GraphqlContext, @Args(() => ClientsArgs) args: ClientsArgs): Promise<Connection<ClientRecord>> {
    return listPageOfClients(reads.database, args);
  }

  @Subscription(() => Provider, {
    name: 'provider',
    description: 'The state of the provider at once, then every later one; never completes.',
    subscribe: ({ context }: { context: GraphqlContext }) => context.live.provider(),
  })
  liveProvider(@Ctx() { reads }: GraphqlContext, @Root() state: ProviderState): Provider {
    return { ...state, ratePerSecond: reads.providerRate };
  }
}
