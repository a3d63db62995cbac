// Everything that subscriptions live by, behind one ear for changes.
import type { Log } from '../log.ts';
import type { Changes } from './change-listener.ts';
import { makeOutageLog } from './outage-log.ts';
import { makePageFeed } from './page-feed.ts';
import type { LivePages, PageFeedOptions } from './page-feed.ts';
import { makeStatisticsFeed } from './statistics-feed.ts';
import type { LiveStatistics, StatisticsFeedOptions } from './statistics-feed.ts';

export interface Live extends LiveStatistics, LivePages, AsyncDisposable {
  /** Reads again what is watched of `changes`. Never throws, never waits. */
  changed(changes: Changes): void;
}

export type LiveOptions = Omit<StatisticsFeedOptions & PageFeedOptions, 'outages'> & { readonly log: Log };

/** What cannot be read is logged once per outage; watchers keep what they have, and catch up. */
export function makeLiveFeeds({ log, ...options }: LiveOptions): Live {
  const outages = makeOutageLog(log);
  const statistics = makeStatisticsFeed({ ...options, outages });
  const pages = makePageFeed({ ...options, outages });
  return {
    ...statistics,
    ...pages,
    changed: (changes) => {
      statistics.changed(changes);
      pages.changed(changes);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([statistics[Symbol.asyncDispose](), pages[Symbol.asyncDispose]()]);
    },
  };
}
