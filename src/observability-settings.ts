// The settings of metrics and tracing: what they are and what can be wrong with them. config.ts reads them with all others.

export interface Observability {
  /** Of a worker's own metrics and health; null: none. 0: any free port. */
  readonly metricsPort: number | null;
  /** Base URL of an OTLP/HTTP collector; null: no tracing. */
  readonly otlpEndpoint: string | null;
  /** Whether the provider is told which span a request belongs to. */
  readonly traceProvider: boolean;
}

export const observabilitySettings = [
  {
    name: 'METRICS_PORT',
    default: 'unset',
    meaning: 'port of a worker for `/metrics`, `/healthz` and `/readyz`, on `HOST`; unset: none. Other roles have them on `PORT`',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    default: 'unset',
    meaning: 'base URL of an OpenTelemetry collector (OTLP over HTTP), such as `http://collector:4318`; unset: no tracing',
  },
  { name: 'TRACE_PROVIDER', default: 'off', meaning: '`on` sends the header `traceparent` to the provider' },
] as const;

/** What follows the setting's name in a fault, or null when the value is good. */
export function otlpEndpointFault(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return ': must be an http:// or https:// URL (its value is not shown)';
  if (url.username !== '' || url.password !== '')
    return ': must not carry a user or password; credentials go into OTEL_EXPORTER_OTLP_HEADERS';
  return url.search === '' && url.hash === '' ? null : ': must end with the path: no query, no fragment';
}

/** What an operator should know of settings that are allowed but do nothing. `listens`: the role has a port anyway. */
export function observabilityWarningsOf(settings: Observability, role: string, listens: boolean): readonly string[] {
  const { metricsPort, otlpEndpoint, traceProvider } = settings;
  return [
    ...(metricsPort !== null && listens ? [`METRICS_PORT is set and not used: with ROLE=${role} the metrics are on PORT`] : []),
    ...(traceProvider && otlpEndpoint === null ? ['TRACE_PROVIDER=on does nothing without OTEL_EXPORTER_OTLP_ENDPOINT'] : []),
  ];
}
