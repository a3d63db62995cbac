// What an api process tells about its operations, its WebSockets and what it pushes.
import type { MetricRegistry } from './registry.ts';

export interface FinishedOperation {
  /** A root field of the schema, or a word of the code's own: never the name that a caller gave. */
  readonly operation: string;
  readonly type: string;
  readonly outcome: 'ok' | 'refused' | 'error';
  readonly durationMs: number;
}

/** As the WebSocket door counts them. */
interface WebSocketCounts {
  readonly connections: number;
  readonly groups: number;
  readonly members: number;
}

interface WebSocketDoor {
  counts(): WebSocketCounts;
  pushes(): { readonly written: number; readonly skipped: number };
  mostUnsentBytes(): number;
}

export interface ApiMetrics {
  operation(finished: FinishedOperation): void;
  pushLag(durationMs: number): void;
  webSockets(door: WebSocketDoor): void;
}

export function makeApiMetrics(registry: MetricRegistry): ApiMetrics {
  const operations = registry.counter('operations');
  const seconds = registry.histogram('operationSeconds');
  const lag = registry.histogram('pushLag');
  return {
    operation: ({ operation, type, outcome, durationMs }) => {
      operations.inc({ operation, type, outcome });
      // It lasts as long as somebody watches.
      if (type !== 'subscription') seconds.observe({ operation, type }, durationMs / 1_000);
    },
    pushLag: (durationMs) => lag.observe(durationMs / 1_000),
    webSockets: ({ counts, pushes, mostUnsentBytes }) => {
      registry.pull('sockets', () => [[{}, counts().connections]]);
      registry.pull('subscriptions', () => [[{}, counts().members]]);
      registry.pull('subscriptionGroups', () => [[{}, counts().groups]]);
      registry.pull('unsentBytes', () => [[{}, mostUnsentBytes()]]);
      registry.pull('pushes', () => {
        const { written, skipped } = pushes();
        return [
          [{ result: 'written' }, written],
          [{ result: 'skipped' }, skipped],
        ];
      });
    },
  };
}
