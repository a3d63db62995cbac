// What the jobs of a mailing share: how many lanes it has, how long a lane works before it lets others go first, and why it ends.
import type { EpochMs } from '../domain/send-window.ts';

/** Lanes of one mailing over all workers, and in one of them: two keep its connections busy while one leases, and settle more at a time. */
export const LANES = 6;
export const LANES_PER_WORKER = 2;

/** A lane that this worker does not need is offered to the others again after this long. */
export const OFFER_AGAIN_MS = 1_000;

/**
 * A lane gives its place back after this long, so that many mailings share the workers fairly. Each lane has a time of its own: the
 * connections of one that waits for its last answers are used by the other, which must not be at its end, too.
 */
export function sliceMs(lane: number): number {
  return 5_000 - 500 * (lane % LANES);
}

/** A batch that closes sooner is not leased: a request needs 250 ms and ends 150 ms before the deadline (domain/request-deadline.ts). */
export const LEASE_GUARD_MS = 500;

/** Why a lane has nothing more to send now. */
export type LaneEnd =
  | { readonly reason: 'nothing-due' | 'mailing-stopped' | 'stopped' }
  | { readonly reason: 'gate-closed'; readonly until: EpochMs }
  | { readonly reason: 'fault'; readonly error: unknown };
