// The operator's day by the service's clock, for words that leave it out: who shows them is drawn again when it is over.
import { useSyncExternalStore } from 'react';
import { serviceNow } from '../api/service-clock.ts';

const LOOK_MS = 30_000;

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

export function useToday(): string {
  return useSyncExternalStore(watchToday, today);
}

function today(): string {
  return new Date(serviceNow()).toDateString();
}

/** One timer for all who ask. */
function watchToday(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const tell of listeners) tell();
  }, LOOK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
