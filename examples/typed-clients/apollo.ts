// Watches a mailing with Apollo Client: node examples/typed-clients/apollo.ts MAILING_ID
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client/core';
import { SetContextLink } from '@apollo/client/link/context';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { authorize, connection, httpUrl, wait } from './connection.ts';
import { MailingToWatchDocument, WatchMailingDocument } from './generated/graphql.ts';
import { isOver, printState } from './mailing-state.ts';
import type { MailingState } from './mailing-state.ts';

const overHttp = ApolloLink.from([new SetContextLink(async () => ({ headers: await authorize() })), new HttpLink({ uri: httpUrl })]);
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, new GraphQLWsLink(connection), overHttp),
});

/** Prints every state until the mailing is over, through restarts of the service. */
async function watchMailing(id: string): Promise<void> {
  for (;;) {
    const last = await followMailing(id);
    if (last !== null && isOver(last)) return;
    await wait(1_000);
  }
}

/** One subscription, until the service completes it: the last state; null when there was none. */
async function followMailing(id: string): Promise<MailingState | null> {
  let last: MailingState | null = null;
  await client.subscribe({ query: WatchMailingDocument, variables: { id }, fetchPolicy: 'no-cache' }).forEach(({ data, error }) => {
    if (CombinedGraphQLErrors.is(error) && error.errors.some(({ extensions }) => extensions?.['code'] === 'SERVICE_UNAVAILABLE')) return;
    if (error) throw new Error(error.message, { cause: error });
    if (data) printState((last = data.mailingStatistics));
  });
  return last;
}

const [id = ''] = process.argv.slice(2);
const { data } = await client.query({ query: MailingToWatchDocument, variables: { id } });
if (!data?.mailing) throw new Error(`there is no mailing ${id}`);
console.log(`watching "${data.mailing.text}"`);
await watchMailing(id);
