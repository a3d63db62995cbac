// The counts of a mailing over time: read once, read again after every break of the connection, and carried on live.
import { startTransition, useEffect, useReducer, useRef } from 'react';
import { useQuery } from 'urql';
import { MailingHistoryDocument } from '../api/generated/graphql.ts';
import type { LiveMailingFragment, MailingHistoryQuery } from '../api/generated/graphql.ts';
import { addCounts, toCountsOverTime } from './counts-over-time.ts';
import type { CountsAt, CountsOverTime } from './counts-over-time.ts';

const HISTORY_POINTS = 300;

type News = { readonly kind: 'kept'; readonly states: readonly CountsAt[] } | { readonly kind: 'live'; readonly state: CountsAt };

export function useCountsOverTime({ id, statistics }: LiveMailingFragment, isLive: boolean): readonly CountsAt[] {
  const [{ data }, read] = useQuery({
    query: MailingHistoryDocument,
    variables: { id, points: HISTORY_POINTS },
    requestPolicy: 'network-only',
  });
  const [series, tell] = useReducer(hear, { points: [], stepMs: 1_000 });
  const history = data?.mailing?.history;

  useEffect(() => {
    if (history !== undefined) startTransition(() => tell({ kind: 'kept', states: history.map(toCountsAt) }));
  }, [history]);
  useEffect(() => {
    startTransition(() => tell({ kind: 'live', state: toCountsAt({ ...statistics, at: statistics.updatedAt }) }));
  }, [statistics]);

  const wasLive = useRef(isLive);
  useEffect(() => {
    if (isLive && !wasLive.current) read({ requestPolicy: 'network-only' });
    wasLive.current = isLive;
  }, [isLive, read]);
  return series.points;
}

function hear(series: CountsOverTime, news: News): CountsOverTime {
  if (news.kind === 'live') return addCounts(series, news.state);
  const keptUntil = news.states.at(-1)?.at ?? 0;
  return toCountsOverTime([...news.states, ...series.points.filter(({ at }) => at > keptUntil)]);
}

type Sample = NonNullable<MailingHistoryQuery['mailing']>['history'][number];

function toCountsAt({ at, total, pending, sent, failed, expired, cancelled, unconfirmed }: Sample): CountsAt {
  return { at: Date.parse(at), total, pending, sent, failed, expired, cancelled, unconfirmed };
}
