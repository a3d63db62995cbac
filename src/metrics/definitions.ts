// Every metric that a process may show: the one table. docs/metrics.md, the alerts and the dashboard are held to it by tests.
import { apiDefinitions } from './api-definitions.ts';
import type { MetricDefinition } from './metric-definition.ts';
import { processDefinitions } from './process-definitions.ts';
import { workerDefinitions } from './worker-definitions.ts';

const definitions = { ...workerDefinitions, ...processDefinitions, ...apiDefinitions } as const;

export type MetricKey = keyof typeof definitions;
type Definitions = typeof definitions;

/** The keys of one type: a histogram cannot be counted up. */
export type KeyOf<Type extends MetricDefinition['type']> = {
  [Key in MetricKey]: Definitions[Key]['type'] extends Type ? Key : never;
}[MetricKey];
export type LabelOf<Key extends MetricKey> = Definitions[Key]['labels'][number];

export const metricDefinitions: Readonly<Record<MetricKey, MetricDefinition>> = definitions;
