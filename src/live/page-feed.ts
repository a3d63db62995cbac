// What pages that show more than counts live by: a mailing with all that belongs to it, a client, lists of both, the provider. A feed of
// pages tells when to look again; what is shown is read then, by whoever shows it, so that it is always the newest.
import { CLIENTS, PROVIDER } from '../database/change-notifier.ts';
import type { ProviderState } from '../database/gate-queries.ts';
import type { ClientMark, MailingMark } from '../database/mark-queries.ts';
import { CarillonError } from '../domain/errors.ts';
import type { Changes } from './change-listener.ts';
import { makeFeed } from './feed.ts';
import { isOver, isRowId, mailingNotFound } from './mailing-states.ts';
import type { OutageLog } from './outage-log.ts';

/** What the API's subscriptions of pages read: see Feed. */
export interface LivePages {
  /**
   * At most one mark per second. Ends after the final one or when the mailing is deleted. Iteration throws CarillonError NOT_FOUND when
   * there is no such mailing.
   */
  mailing(mailingId: string): AsyncIterable<MailingMark>;
  /** At most one per second, for any change of any mailing. Ends only with the feed. */
  mailings(): AsyncIterable<string>;
  /** At most one mark per second. Ends when the client is deleted. Iteration throws CarillonError NOT_FOUND when there is no such client. */
  client(clientId: string): AsyncIterable<ClientMark>;
  /** At most one per second, for any change of any client. Ends only with the feed. */
  clients(): AsyncIterable<string>;
  /** At most one state per 100 ms. Ends only with the feed. */
  provider(): AsyncIterable<ProviderState>;
}

export interface PageFeed extends LivePages, AsyncDisposable {
  /** Reads again what is watched of it. Never throws, never waits. */
  changed(changes: Changes): void;
}

export interface PageFeedOptions {
  /** One statement; mailings that do not exist or are deleted are left out of the answer. */
  readonly readMailingMarks: (mailingIds: readonly string[]) => Promise<readonly MailingMark[]>;
  readonly readMailingsMark: () => Promise<string>;
  /** One statement; clients that do not exist are left out of the answer. */
  readonly readClientMarks: (clientIds: readonly string[]) => Promise<readonly ClientMark[]>;
  readonly readClientsMark: () => Promise<string>;
  readonly readProvider: () => Promise<ProviderState>;
  readonly outages: OutageLog;
  /** Milliseconds, 1 s unless given. */
  readonly pollMs?: number;
  /** Between two marks. Milliseconds, 1 s unless given. */
  readonly gapMs?: number;
}

const PROVIDER_GAP_MS = 100;
/** Marks of mailings are cheap, and somebody else's change should not have to wait for this one's pace. */
const READS_PER_GAP = 4;
const LIST = 'list';

export function makePageFeed(options: PageFeedOptions): PageFeed {
  const {
    readMailingMarks,
    readMailingsMark,
    readClientMarks,
    readClientsMark,
    readProvider,
    outages,
    pollMs = 1_000,
    gapMs = 1_000,
  } = options;
  /** What the mark of the clients does not know yet when a notice comes. */
  let noticesOfClients = 0;
  const mailing = makeFeed<MailingMark>({
    name: 'mailings',
    read: async (ids) => new Map((await readMailingMarks(ids)).map((mark) => [mark.mailingId, mark])),
    isNewer: (mark, told) => mark.mark !== told.mark,
    isFinal: isOver,
    isKey: isRowId,
    missing: mailingNotFound,
    gapMs,
    readGapMs: gapMs / READS_PER_GAP,
    pollMs,
    outages,
  });
  const mailings = makeFeed<string>({
    name: 'lists of mailings',
    read: async () => new Map([[LIST, await readMailingsMark()]]),
    isNewer: (mark, told) => mark !== told,
    missing: () => new Error('there is always a list'),
    gapMs,
    pollMs,
    outages,
  });
  const client = makeFeed<ClientMark>({
    name: 'clients',
    read: async (ids) => new Map((await readClientMarks(ids)).map((mark) => [mark.clientId, mark])),
    isNewer: (mark, told) => mark.version !== told.version,
    isKey: isRowId,
    missing: clientNotFound,
    gapMs,
    readGapMs: gapMs / READS_PER_GAP,
    pollMs,
    outages,
  });
  const clients = makeFeed<string>({
    name: 'lists of clients',
    read: async () => {
      const notices = noticesOfClients;
      return new Map([[LIST, `${notices} ${await readClientsMark()}`]]);
    },
    isNewer: (mark, told) => mark !== told,
    missing: () => new Error('there is always a list'),
    gapMs,
    pollMs,
    outages,
  });
  const provider = makeFeed<ProviderState>({
    name: PROVIDER,
    read: async () => new Map([[PROVIDER, await readProvider()]]),
    isNewer: (state, told) => JSON.stringify(state) !== JSON.stringify(told),
    missing: () => new Error('there is always a provider'),
    gapMs: PROVIDER_GAP_MS,
    pollMs,
    outages,
  });

  return {
    mailing: mailing.watch,
    mailings: () => mailings.watch(LIST),
    client: client.watch,
    clients: () => clients.watch(LIST),
    provider: () => provider.watch(PROVIDER),
    changed: (changes) => {
      mailing.changed(changes);
      provider.changed(changes);
      if (changes === 'all' || [...changes].some((key) => key !== PROVIDER && key !== CLIENTS)) mailings.changed('all');
      if (changes === 'all' || changes.has(CLIENTS)) {
        noticesOfClients += 1;
        client.changed('all');
        clients.changed('all');
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([mailing, mailings, client, clients, provider].map(async (feed) => feed[Symbol.asyncDispose]()));
    },
  };
}

function clientNotFound(id: string): CarillonError {
  return new CarillonError('NOT_FOUND', `there is no client ${JSON.stringify(id.slice(0, 40))}`);
}
