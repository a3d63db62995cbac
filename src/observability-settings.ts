// The settings of metrics and tracing: what they are and what can be wrong with them. config.ts reads them with all others.

export interface Observability {
  /** Of a worker's own metrics and health; null: none. 0: any free port. */
  readonly metricsPort: number | null;
}

export const observabilitySettings = [
  {
    name: 'METRICS_PORT',
    default: 'unset',
    meaning: 'port of a worker for `/metrics`, `/healthz` and `/readyz`, on `HOST`; unset: none. Other roles have them on `PORT`',
  },
] as const;

/** What an operator should know of settings that are allowed but do nothing. `listens`: the role has a port anyway. */
export function observabilityWarningsOf({ metricsPort }: Observability, role: string, listens: boolean): readonly string[] {
  return metricsPort !== null && listens ? [`METRICS_PORT is set and not used: with ROLE=${role} the metrics are on PORT`] : [];
}
