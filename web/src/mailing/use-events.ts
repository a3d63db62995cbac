// The history of a mailing: its newest page from the subscription, the older ones read when they are asked for.
import { useState } from 'react';
import { useClient } from 'urql';
import type { CombinedError } from 'urql';
import { MailingEventsDocument } from '../api/generated/graphql.ts';
import type { LiveMailingFragment, MailingEventRowFragment } from '../api/generated/graphql.ts';
import { mergeEvents } from './merge-events.ts';

export interface Events {
  readonly events: readonly MailingEventRowFragment[];
  readonly hasOlder: boolean;
  readonly reading: boolean;
  readonly error: CombinedError | null;
  readonly readOlder: () => Promise<void>;
}

interface Older {
  readonly events: readonly MailingEventRowFragment[];
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
}

export function useEvents({ id, events: page }: LiveMailingFragment): Events {
  const client = useClient();
  /** Everything since the first look; an entry that new ones push off the live page is among it. */
  const [known, setKnown] = useState<readonly MailingEventRowFragment[]>(page.nodes);
  const [older, setOlder] = useState<Older>({ events: [], hasNextPage: page.pageInfo.hasNextPage, endCursor: page.pageInfo.endCursor });
  const [reading, setReading] = useState(false);
  const [error, setError] = useState<CombinedError | null>(null);
  const merged = mergeEvents(known, page.nodes);
  if (merged !== known) setKnown(merged);

  const readOlder = async (): Promise<void> => {
    setReading(true);
    const result = await client.query(MailingEventsDocument, { id, after: older.endCursor }, { requestPolicy: 'network-only' }).toPromise();
    setReading(false);
    setError(result.error ?? null);
    const more = result.data?.mailing?.events;
    if (more === undefined) return;
    setOlder({ events: mergeEvents(older.events, more.nodes), ...more.pageInfo });
  };
  return { events: mergeEvents(merged, older.events), hasOlder: older.hasNextPage, reading, error, readOlder };
}
