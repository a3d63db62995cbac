// The state of queue and gate, which is in the database: read when somebody asks, by one statement that is kept for a while, so that
// however many ask, the database hardly notices. What cannot be read in time is absent, and `database_up` says so.
import { setTimeout as delay } from 'node:timers/promises';
import type { MetricRegistry } from './registry.ts';

export interface QueueState {
  readonly gate: 'OPEN' | 'CLOSED' | 'PROBING';
  readonly mailings: Readonly<Record<'scheduled' | 'running' | 'paused', number>>;
  readonly messages: Readonly<Record<'scheduled' | 'running' | 'paused', number>>;
  /** How long the longest waiting batch could have been sent already; null: none waits. */
  readonly oldestDueMs: number | null;
  readonly leases: number;
}

const KEPT_MS = 5_000;
const ANSWER_WITHIN_MS = 2_000;

export function watchQueue(registry: MetricRegistry, readQueue: () => Promise<QueueState>, keptMs = KEPT_MS): void {
  let state: QueueState | null = null;
  let reading: Promise<void> | null = null;
  let nextReadAt = 0;

  const read = async (): Promise<void> => {
    // One at a time, also when it takes longer than anybody waits for it: its answer then is the next one's.
    try {
      state = await readQueue();
    } catch {
      // The metric says it, and the parts that need the database have said it in the log.
      state = null;
    }
    nextReadAt = performance.now() + keptMs;
  };
  registry.beforeReading(async () => {
    if (performance.now() < nextReadAt) return;
    reading ??= read().finally(() => {
      reading = null;
    });
    const late = new AbortController();
    const isLate = await Promise.race([
      reading.then(() => false),
      delay(ANSWER_WITHIN_MS, true, { signal: late.signal, ref: false }).catch(() => true),
    ]);
    late.abort();
    if (isLate) state = null;
  });

  const states = ['scheduled', 'running', 'paused'] as const;
  registry.pull('databaseUp', () => [[{}, state === null ? 0 : 1]]);
  registry.pull('gateState', () =>
    state === null
      ? []
      : (['OPEN', 'CLOSED', 'PROBING'] as const).map((one) => [{ state: one.toLowerCase() }, state?.gate === one ? 1 : 0]),
  );
  registry.pull('queueMailings', () => states.flatMap((mailing) => (state === null ? [] : [[{ mailing }, state.mailings[mailing]]])));
  registry.pull('queueMessages', () => states.flatMap((mailing) => (state === null ? [] : [[{ mailing }, state.messages[mailing]]])));
  registry.pull('oldestDue', () => (state === null ? [] : [[{}, (state.oldestDueMs ?? 0) / 1_000]]));
  registry.pull('leasesHeld', () => (state === null ? [] : [[{}, state.leases]]));
}
