// Watches a mailing with urql: node examples/typed-clients/urql.ts MAILING_ID
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import type { ExecutionResult } from '@urql/core';
import { authorize, connection, httpUrl, wait } from './connection.ts';
import { MailingToWatchDocument, WatchMailingDocument } from './generated/graphql.ts';
import { isOver, printState } from './mailing-state.ts';
import type { MailingState } from './mailing-state.ts';

const client = new Client({
  url: httpUrl,
  preferGetMethod: false,
  fetch: async (url, init) => fetch(url, { ...init, headers: [...new Headers(init?.headers), ...Object.entries(await authorize())] }),
  exchanges: [
    subscriptionExchange({
      forwardSubscription: ({ query = '', variables }) => ({
        subscribe: ({ next, error, complete }) => ({
          unsubscribe: connection.subscribe(
            { query, variables },
            {
              // The same results, declared a little differently.
              next: (result) => next(result as ExecutionResult),
              error,
              // urql shows the end as a last result without hasNext, but only after another one: this makes it certain.
              complete: () => (next({ data: null, hasNext: false }), complete()),
            },
          ),
        }),
      }),
    }),
    fetchExchange,
  ],
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
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { unsubscribe } = client.subscription(WatchMailingDocument, { id }).subscribe(({ data, error, hasNext }) => {
    if (error?.graphQLErrors.some(({ extensions }) => extensions['code'] === 'SERVICE_UNAVAILABLE')) resolve();
    else if (error) reject(error);
    else if (!hasNext) resolve();
    else if (data) printState((last = data.mailingStatistics));
  });
  await promise.finally(unsubscribe);
  return last;
}

const [id = ''] = process.argv.slice(2);
const { data, error } = await client.query(MailingToWatchDocument, { id });
if (error) throw error;
if (!data?.mailing) throw new Error(`there is no mailing ${id}`);
console.log(`watching "${data.mailing.text}"`);
await watchMailing(id);
