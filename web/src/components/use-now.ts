// The present as a value that ticks: for counters of time that need no news from the service.
import { useInterval } from '@mantine/hooks';
import { startTransition, useState } from 'react';

export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now);
  useInterval(() => startTransition(() => setNow(Date.now())), everyMs, { autoInvoke: true });
  return now;
}
