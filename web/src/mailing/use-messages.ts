// A page of the mailing's messages that keeps up with the mailing, unless somebody is reading it: then it says that there is something newer.
import { startTransition, useEffect, useEffectEvent, useState } from 'react';
import { useQuery } from 'urql';
import type { CombinedError } from 'urql';
import { MessagesPageDocument } from '../api/generated/graphql.ts';
import type { MessagesPageQuery } from '../api/generated/graphql.ts';
import { useReconnected } from '../api/use-reconnected.ts';
import type { MessageFilter } from './message-filter.ts';

export type MessageRow = MessagesPageQuery['messages']['nodes'][number];

/** Between two readings of the page that is shown. */
const REREAD_MS = 1_000;
export const PAGE_SIZE = 20;

interface Options {
  readonly mailingId: string;
  readonly filter: MessageFilter;
  /** Grows with every change of the mailing's counts. */
  readonly version: number;
  /** Nobody looks at a place in the page that must not move. */
  readonly mayMove: boolean;
}

export interface Messages {
  /** The one before, until the one that is wanted has come; none of another filter once that could not be had. */
  readonly page: MessagesPageQuery['messages'] | null;
  readonly error: CombinedError | undefined;
  readonly isReading: boolean;
  /** Place of `page` in the list, from 0. */
  readonly index: number;
  /** The mailing has moved on since the page was read. */
  readonly isOld: boolean;
  readonly reread: () => void;
  readonly goTo: (where: 'first' | 'next' | 'previous') => void;
}

export function useMessages({ mailingId, filter, version, mayMove }: Options): Messages {
  const key = JSON.stringify(filter);
  const [place, setPlace] = useState<Place>({ key, cursors: [null] });
  // Another filter begins at its first page.
  const cursors = place.key === key ? place.cursors : first;
  const where = {
    mailingId,
    statuses: filter.status && [filter.status],
    errorCodes: filter.errorCode === null ? null : [filter.errorCode],
  };
  const [{ data, error, fetching }, read] = useQuery({
    query: MessagesPageDocument,
    variables: { first: PAGE_SIZE, after: cursors.at(-1) ?? null, where },
    requestPolicy: 'network-only',
  });
  const newest = data?.messages ?? null;
  const wanted = JSON.stringify([key, cursors]);
  const [shown, setShown] = useState<Shown>({ key, place: wanted, index: 0, page: null });
  const show = useEffectEvent((page: Messages['page']) => {
    // What could not be read leaves what stands there.
    if (page === null) return;
    // Its rows are drawn in pieces, between what the operator does.
    startTransition(() => setShown({ key, place: wanted, index: cursors.length - 1, page }));
  });
  useEffect(() => show(newest), [newest]);
  const [readVersion, setReadVersion] = useState(version);
  const isOld = version > readVersion;

  const reread = (): void => {
    setReadVersion(version);
    read({ requestPolicy: 'network-only' });
  };
  const rereadNow = useEffectEvent(reread);
  useReconnected(() => {
    if (error !== undefined) reread();
  });
  const follows = isOld && mayMove && cursors.length === 1 && !fetching;
  useEffect(() => {
    if (!follows) return undefined;
    const timer = setTimeout(rereadNow, REREAD_MS);
    return () => clearTimeout(timer);
  }, [follows]);

  const goTo = (to: 'first' | 'next' | 'previous'): void => {
    // From the page that stands there: a step from one that is still on its way would leave it out.
    if (to === 'next' && shown.place !== wanted) {
      if (error !== undefined) reread();
      return;
    }
    setReadVersion(version);
    setPlace({ key, cursors: move(cursors, to, shown.page?.pageInfo.endCursor ?? null) });
  };
  const isOfAnother = error !== undefined && shown.key !== key;
  const page = isOfAnother ? null : shown.page;
  const isReading = fetching || (newest !== null && page !== newest);
  return { page, error, isReading, index: shown.index, isOld, reread, goTo };
}

interface Shown {
  /** Of the filter. */
  readonly key: string;
  /** Of the filter and the cursors that the page was read for. */
  readonly place: string;
  readonly index: number;
  readonly page: Messages['page'];
}

interface Place {
  /** Of the filter. */
  readonly key: string;
  /** What each page up to the one shown comes after. */
  readonly cursors: readonly (string | null)[];
}

const first: Place['cursors'] = [null];

function move(cursors: Place['cursors'], to: 'first' | 'next' | 'previous', endCursor: string | null): Place['cursors'] {
  switch (to) {
    case 'first':
      return first;
    case 'previous':
      return cursors.length > 1 ? cursors.slice(0, -1) : cursors;
    case 'next':
      return endCursor === null ? cursors : [...cursors, endCursor];
    default:
      return to satisfies never;
  }
}
