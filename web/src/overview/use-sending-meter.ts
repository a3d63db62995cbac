// Messages per second over the last minutes: read once, read again after every break of the connection, and carried on live.
import { startTransition, useEffect, useEffectEvent, useReducer, useRef } from 'react';
import { useQuery } from 'urql';
import { SendingHistoryDocument } from '../api/generated/graphql.ts';
import type { TotalsSubscription } from '../api/generated/graphql.ts';
import { serviceNow } from '../api/service-clock.ts';
import { METER_MS, pauseMeter, readMeter, startMeter } from './sending-meter.ts';
import type { Meter, Reading, SendingSample } from './sending-meter.ts';

/** Between two points of the chart. The counters come by themselves, when they change: this only decides when they are looked at. */
const READ_MS = 2_000;
/** As much as the chart shows. */
const variables = { minutes: METER_MS / 60_000 };

type News =
  | { readonly kind: 'samples'; readonly samples: readonly SendingSample[] }
  | { readonly kind: 'reading'; readonly reading: Reading }
  | { readonly kind: 'pause' };

export function useSendingMeter(messages: TotalsSubscription['statistics']['messages'], isLive: boolean): Meter {
  const [{ data }, read] = useQuery({ query: SendingHistoryDocument, variables, requestPolicy: 'network-only' });
  const [meter, tell] = useReducer(hear, { points: [], last: null });
  const samples = data?.sendingHistory;
  useEffect(() => {
    if (samples !== undefined) startTransition(() => tell({ kind: 'samples', samples }));
  }, [samples]);

  const look = useEffectEvent(() => {
    const { total, sent, failed, unconfirmed } = messages;
    const reading = { at: serviceNow(), total, done: sent + failed + unconfirmed };
    if (isLive) startTransition(() => tell({ kind: 'reading', reading }));
  });
  useEffect(() => {
    const timer = setInterval(look, READ_MS);
    return () => clearInterval(timer);
  }, []);

  const wasLive = useRef(isLive);
  useEffect(() => {
    if (wasLive.current === isLive) return;
    wasLive.current = isLive;
    if (isLive) read({ requestPolicy: 'network-only' });
    else startTransition(() => tell({ kind: 'pause' }));
  }, [isLive, read]);
  return meter;
}

function hear(meter: Meter, news: News): Meter {
  switch (news.kind) {
    case 'samples':
      return startMeter(news.samples);
    case 'reading':
      return readMeter(meter, news.reading);
    case 'pause':
      return pauseMeter(meter);
    default:
      return news satisfies never;
  }
}
