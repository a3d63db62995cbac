// Tells that something of the totals changed, as the service pushes it: for lists that have no subscription of their own.
import { useThrottledCallback } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import { TotalsDocument } from '../api/generated/graphql.ts';
import type { TotalsSubscription } from '../api/generated/graphql.ts';
import { useLive } from '../api/use-live.ts';
import { useReconnected } from '../api/use-reconnected.ts';

interface Props {
  /** What of the totals matters: another value is a change. */
  readonly of: (totals: TotalsSubscription['statistics']) => string;
  /** At most once per `everyMs`; also when the connection is back, as nobody knows what was missed. */
  readonly onChange: () => void;
  readonly everyMs?: number;
}

/** Shows nothing. A component of its own, so that ten totals a second draw nothing but this. */
export function TotalsWatch({ of, onChange, everyMs = 2_000 }: Props): null {
  const { data } = useLive(TotalsDocument, {});
  const change = useThrottledCallback(onChange, everyMs);
  const seen = useRef<string | null>(null);
  const current = data === null ? null : of(data.statistics);
  useEffect(() => {
    if (current === null || current === seen.current) return;
    // The first time, too: for what changed after the list was read and before the first totals came.
    seen.current = current;
    change();
  }, [current, change]);

  useReconnected(change);
  return null;
}
