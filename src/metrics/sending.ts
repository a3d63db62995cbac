// What a worker tells about its sending. Called for every request, settle and lease: each call costs well under a microsecond.
import type { SendOutcome } from '../domain/send-outcome.ts';
import type { MetricRegistry } from './registry.ts';

type AttemptClass = SendOutcome['kind'] | 'process-ended';

const attemptClasses = [
  'accepted',
  'refused',
  'retry',
  'ambiguous',
  'throttled',
  'token-refused',
  'process-ended',
] as const satisfies readonly AttemptClass[];
const finalStatuses = ['sent', 'failed', 'unconfirmed', 'expired', 'cancelled'] as const;
const reconcileResults = ['done', 'skipped', 'failed'] as const;
const auditResults = ['agrees', 'differs'] as const;

export interface SendingMetrics {
  attempt(outcome: AttemptClass, durationMs: number): void;
  rateCapWait(durationMs: number): void;
  /** `messages` null: there was no batch to lease. */
  leased(durationMs: number, messages: number | null): void;
  settled(durationMs: number, outcomes: number, statuses: FinalCounts): void;
  /** Messages that came to their end without a request. */
  ended(statuses: FinalCounts): void;
  leaseLost(): void;
  leasesFreed(count: number): void;
  reconciled(result: (typeof reconcileResults)[number]): void;
  audited(result: (typeof auditResults)[number]): void;
  /** The most requests at a time, how many there may be at the moment, and how many there are. */
  requests(most: number, slots: { limit(): number; taken(): number }): void;
}

type FinalCounts = Partial<Readonly<Record<(typeof finalStatuses)[number], number>>>;

export function makeSendingMetrics(registry: MetricRegistry): SendingMetrics {
  const requestSeconds = registry.histogram('requestSeconds');
  const requests = byValue(attemptClasses, (outcome) => requestSeconds.labels(outcome));
  // From the start: a rate needs to see them at 0.
  for (const outcome of attemptClasses) requestSeconds.zero({ outcome });
  const rateCapWait = registry.histogram('rateCapWait');
  const leaseSeconds = registry.histogram('leaseSeconds');
  const [leasedSeconds, idleSeconds] = [leaseSeconds.labels('batch'), leaseSeconds.labels('nothing')];
  for (const result of ['batch', 'nothing']) leaseSeconds.zero({ result });
  const leaseMessages = registry.histogram('leaseMessages');
  const settleSeconds = registry.histogram('settleSeconds');
  const settleMessages = registry.histogram('settleMessages');

  // Plain numbers, read when somebody asks.
  const attempts = byValue(attemptClasses, () => 0);
  const messages = byValue(finalStatuses, () => 0);
  const reconciles = byValue(reconcileResults, () => 0);
  const audits = byValue(auditResults, () => 0);
  let lost = 0;
  let freed = 0;
  registry.pull('attempts', () => attemptClasses.map((outcome) => [{ outcome }, attempts[outcome]]));
  registry.pull('messages', () => finalStatuses.map((status) => [{ status }, messages[status]]));
  registry.pull('reconciles', () => reconcileResults.map((result) => [{ result }, reconciles[result]]));
  registry.pull('counterAudits', () => auditResults.map((result) => [{ result }, audits[result]]));
  registry.pull('leasesLost', () => [[{}, lost]]);
  registry.pull('leasesFreed', () => [[{}, freed]]);

  const ended = (counts: FinalCounts): void => {
    for (const status of finalStatuses) messages[status] += counts[status] ?? 0;
  };
  return {
    attempt: (outcome, durationMs) => {
      attempts[outcome] += 1;
      requests[outcome].observe(durationMs / 1_000);
    },
    rateCapWait: (durationMs) => rateCapWait.observe(durationMs / 1_000),
    leased: (durationMs, pending) => {
      (pending === null ? idleSeconds : leasedSeconds).observe(durationMs / 1_000);
      if (pending !== null) leaseMessages.observe(pending);
    },
    settled: (durationMs, outcomes, statuses) => {
      settleSeconds.observe(durationMs / 1_000);
      settleMessages.observe(outcomes);
      ended(statuses);
    },
    ended,
    leaseLost: () => void (lost += 1),
    leasesFreed: (count) => void (freed += count),
    reconciled: (result) => void (reconciles[result] += 1),
    audited: (result) => void (audits[result] += 1),
    requests: (most, slots) => {
      registry.pull('requestsMost', () => [[{}, most]]);
      registry.pull('requestsAllowed', () => [[{}, slots.limit()]]);
      registry.pull('requestsInFlight', () => [[{}, slots.taken()]]);
    },
  };
}

function byValue<Key extends string, Value>(keys: readonly Key[], make: (key: Key) => Value): Record<Key, Value> {
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<Key, Value>;
}
