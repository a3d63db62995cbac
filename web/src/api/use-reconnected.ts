// For what was asked for, or missed, while the connection was gone.
import { useEffect, useEffectEvent, useRef } from 'react';
import { useConnectionState } from './api.tsx';

/** Calls back each time the connection is there again; the first connection of the page counts only when it was tried in vain before. */
export function useReconnected(onBack: () => void): void {
  const { status } = useConnectionState();
  const back = useEffectEvent(onBack);
  const wasLost = useRef(false);
  useEffect(() => {
    if (status === 'connected' && wasLost.current) back();
    wasLost.current = status === 'disconnected' || status === 'offline';
  }, [status]);
}
