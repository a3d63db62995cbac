// The present by full minutes: the start of what is to start at once, as long as it is only talked about.
import { useEffect, useState } from 'react';
import { serviceNow } from '../api/service-clock.ts';

const MINUTE_MS = 60_000;
/** How soon a new minute is noticed. */
const CLOCK_TICK_MS = 10_000;

/** Stands still while nobody sees the page, and has caught up when it is shown again. */
export function useMinute(): number {
  const [minute, setMinute] = useState(presentMinute);
  useEffect(() => {
    const tick = (): void => {
      if (document.visibilityState === 'visible') setMinute(presentMinute());
    };
    const timer = setInterval(tick, CLOCK_TICK_MS);
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, []);
  return minute;
}

function presentMinute(): number {
  return Math.floor(serviceNow() / MINUTE_MS) * MINUTE_MS;
}
