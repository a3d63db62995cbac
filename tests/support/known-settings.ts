// The names that deployments may set: the settings of src/config.ts, and those that deployments pass on and the service has yet to learn.
import { settings } from '../../src/config.ts';

/** Empty values count as unset, so passing them on early is harmless. A test takes each name off this list as soon as src/config.ts has it. */
export const arriving: readonly string[] = [
  'METRICS_PORT',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'TRACE_PROVIDER',
  'AUTH_ROLE_CLAIM',
  'AUTH_OIDC_ISSUER',
  'AUTH_OIDC_CLIENT_ID',
  'AUTH_OIDC_SCOPE',
  'AUTH_OIDC_PARAMETERS',
  'SMTP_URL',
  'REPORT_TO',
  'REPORT_FROM',
  'REPORT_AT',
  'REPORT_TIME_ZONE',
  'RETENTION_DAYS',
  'WEBHOOK_URL',
  'WEBHOOK_SECRET',
];

export const settingNames: ReadonlySet<string> = new Set(settings.map(({ name }) => name));

export const knownSettings: ReadonlySet<string> = new Set([...settingNames, ...arriving]);
