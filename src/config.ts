// Environment -> typed settings, in two pure steps: every value is parsed, then the values are held against each other.
// All faults are reported at once; a fault never shows a secret. The program passes the result on: no other file reads settings.
import { authContradictions, authSettings, authWarningsOf, jwksUrlFault, jwtSecretFault, toAuth } from './auth-settings.ts';
import type { Auth } from './auth-settings.ts';
import { toFailpoints } from './failpoints.ts';
import type { Failpoint } from './failpoints.ts';
import { isLoopback, oidcIssuerFault, oidcParametersFault, oidcScopeFault, toOidc } from './oidc-settings.ts';
import { observabilitySettings, observabilityWarningsOf, otlpEndpointFault } from './observability-settings.ts';
import type { Observability } from './observability-settings.ts';
import {
  reportAtFault,
  reportContradictions,
  reportFromFault,
  reportSettings,
  reportToFault,
  reportZoneFault,
  smtpUrlFault,
  toReports,
} from './report-settings.ts';
import type { Reports } from './report-settings.ts';
import {
  databaseUrlFault,
  failpointFault,
  hostFault,
  originsFault,
  providerUrlFault,
  quote,
  toOrigins,
  tokenFault,
} from './setting-faults.ts';
import {
  toWebhooks,
  webhookContradictions,
  webhookSecretFault,
  webhookSettings,
  webhookUrlFault,
  webhookWarningsOf,
} from './webhook-settings.ts';
import type { Webhooks } from './webhook-settings.ts';

export type Role = 'all' | 'api' | 'worker' | 'migrate';
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** Where the provider's bearer token comes from; a file is read again when it changes. */
export type TokenSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'value'; readonly token: string }
  | { readonly kind: 'file'; readonly path: string };

export interface Config {
  readonly role: Role;
  /** `url` null: the embedded PostgreSQL in `dataDir`. */
  readonly database: { readonly url: string | null; readonly dataDir: string };
  /** `port` 0: any free one. */
  /** `allowedOrigins`: of other sites' pages that may call, as browsers send them. */
  readonly http: { readonly host: string; readonly port: number; readonly allowedOrigins: readonly string[] };
  /** `url` null: the built-in simulator. No trailing slash. `ratePerSecond` null: no cap. */
  readonly provider: {
    readonly url: string | null;
    readonly token: TokenSource;
    readonly timeoutMs: number;
    readonly connections: number;
    readonly ratePerSecond: number | null;
    readonly onAmbiguous: 'resend' | 'hold';
  };
  readonly auth: Auth;
  readonly worker: { readonly leaseMs: number; readonly reconcileMs: number };
  /** Days after its end that a mailing keeps its messages; null: for ever. */
  readonly retentionDays: number | null;
  /** null: nobody is told of events. */
  readonly webhooks: Webhooks | null;
  /** null: no daily report. */
  readonly reports: Reports | null;
  /** `trustedDocuments`: path of their list; null: any document may run. */
  readonly graphql: { readonly introspection: boolean; readonly trustedDocuments: string | null };
  /** What one caller may ask for. `requestsPerSecond` null: no limit. */
  readonly callers: { readonly requestsPerSecond: number | null; readonly webSockets: number };
  readonly log: { readonly level: LogLevel };
  readonly observability: Observability;
  readonly failpoints: readonly Failpoint[];
}

export type ConfigResult = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly faults: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

const roles = ['all', 'api', 'worker', 'migrate'] as const satisfies readonly Role[];
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const satisfies readonly LogLevel[];

/** Every setting with its default as README shows it (`unset`: none) and its meaning; a test holds README's table against it. */
export const settings = [
  { name: 'DATABASE_URL', default: 'unset', meaning: 'PostgreSQL to use; unset: the embedded one in `DATA_DIR`' },
  { name: 'DATA_DIR', default: '.data', meaning: 'folder of the embedded database and of generated secrets' },
  { name: 'ROLE', default: 'all', meaning: '`all`, `api`, `worker`, or `migrate` (applies migrations and ends)' },
  { name: 'HOST', default: '127.0.0.1', meaning: 'address to listen on; anything but loopback needs an explicit `AUTH`' },
  { name: 'PORT', default: '4000', meaning: 'port to listen on; `0` picks a free one and prints it' },
  { name: 'PROVIDER_URL', default: 'unset', meaning: 'base URL of the provider, up to and including `/v1`; unset: the built-in simulator' },
  { name: 'PROVIDER_TOKEN', default: 'unset', meaning: 'sent as `Authorization: Bearer …`' },
  {
    name: 'PROVIDER_TOKEN_FILE',
    default: 'unset',
    meaning: 'file with the token, read again when it changes; instead of `PROVIDER_TOKEN`',
  },
  { name: 'PROVIDER_TIMEOUT_MS', default: '10000', meaning: 'whole request, connect to last byte' },
  { name: 'PROVIDER_CONNECTIONS', default: '64', meaning: 'most requests at a time per worker; fewer while the provider does not keep up' },
  { name: 'PROVIDER_RATE_PER_SECOND', default: 'unset', meaning: 'cap over all workers together' },
  {
    name: 'PROVIDER_ON_AMBIGUOUS',
    default: 'resend',
    meaning: 'after an ambiguous answer: `resend` under the same id, or `hold` as UNCONFIRMED',
  },
  ...authSettings,
  { name: 'LEASE_SECONDS', default: '60', meaning: 'how long a worker may hold a batch without settling' },
  { name: 'RECONCILE_SECONDS', default: '15', meaning: 'how often the reconciler looks' },
  {
    name: 'RETENTION_DAYS',
    default: 'unset',
    meaning: 'so many days after a mailing has ended its messages and their attempts are removed, counts stay; unset: never',
  },
  ...reportSettings,
  ...webhookSettings,
  { name: 'INTROSPECTION', default: 'on', meaning: '`off` hides the schema on both transports' },
  {
    name: 'TRUSTED_DOCUMENTS',
    default: 'unset',
    meaning: 'JSON file of ids and documents, as graphql-codegen writes it; with it only these documents run, on both transports',
  },
  {
    name: 'ALLOWED_ORIGINS',
    default: 'unset',
    meaning: "origins of other sites' pages that may call, such as `https://console.example`, separated by commas; own pages always may",
  },
  {
    name: 'CALLER_REQUESTS_PER_SECOND',
    default: '1000',
    meaning: 'requests and WebSocket operations of one caller, on average over 10 s; `0`: no limit',
  },
  { name: 'CALLER_WEBSOCKETS', default: '2000', meaning: 'WebSockets of one caller at a time' },
  ...observabilitySettings,
  {
    name: 'FAILPOINT',
    default: 'unset',
    meaning: 'for rehearsing failures: `NAME:ACTION`, the process ends (`kill`), freezes (`stop`) or throws (`throw`) at a named place',
  },
  { name: 'LOG_LEVEL', default: 'info', meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace`, or `silent`' },
] as const;

type SettingName = (typeof settings)[number]['name'];

/** Reads all settings. An empty value counts as unset: compose files pass unset variables on as empty ones. */
export function readConfig(env: Environment): ConfigResult {
  const parsed = parseSettings(env);
  const faults = [...parsed.faults, ...findContradictions(parsed.config, env)];
  return faults.length > 0 ? { ok: false, faults } : { ok: true, config: parsed.config };
}

/** What an operator should know of settings that are allowed but worth a second look; for the log at the start. */
export function warningsOf(config: Config): readonly string[] {
  const warnings: string[] = [];
  if (listens(config.role)) warnings.push(...authWarningsOf(config.auth, config.http.host));
  warnings.push(...webhookWarningsOf(config.webhooks));
  if (config.provider.url !== null && config.provider.token.kind === 'none') {
    warnings.push('PROVIDER_URL is set without PROVIDER_TOKEN or PROVIDER_TOKEN_FILE: requests carry no token');
  }
  if (config.provider.url === null && config.provider.token.kind !== 'none') {
    warnings.push('a provider token is set without PROVIDER_URL: messages go to the built-in simulator, nothing real is sent');
  }
  warnings.push(...observabilityWarningsOf(config.observability, config.role, listens(config.role)));
  for (const { name, action } of config.failpoints) {
    warnings.push(`FAILPOINT is set: this process will ${action} at ${name}; never set it where messages are real`);
  }
  return warnings;
}

function listens(role: Role): boolean {
  return role === 'all' || role === 'api';
}

/** First step: each value by itself. A value at fault is replaced by a harmless one, so that the second step can look at the rest. */
function parseSettings(env: Environment): { readonly config: Config; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const given = (name: SettingName): string | null => valueOf(env, name);

  const oneOf = <T extends string>(name: SettingName, choices: readonly [T, ...T[]]): T => {
    const text = given(name) ?? defaultOf(name);
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) faults.push(`${name}=${quote(text)}: must be one of ${choices.join(', ')}`);
    return choice ?? choices[0];
  };
  const wholeNumber = (name: SettingName, from: number, to: number): number => {
    const text = given(name) ?? defaultOf(name);
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= from && value <= to) return value;
    faults.push(`${name}=${quote(text)}: must be a whole number from ${from} to ${to}`);
    return from;
  };
  const checked = (name: SettingName, faultOf: (text: string) => string | null): string | null => {
    const text = given(name);
    const fault = text === null ? null : faultOf(text);
    if (fault !== null) faults.push(`${name}${fault}`);
    return fault === null ? text : null;
  };

  const config: Config = {
    role: oneOf('ROLE', roles),
    database: { url: checked('DATABASE_URL', databaseUrlFault), dataDir: given('DATA_DIR') ?? defaultOf('DATA_DIR') },
    http: {
      host: checked('HOST', hostFault) ?? defaultOf('HOST'),
      port: wholeNumber('PORT', 0, 65_535),
      allowedOrigins: toOrigins(checked('ALLOWED_ORIGINS', originsFault) ?? ''),
    },
    provider: {
      url: checked('PROVIDER_URL', providerUrlFault)?.replace(/\/+$/, '') ?? null,
      token: tokenSource(checked('PROVIDER_TOKEN', tokenFault), given('PROVIDER_TOKEN_FILE')),
      timeoutMs: wholeNumber('PROVIDER_TIMEOUT_MS', 10, 600_000),
      connections: wholeNumber('PROVIDER_CONNECTIONS', 1, 4_096),
      ratePerSecond: given('PROVIDER_RATE_PER_SECOND') === null ? null : wholeNumber('PROVIDER_RATE_PER_SECOND', 1, 1_000_000),
      onAmbiguous: oneOf('PROVIDER_ON_AMBIGUOUS', ['resend', 'hold']),
    },
    auth: toAuth({
      mode: oneOf('AUTH', ['none', 'jwt']),
      explicit: given('AUTH') !== null,
      secret: checked('AUTH_JWT_SECRET', jwtSecretFault),
      jwksUrl: checked('AUTH_JWKS_URL', jwksUrlFault),
      issuer: given('AUTH_ISSUER'),
      audience: given('AUTH_AUDIENCE'),
      roleClaim: given('AUTH_ROLE_CLAIM') ?? defaultOf('AUTH_ROLE_CLAIM'),
      oidc: toOidc({
        issuer: checked('AUTH_OIDC_ISSUER', oidcIssuerFault),
        clientId: given('AUTH_OIDC_CLIENT_ID'),
        scope: checked('AUTH_OIDC_SCOPE', oidcScopeFault) ?? defaultOf('AUTH_OIDC_SCOPE'),
        parameters: checked('AUTH_OIDC_PARAMETERS', oidcParametersFault) ?? '',
      }),
    }),
    worker: { leaseMs: wholeNumber('LEASE_SECONDS', 1, 3_600) * 1_000, reconcileMs: wholeNumber('RECONCILE_SECONDS', 1, 3_600) * 1_000 },
    retentionDays: given('RETENTION_DAYS') === null ? null : wholeNumber('RETENTION_DAYS', 1, 36_500),
    webhooks: toWebhooks(checked('WEBHOOK_URL', webhookUrlFault), checked('WEBHOOK_SECRET', webhookSecretFault)),
    reports: toReports({
      smtpUrl: checked('SMTP_URL', smtpUrlFault),
      to: checked('REPORT_TO', reportToFault),
      from: checked('REPORT_FROM', reportFromFault),
      at: checked('REPORT_AT', reportAtFault) ?? defaultOf('REPORT_AT'),
      timeZone: checked('REPORT_TIME_ZONE', reportZoneFault) ?? defaultOf('REPORT_TIME_ZONE'),
    }),
    graphql: { introspection: oneOf('INTROSPECTION', ['on', 'off']) === 'on', trustedDocuments: given('TRUSTED_DOCUMENTS') },
    callers: {
      requestsPerSecond: wholeNumber('CALLER_REQUESTS_PER_SECOND', 0, 1_000_000) || null,
      webSockets: wholeNumber('CALLER_WEBSOCKETS', 1, 1_000_000),
    },
    log: { level: oneOf('LOG_LEVEL', logLevels) },
    observability: {
      metricsPort: given('METRICS_PORT') === null ? null : wholeNumber('METRICS_PORT', 0, 65_535),
      otlpEndpoint: checked('OTEL_EXPORTER_OTLP_ENDPOINT', otlpEndpointFault),
      traceProvider: oneOf('TRACE_PROVIDER', ['off', 'on']) === 'on',
    },
    failpoints: toFailpoints(checked('FAILPOINT', failpointFault) ?? '') ?? [],
  };
  return { config, faults };
}

/** Second step: values that are fine alone and wrong together. */
function findContradictions({ role, database, http, auth }: Config, env: Environment): readonly string[] {
  const faults: string[] = [];
  if (valueOf(env, 'PROVIDER_TOKEN') !== null && valueOf(env, 'PROVIDER_TOKEN_FILE') !== null) {
    faults.push('PROVIDER_TOKEN and PROVIDER_TOKEN_FILE are both set: keep one of them');
  }
  if (valueOf(env, 'DATABASE_URL') === null && (role === 'api' || role === 'worker')) {
    faults.push(`ROLE=${role} needs DATABASE_URL: the embedded database in ${database.dataDir} serves one process only, which is ROLE=all`);
  }
  if (!isLoopback(http.host) && auth.mode === 'none' && !auth.explicit) {
    faults.push(
      `HOST=${http.host} can be reached from other machines: set AUTH=jwt with AUTH_JWT_SECRET or AUTH_JWKS_URL, so that callers need a token; or AUTH=none to say that everybody may read and send everything; or leave HOST at 127.0.0.1`,
    );
  }
  const given = givenNames(env);
  return [
    ...faults,
    ...authContradictions(valueOf(env, 'AUTH') ?? 'none', given),
    ...reportContradictions(given),
    ...webhookContradictions(given),
  ];
}

function tokenSource(token: string | null, path: string | null): TokenSource {
  if (token !== null) return { kind: 'value', token };
  return path === null ? { kind: 'none' } : { kind: 'file', path };
}

function givenNames(env: Environment): ReadonlySet<string> {
  return new Set(Object.keys(env).filter((name) => (env[name]?.trim() ?? '') !== ''));
}

function valueOf(env: Environment, name: SettingName): string | null {
  const text = env[name]?.trim();
  return text === undefined || text === '' ? null : text;
}

function defaultOf(name: SettingName): string {
  return settings.find((setting) => setting.name === name)?.default ?? '';
}
