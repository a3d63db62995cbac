// Numbers that the jobs of a mailing share: how many lanes it has and how long a lane works before it lets others go first.

/** Lanes of one mailing over all workers: enough to keep a worker's connections busy while some of them settle. */
export const LANES = 4;

/** A lane gives its place back after this long, so that many mailings share the workers fairly. */
export const SLICE_MS = 5_000;

/** A batch that closes sooner is not leased: a request needs 250 ms and ends 150 ms before the deadline (domain/request-deadline.ts). */
export const LEASE_GUARD_MS = 500;
