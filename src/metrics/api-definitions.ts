// The metrics of an api process: operations, and who watches what.
import { requestBuckets } from './metric-definition.ts';
import type { MetricDefinition } from './metric-definition.ts';

export const apiDefinitions = {
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
