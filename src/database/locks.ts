// Advisory locks by name. Their numbers only have to differ from each other and from graphile-worker's.

/** Expansion holds it shared, changes of clients that matter to unsent messages exclusively: no message is born from a stale client. */
export const CLIENT_DIRECTORY_LOCK = 4_201_002;

/** One reconciler at a time over all workers. */
export const RECONCILE_LOCK = 4_201_003;

/** One sampler at a time over all workers. */
export const SAMPLE_LOCK = 4_201_004;

// 4_201_005, with the number of a shard: whoever changes the counters of clients by zone (migrations/0008-clients-by-zone.ts).
