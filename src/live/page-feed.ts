// What pages that show more than counts live by: a mailing with all that belongs to it, lists of mailings, and the provider. A feed of
// pages tells when to look again; what is shown is read then, by whoever shows it, so that it is always the newest.
import { PROVIDER } from '../database/change-notifier.ts';
import type { ProviderState } from '../database/gate-queries.ts';
import type { MailingMark } from '../database/mark-queries.ts';
import type { Changes } from './change-listener.ts';
import { makeFeed } from './feed.ts';
import { isMailingId, isOver, mailingNotFound } from './mailing-states.ts';
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
  const { readMailingMarks, readMailingsMark, readProvider, outages, pollMs = 1_000, gapMs = 1_000 } = options;
  const mailing = makeFeed<MailingMark>({
    name: 'mailings',
    read: async (ids) => new Map((await readMailingMarks(ids)).map((mark) => [mark.mailingId, mark])),
    isNewer: (mark, told) => mark.mark !== told.mark,
    isFinal: isOver,
    isKey: isMailingId,
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
    provider: () => provider.watch(PROVIDER),
    changed: (changes) => {
      mailing.changed(changes);
      provider.changed(changes);
      if (changes === 'all' || [...changes].some((key) => key !== PROVIDER)) mailings.changed('all');
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([mailing, mailings, provider].map(async (feed) => feed[Symbol.asyncDispose]()));
    },
  };
}
