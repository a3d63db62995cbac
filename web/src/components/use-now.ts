// The present as a value that ticks, by the service's clock: for counters of time that need no news from the service.
import { useInterval } from '@mantine/hooks';
import { startTransition, useState } from 'react';
import { serviceNow } from '../api/service-clock.ts';

export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(serviceNow);
  useInterval(() => startTransition(() => setNow(serviceNow())), everyMs, { autoInvoke: true });
  return now;
}
