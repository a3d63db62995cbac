// Every metric that a process may show: the one table. docs/metrics.md, the alerts and the dashboard are held to it by tests.
// No label may hold an id, a text or a caller's own words: each has a small, closed set of values.

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
const statementBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** Of a request to the provider or of a caller, up to the default PROVIDER_TIMEOUT_MS. Seconds. */
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Of messages in one batch or statement, up to the largest of both. */
const batchBuckets = [1, 10, 50, 100, 250, 500];

const definitions = {
  messages: {
    name: 'carillon_messages_total',
    type: 'counter',
    help: 'Messages that reached a final state in this worker, by state',
    labels: ['status'],
    on: 'worker',
  },
  attempts: {
    name: 'carillon_attempts_total',
    type: 'counter',
    help: 'Requests to the provider that ended, by the class of their outcome',
    labels: ['outcome'],
    on: 'worker',
  },
  requestSeconds: {
    name: 'carillon_provider_request_duration_seconds',
    type: 'histogram',
    help: 'From the start of a request to the provider to its outcome, by class',
    labels: ['outcome'],
    buckets: requestBuckets,
    on: 'worker',
  },
  requestsInFlight: {
    name: 'carillon_provider_requests_in_flight',
    type: 'gauge',
    help: 'Places for requests to the provider that are taken',
    labels: [],
    on: 'worker',
  },
  requestsMost: {
    name: 'carillon_provider_requests_limit',
    type: 'gauge',
    help: 'Places for requests to the provider: PROVIDER_CONNECTIONS',
    labels: [],
    on: 'worker',
  },
  rateCapWait: {
    name: 'carillon_rate_cap_wait_seconds',
    type: 'histogram',
    help: 'How long a message waited for its slot under a rate cap or the ramp after an outage',
    labels: [],
    buckets: requestBuckets,
    on: 'worker',
  },
  leaseSeconds: {
    name: 'carillon_lease_duration_seconds',
    type: 'histogram',
    help: 'The statement that leases a batch',
    labels: ['result'],
    buckets: statementBuckets,
    on: 'worker',
  },
  leaseMessages: {
    name: 'carillon_lease_messages',
    type: 'histogram',
    help: 'Pending messages of a batch when it is leased',
    labels: [],
    buckets: batchBuckets,
    on: 'worker',
  },
  settleSeconds: {
    name: 'carillon_settle_duration_seconds',
    type: 'histogram',
    help: 'From the first try to settle outcomes to the commit, retries after database faults included',
    labels: [],
    buckets: statementBuckets,
    on: 'worker',
  },
  settleMessages: {
    name: 'carillon_settle_messages',
    type: 'histogram',
    help: 'Outcomes settled by one statement',
    labels: [],
    buckets: batchBuckets,
    on: 'worker',
  },
  leasesLost: {
    name: 'carillon_leases_lost_total',
    type: 'counter',
    help: 'Leases that this worker found lost while it held outcomes of theirs',
    labels: [],
    on: 'worker',
  },
  leasesFreed: {
    name: 'carillon_leases_freed_total',
    type: 'counter',
    help: 'Leases of lost workers that this worker freed',
    labels: [],
    on: 'worker',
  },
  jobs: {
    name: 'carillon_jobs_total',
    type: 'counter',
    help: 'Jobs that ended, by task and result',
    labels: ['task', 'result'],
    on: 'worker',
  },
  jobSeconds: {
    name: 'carillon_job_duration_seconds',
    type: 'histogram',
    help: 'How long a job took; a lane of sending takes up to 15 s by design',
    labels: ['task'],
    buckets: [0.01, 0.05, 0.25, 1, 2.5, 5, 10, 15, 20, 30],
    on: 'worker',
  },
  runnerRestarts: {
    name: 'carillon_runner_restarts_total',
    type: 'counter',
    help: 'How often the job runner ended and was started again',
    labels: [],
    on: 'worker',
  },
  reconciles: {
    name: 'carillon_reconciles_total',
    type: 'counter',
    help: 'Looks of the reconciler, by result; skipped: another worker was at it',
    labels: ['result'],
    on: 'worker',
  },
  counterAudits: {
    name: 'carillon_counter_audits_total',
    type: 'counter',
    help: 'Finished mailings whose counters were held against their messages, by result; differs: a promise is broken',
    labels: ['result'],
    on: 'worker',
  },
  gateState: {
    name: 'carillon_provider_gate_state',
    type: 'gauge',
    help: '1 for the state that the provider gate is in, 0 for the others; the same in every process',
    labels: ['state'],
    on: 'every process',
  },
  queueMessages: {
    name: 'carillon_queue_messages',
    type: 'gauge',
    help: 'PENDING messages of mailings that are not over, by the state of the mailing; the same in every process',
    labels: ['mailing'],
    on: 'every process',
  },
  queueMailings: {
    name: 'carillon_queue_mailings',
    type: 'gauge',
    help: 'Mailings that are not over, by state; the same in every process',
    labels: ['mailing'],
    on: 'every process',
  },
  oldestDue: {
    name: 'carillon_queue_oldest_due_seconds',
    type: 'gauge',
    help: 'How long the longest waiting batch of a running mailing could have been sent already, 0: none waits; the same in every process',
    labels: [],
    on: 'every process',
  },
  leasesHeld: {
    name: 'carillon_queue_leases',
    type: 'gauge',
    help: 'Batches that workers hold at the moment; the same in every process',
    labels: [],
    on: 'every process',
  },
  databaseUp: {
    name: 'carillon_database_up',
    type: 'gauge',
    help: '1 when the database told the state of queue and gate in time, else 0, and then those metrics are absent',
    labels: [],
    on: 'every process',
  },
  poolConnections: {
    name: 'carillon_database_pool_connections',
    type: 'gauge',
    help: 'Open connections of a pool, by use',
    labels: ['role', 'pool', 'state'],
    on: 'every process',
  },
  poolLimit: {
    name: 'carillon_database_pool_limit',
    type: 'gauge',
    help: 'The most connections that a pool may open',
    labels: ['role', 'pool'],
    on: 'every process',
  },
  poolWaiting: {
    name: 'carillon_database_pool_waiting',
    type: 'gauge',
    help: 'Statements and transactions that wait for a connection',
    labels: ['role', 'pool'],
    on: 'every process',
  },
  eventLoopDelay: {
    name: 'carillon_event_loop_delay_seconds',
    type: 'gauge',
    help: 'How late the event loop was over the last 10 s',
    labels: ['statistic'],
    on: 'every process',
  },
  logDropped: {
    name: 'carillon_log_lines_dropped_total',
    type: 'counter',
    help: 'Log lines that were dropped because nobody read them fast enough',
    labels: [],
    on: 'every process',
  },
  info: {
    name: 'carillon_process_info',
    type: 'gauge',
    help: 'Always 1; says what the process is',
    labels: ['role', 'version', 'node'],
    on: 'every process',
  },
  cpu: {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'CPU time of the process, user and system',
    labels: [],
    on: 'every process',
  },
  memory: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Memory of the process that is in RAM',
    labels: [],
    on: 'every process',
  },
  heap: {
    name: 'nodejs_heap_size_used_bytes',
    type: 'gauge',
    help: 'JavaScript heap in use',
    labels: [],
    on: 'every process',
  },
  startTime: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    help: 'When the process started, in seconds since 1970',
    labels: [],
    on: 'every process',
  },
  httpResponses: {
    name: 'carillon_http_responses_total',
    type: 'counter',
    help: 'Answers of the port, by the path of the route and status; other: there is no such route',
    labels: ['route', 'status'],
    on: 'every process',
  },
  operations: {
    name: 'carillon_api_operations_total',
    type: 'counter',
    help: 'API operations that ended, by root field and outcome',
    labels: ['operation', 'type', 'outcome'],
    on: 'api',
  },
  operationSeconds: {
    name: 'carillon_api_operation_duration_seconds',
    type: 'histogram',
    help: 'How long queries, mutations, imports and exports took; subscriptions are not in it',
    labels: ['operation', 'type'],
    buckets: requestBuckets,
    on: 'api',
  },
  sockets: {
    name: 'carillon_websocket_connections',
    type: 'gauge',
    help: 'Open WebSockets',
    labels: [],
    on: 'api',
  },
  subscriptions: {
    name: 'carillon_subscriptions',
    type: 'gauge',
    help: 'Subscriptions that are open',
    labels: [],
    on: 'api',
  },
  subscriptionGroups: {
    name: 'carillon_subscription_groups',
    type: 'gauge',
    help: 'Different subscriptions among them: each is executed once for all its subscribers',
    labels: [],
    on: 'api',
  },
  unsentBytes: {
    name: 'carillon_websocket_most_unsent_bytes',
    type: 'gauge',
    help: 'What the slowest reader has been sent and not yet taken',
    labels: [],
    on: 'api',
  },
  pushes: {
    name: 'carillon_pushes_total',
    type: 'counter',
    help: 'Results of subscriptions, one per subscriber; skipped: a newer one came before a slow reader could take it',
    labels: ['result'],
    on: 'api',
  },
  pushLag: {
    name: 'carillon_push_lag_seconds',
    type: 'histogram',
    help: 'From the commit of a change of a mailing to its being handed to the subscribers of this process',
    labels: [],
    buckets: [0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 5, 10],
    on: 'api',
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricKey = keyof typeof definitions;
type Definitions = typeof definitions;

/** The keys of one type: a histogram cannot be counted up. */
export type KeyOf<Type extends MetricDefinition['type']> = {
  [Key in MetricKey]: Definitions[Key]['type'] extends Type ? Key : never;
}[MetricKey];
export type LabelOf<Key extends MetricKey> = Definitions[Key]['labels'][number];

export const metricDefinitions: Readonly<Record<MetricKey, MetricDefinition>> = definitions;
