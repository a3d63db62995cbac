// Who counts and times what the engine does: called for every request, lease and settle, so each call must be cheap and never throw.
import type { Settled } from '../database/settle-queries.ts';
import type { SendOutcome } from '../domain/send-outcome.ts';

export interface SendingRecorder {
  /** One request ended. */
  attempt(outcome: SendOutcome['kind'] | 'process-ended', durationMs: number): void;
  /** A message got its slot under a cap, or the lane ended meanwhile. */
  rateCapWait(durationMs: number): void;
  /** `messages`: the pending ones of the leased batch; null: there was nothing to lease. */
  leased(durationMs: number, messages: number | null): void;
  settled(durationMs: number, outcomes: number, statuses: FinalCounts): void;
  /** Messages that came to their end without a request. */
  ended(statuses: FinalCounts): void;
  leaseLost(): void;
  leasesFreed(count: number): void;
  reconciled(result: 'done' | 'skipped' | 'failed'): void;
  audited(result: 'agrees' | 'differs'): void;
}

/** Messages that reached a final state, by state. */
interface FinalCounts {
  readonly sent?: number;
  readonly failed?: number;
  readonly unconfirmed?: number;
  readonly expired?: number;
  readonly cancelled?: number;
}

/** For those whom nobody asked to count. */
export const nothingRecorded: SendingRecorder = {
  attempt: nothing,
  rateCapWait: nothing,
  leased: nothing,
  settled: nothing,
  ended: nothing,
  leaseLost: nothing,
  leasesFreed: nothing,
  reconciled: nothing,
  audited: nothing,
};

function nothing(): void {}

/** The final states that settled outcomes mean; the others leave their messages pending. */
export function finalCountsOf(outcomes: readonly Settled[]): FinalCounts {
  let [sent, failed, unconfirmed] = [0, 0, 0];
  for (const { kind } of outcomes) {
    if (kind === 'accepted') sent += 1;
    else if (kind === 'refused') failed += 1;
    else if (kind === 'held') unconfirmed += 1;
  }
  return { sent, failed, unconfirmed };
}
