// What a metric is made of. No label may hold an id, a text or a caller's own words: each has a small, closed set of values.

export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, in the metric's unit. */
  readonly buckets?: readonly number[];
  /** Which processes show it; ROLE=all is both. */
  readonly on: 'api' | 'worker' | 'every process';
}

/** Of a statement: from one that finds everything in memory to one that waits for locks. Seconds. */
export const statementBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** Of a request to the provider or of a caller, up to the default PROVIDER_TIMEOUT_MS. Seconds. */
export const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Of messages in one batch or statement, up to the largest of both. */
export const batchBuckets = [1, 10, 50, 100, 250, 500];
