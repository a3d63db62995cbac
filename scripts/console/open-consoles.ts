// A process that holds the subscriptions of so many open consoles, each on a socket of its own, as browsers would: on the overview, on the
// list of mailings and on the mailing's own screen in turn. `node scripts/console/open-consoles.ts URL COUNT MAILING_ID` opens them at a
// line {"open":true} of its input, closes them at {"open":false}, and answers when each has had a first answer, or is closed. Ends by SIGTERM.
import { createInterface } from 'node:readline';
import { print } from 'graphql';
import type { DocumentNode } from 'graphql';
import { createClient } from 'graphql-ws';
import type { Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import {
  MailingCountsLiveDocument,
  MailingLiveDocument,
  MailingsPageDocument,
  OverviewMailingsDocument,
  ProviderStateDocument,
  TotalsDocument,
} from '../../web/src/api/generated/graphql.ts';
import { lateVariables, nextVariables, runningVariables } from '../../web/src/overview/selections.ts';

type Subscription = readonly [document: DocumentNode, variables: Readonly<Record<string, unknown>>];

const [url = '', count = '', mailingId = ''] = process.argv.slice(2);
/** On every screen, once by the frame and once more by the screen itself where that has it. */
const provider: Subscription = [ProviderStateDocument, {}];
const screens: readonly (readonly Subscription[])[] = [
  [
    provider,
    provider,
    provider,
    [TotalsDocument, {}],
    [OverviewMailingsDocument, runningVariables],
    [OverviewMailingsDocument, runningVariables],
    [OverviewMailingsDocument, nextVariables],
    [OverviewMailingsDocument, lateVariables(Date.now())],
  ],
  [provider, [MailingsPageDocument, { first: 20, after: null, where: {}, orderBy: 'CREATED_AT_DESC' }]],
  [provider, provider, provider, [MailingLiveDocument, { id: mailingId }], [MailingCountsLiveDocument, { mailingId }]],
];
let clients: readonly Client[] = [];

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { open } = JSON.parse(line) as { readonly open: boolean };
  if (open)
    clients = await Promise.all(Array.from({ length: Number(count) }, async (_, at) => openConsole(screens[at % screens.length] ?? [])));
  else await Promise.all(clients.map(async (client) => client.dispose()));
  console.log(JSON.stringify({ answer: open }));
}

/** Once everything on it has been answered. */
async function openConsole(subscriptions: readonly Subscription[]): Promise<Client> {
  const client = createClient({ url: `${url.replace(/^http/, 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
  await Promise.all(
    subscriptions.map(async ([document, variables]) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      client.subscribe(
        { query: print(document), variables },
        {
          next: ({ errors }) => (errors === undefined ? resolve() : reject(new Error(JSON.stringify(errors)))),
          error: (fault) => reject(fault instanceof Error ? fault : new Error(JSON.stringify(fault))),
          complete: () => resolve(),
        },
      );
      return promise;
    }),
  );
  return client;
}
