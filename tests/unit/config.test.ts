import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConfig, settings, warningsOf } from '../../src/config.ts';
import type { Config } from '../../src/config.ts';

function read(env: Record<string, string> = {}): Config {
  const result = readConfig(env);
  if (!result.ok) throw new Error(result.faults.join('\n'));
  return result.config;
}

const secret = 'thirty-two bytes are the least there may be';
/** Gives no warning of its own. */
const quiet = { AUTH: 'jwt', AUTH_JWT_SECRET: secret };

function faults(env: Record<string, string>): readonly string[] {
  const result = readConfig(env);
  return result.ok ? [] : result.faults;
}

test('an empty environment is a complete configuration', () => {
  expect(read()).toEqual({
    role: 'all',
    database: { url: null, dataDir: '.data' },
    http: { host: '127.0.0.1', port: 4000, allowedOrigins: [] },
    provider: { url: null, token: { kind: 'none' }, timeoutMs: 10_000, connections: 64, ratePerSecond: null, onAmbiguous: 'resend' },
    auth: { mode: 'none', explicit: false },
    worker: { leaseMs: 60_000, reconcileMs: 15_000 },
    retentionDays: null,
    reports: null,
    webhooks: null,
    graphql: { introspection: true, trustedDocuments: null },
    callers: { requestsPerSecond: 1_000, webSockets: 2_000 },
    log: { level: 'info' },
    observability: { metricsPort: null, otlpEndpoint: null, traceProvider: false },
    failpoints: [],
  });
});

test('every setting is read', () => {
  expect(
    read({
      DATABASE_URL: 'postgres://carillon:secret@db:5432/carillon',
      DATA_DIR: '/srv/carillon',
      ROLE: 'worker',
      HOST: '0.0.0.0',
      PORT: '0',
      PROVIDER_URL: 'https://provider.example/v1/',
      PROVIDER_TOKEN: 'abc.def-ghi',
      PROVIDER_TIMEOUT_MS: '2500',
      PROVIDER_CONNECTIONS: '8',
      PROVIDER_RATE_PER_SECOND: '300',
      PROVIDER_ON_AMBIGUOUS: 'hold',
      AUTH: 'none',
      LEASE_SECONDS: '2',
      RECONCILE_SECONDS: '1',
      RETENTION_DAYS: '90',
      INTROSPECTION: 'off',
      TRUSTED_DOCUMENTS: '/etc/carillon/documents.json',
      ALLOWED_ORIGINS: 'https://console.example, http://localhost:5173',
      CALLER_REQUESTS_PER_SECOND: '0',
      CALLER_WEBSOCKETS: '10',
      METRICS_PORT: '9464',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      TRACE_PROVIDER: 'on',
      FAILPOINT: 'after-lease:stop:3, before-post@79000000001:kill',
      LOG_LEVEL: 'silent',
    }),
  ).toEqual({
    role: 'worker',
    database: { url: 'postgres://carillon:secret@db:5432/carillon', dataDir: '/srv/carillon' },
    http: { host: '0.0.0.0', port: 0, allowedOrigins: ['https://console.example', 'http://localhost:5173'] },
    provider: {
      url: 'https://provider.example/v1',
      token: { kind: 'value', token: 'abc.def-ghi' },
      timeoutMs: 2_500,
      connections: 8,
      ratePerSecond: 300,
      onAmbiguous: 'hold',
    },
    auth: { mode: 'none', explicit: true },
    worker: { leaseMs: 2_000, reconcileMs: 1_000 },
    retentionDays: 90,
    reports: null,
    webhooks: null,
    graphql: { introspection: false, trustedDocuments: '/etc/carillon/documents.json' },
    callers: { requestsPerSecond: null, webSockets: 10 },
    log: { level: 'silent' },
    observability: { metricsPort: 9_464, otlpEndpoint: 'http://collector:4318', traceProvider: true },
    failpoints: [
      { name: 'after-lease', phone: null, action: 'stop', pass: 3 },
      { name: 'before-post', phone: '79000000001', action: 'kill', pass: null },
    ],
  });
  expect(read({ PROVIDER_TOKEN_FILE: '/run/secrets/token' }).provider.token).toEqual({ kind: 'file', path: '/run/secrets/token' });
});

test('the settings of authentication are read', () => {
  const rest = { issuer: 'https://i.example', audience: 'carillon' };
  const env = { AUTH: 'jwt', AUTH_ISSUER: rest.issuer, AUTH_AUDIENCE: rest.audience };
  expect(read({ ...env, AUTH_JWT_SECRET: secret }).auth).toEqual({
    mode: 'jwt',
    keys: { kind: 'secret', secret },
    ...rest,
    roleClaim: 'role',
    oidc: null,
  });
  const url = 'https://i.example/keys';
  expect(read({ ...env, AUTH_JWKS_URL: url }).auth).toEqual({
    mode: 'jwt',
    keys: { kind: 'jwks', url },
    ...rest,
    roleClaim: 'role',
    oidc: null,
  });
});

describe('signing in to the console', () => {
  const keys = { AUTH: 'jwt', AUTH_JWKS_URL: 'https://i.example/keys' };
  const provider = { ...keys, AUTH_OIDC_ISSUER: 'https://i.example/', AUTH_OIDC_CLIENT_ID: 'console' };

  test('is read, and whose tokens count follows from it', () => {
    const parameters = 'audience=https://c.example&resource=a%20b';
    const env = { ...provider, AUTH_OIDC_SCOPE: 'openid api', AUTH_OIDC_PARAMETERS: parameters, AUTH_ROLE_CLAIM: 'roles' };
    expect(read(env).auth).toMatchObject({
      issuer: 'https://i.example/',
      roleClaim: 'roles',
      oidc: {
        issuer: 'https://i.example/',
        clientId: 'console',
        scope: 'openid api',
        parameters: { audience: 'https://c.example', resource: 'a b' },
      },
    });
    expect(read(provider).auth).toMatchObject({ oidc: { scope: 'openid profile', parameters: {} } });
    expect(read({ ...provider, AUTH_ISSUER: 'https://sts.example' }).auth).toMatchObject({ issuer: 'https://sts.example' });
    expect(read({ ...provider, AUTH_OIDC_ISSUER: 'http://127.0.0.1:8080/realm' }).auth).toMatchObject({ oidc: {} });
  });

  test.each([
    ['AUTH_OIDC_ISSUER', 'http://i.example', /^AUTH_OIDC_ISSUER: must be an https:\/\/ URL/],
    ['AUTH_OIDC_ISSUER', 'i.example', /^AUTH_OIDC_ISSUER: must be an https:\/\/ URL/],
    ['AUTH_OIDC_ISSUER', 'https://a:b@i.example', /^AUTH_OIDC_ISSUER: must not carry a user or password$/],
    ['AUTH_OIDC_ISSUER', 'https://i.example?a=b', /^AUTH_OIDC_ISSUER: must end with the path/],
    ['AUTH_OIDC_SCOPE', 'profile', /^AUTH_OIDC_SCOPE: must have openid among its scopes$/],
    ['AUTH_OIDC_SCOPE', 'openid  "a"', /^AUTH_OIDC_SCOPE: must be scopes separated by single spaces$/],
    ['AUTH_OIDC_PARAMETERS', 'audience', /^AUTH_OIDC_PARAMETERS: must look like a query/],
    ['AUTH_OIDC_PARAMETERS', 'a=b&state=x', /^AUTH_OIDC_PARAMETERS: state is set by the console itself$/],
    ['AUTH_OIDC_PARAMETERS', 'a=b&a=c', /^AUTH_OIDC_PARAMETERS: names a parameter twice$/],
  ])('does not start with %s=%s', (name, value, words) => {
    expect(faults({ ...provider, [name]: value })).toEqual([expect.stringMatching(words)]);
  });

  test('needs both an issuer and a client, and keys that are published', () => {
    const { AUTH_OIDC_ISSUER, AUTH_OIDC_CLIENT_ID } = provider;
    expect(faults({ ...keys, AUTH_OIDC_ISSUER })).toEqual([expect.stringMatching(/^AUTH_OIDC_ISSUER needs AUTH_OIDC_CLIENT_ID/)]);
    expect(faults({ ...keys, AUTH_OIDC_CLIENT_ID })).toEqual([expect.stringMatching(/^AUTH_OIDC_CLIENT_ID needs AUTH_OIDC_ISSUER/)]);
    expect(faults({ ...keys, AUTH_OIDC_SCOPE: 'openid', AUTH_OIDC_PARAMETERS: 'a=b' })).toEqual([
      expect.stringMatching(/^AUTH_OIDC_SCOPE is set without AUTH_OIDC_ISSUER/),
      expect.stringMatching(/^AUTH_OIDC_PARAMETERS is set without AUTH_OIDC_ISSUER/),
    ]);
    expect(faults({ AUTH: 'jwt', AUTH_JWT_SECRET: secret, AUTH_OIDC_ISSUER, AUTH_OIDC_CLIENT_ID })).toEqual([
      expect.stringMatching(/^AUTH_OIDC_ISSUER and AUTH_JWT_SECRET are both set.*set AUTH_JWKS_URL/),
    ]);
    expect(faults({ AUTH_OIDC_CLIENT_ID })).toEqual([expect.stringMatching(/^AUTH_OIDC_CLIENT_ID is set and AUTH is not jwt/)]);
  });
});

test('an empty value counts as unset', () => {
  expect(read(Object.fromEntries(settings.map(({ name }) => [name, ' '])))).toEqual(read());
});

test('the listed defaults are the real ones', () => {
  const defaults = settings.filter((setting) => setting.default !== 'unset').map((setting) => [setting.name, setting.default] as const);
  const { auth, ...rest } = read(Object.fromEntries(defaults.filter(([name]) => !name.startsWith('AUTH_'))));
  expect(rest).toEqual({ ...read(), auth: undefined });
  expect(auth).toEqual({ mode: 'none', explicit: true });

  const provider = { AUTH_JWKS_URL: 'https://i.example/keys', AUTH_OIDC_ISSUER: 'https://i.example', AUTH_OIDC_CLIENT_ID: 'console' };
  const signingIn = { ...provider, AUTH: 'jwt' };
  expect(read({ ...Object.fromEntries(defaults), ...signingIn }).auth).toEqual(read(signingIn).auth);
});

test.each([
  ['ROLE', 'API', 'ROLE="API": must be one of all, api, worker, migrate'],
  ['PORT', '65536', 'PORT="65536": must be a whole number from 0 to 65535'],
  ['METRICS_PORT', 'nine', 'METRICS_PORT="nine": must be a whole number from 0 to 65535'],
  [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'collector:4318',
    'OTEL_EXPORTER_OTLP_ENDPOINT: must be an http:// or https:// URL (its value is not shown)',
  ],
  [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'http://u:hidden@collector:4318',
    'OTEL_EXPORTER_OTLP_ENDPOINT: must not carry a user or password; credentials go into OTEL_EXPORTER_OTLP_HEADERS',
  ],
  ['TRACE_PROVIDER', 'yes', 'TRACE_PROVIDER="yes": must be one of off, on'],
  ['PORT', '-1', 'PORT="-1": must be a whole number from 0 to 65535'],
  ['PORT', '4e3', 'PORT="4e3": must be a whole number from 0 to 65535'],
  ['HOST', 'localhost:4000', 'HOST="localhost:4000": must be an IP address or a host name, without port'],
  [
    'DATABASE_URL',
    'mysql://u:hidden@h/d',
    'DATABASE_URL: must look like postgres://user:password@host:5432/database (its value is not shown)',
  ],
  [
    'PROVIDER_URL',
    'provider.example/v1',
    'PROVIDER_URL: must be an http:// or https:// URL up to and including /v1 (its value is not shown)',
  ],
  ['PROVIDER_URL', 'https://u:hidden@h/v1', 'PROVIDER_URL: must not carry a user or password; the token goes into PROVIDER_TOKEN'],
  ['PROVIDER_URL', 'https://h/v1?key=hidden', 'PROVIDER_URL="https://h/v1"…: must end with the path: no query, no fragment'],
  ['PROVIDER_TOKEN', 'hidden\r\nX-Other: 1', 'PROVIDER_TOKEN: holds characters that a bearer token cannot have (its value is not shown)'],
  ['PROVIDER_TIMEOUT_MS', '9', 'PROVIDER_TIMEOUT_MS="9": must be a whole number from 10 to 600000'],
  ['PROVIDER_CONNECTIONS', '0', 'PROVIDER_CONNECTIONS="0": must be a whole number from 1 to 4096'],
  ['PROVIDER_RATE_PER_SECOND', '0.5', 'PROVIDER_RATE_PER_SECOND="0.5": must be a whole number from 1 to 1000000'],
  ['PROVIDER_ON_AMBIGUOUS', 'drop', 'PROVIDER_ON_AMBIGUOUS="drop": must be one of resend, hold'],
  ['LEASE_SECONDS', '0', 'LEASE_SECONDS="0": must be a whole number from 1 to 3600'],
  ['RECONCILE_SECONDS', 'x', 'RECONCILE_SECONDS="x": must be a whole number from 1 to 3600'],
  ['RETENTION_DAYS', '0', 'RETENTION_DAYS="0": must be a whole number from 1 to 36500'],
  ['INTROSPECTION', 'true', 'INTROSPECTION="true": must be one of on, off'],
  ['LOG_LEVEL', 'verbose', 'LOG_LEVEL="verbose": must be one of fatal, error, warn, info, debug, trace, silent'],
  ['AUTH', 'basic', 'AUTH="basic": must be one of none, jwt'],
])('%s=%j is a fault that says what to do', (name, value, fault) => {
  expect(faults({ [name]: value })).toEqual([fault]);
});

test.each([
  'after-lease',
  'kill',
  'after-lunch:kill',
  'after-lease:explode',
  'after-lease:kill:0',
  'before-post@7900:kill',
  'before-settle@79000000001:kill',
  'after-lease:kill,',
])('FAILPOINT=%j is a fault that names what it may be', (value) => {
  expect(faults({ FAILPOINT: value })).toEqual([
    expect.stringMatching(/^FAILPOINT=.*: must be NAME\[@PHONE\]:ACTION\[:PASS\].*after-lease.*kill, stop, throw/),
  ]);
});

test('all faults are reported at once', () => {
  const found = faults({
    ROLE: 'x',
    PORT: 'x',
    LOG_LEVEL: 'x',
    PROVIDER_TOKEN: 'a',
    PROVIDER_TOKEN_FILE: 'b',
    AUTH_ISSUER: 'c',
    HOST: '0.0.0.0',
  });
  expect(found).toHaveLength(6);
});

test('no fault shows a secret', () => {
  const secretNames = ['DATABASE_URL', 'PROVIDER_TOKEN', 'AUTH_JWT_SECRET'];
  fc.assert(
    fc.property(fc.constantFrom(...secretNames), fc.string({ minLength: 12 }), (name, secret) => {
      const text = faults({ [name]: `https://u:${secret}@h `, PORT: 'x' }).join('\n');
      expect(text).not.toContain(secret.trim());
    }),
    // A secret that is part of the fault's own words would prove nothing.
    { examples: [['PROVIDER_TOKEN', 'hunter2 hunter2']] },
  );
});

describe('values that are wrong together', () => {
  test('AUTH=jwt without keys, and with two kinds of them', () => {
    expect(faults({ AUTH: 'jwt' })).toEqual([expect.stringMatching(/^AUTH=jwt needs AUTH_JWT_SECRET.*or AUTH_JWKS_URL/)]);
    expect(faults({ AUTH: 'jwt', AUTH_JWT_SECRET: secret, AUTH_JWKS_URL: 'https://i.example/keys' })).toEqual([
      'AUTH_JWT_SECRET and AUTH_JWKS_URL are both set: keep one of them',
    ]);
  });

  test.each(['AUTH_JWT_SECRET', 'AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'])('%s without AUTH=jwt', (name) => {
    const value = name === 'AUTH_JWKS_URL' ? 'https://i.example/keys' : secret;
    const words = `${name} is set and AUTH is not jwt, so nothing would be protected: set AUTH=jwt, or unset ${name}`;
    expect(faults({ [name]: value })).toEqual([words]);
    expect(faults({ [name]: value, AUTH: 'none' })).toEqual([words]);
  });

  test('a misspelt setting of authentication, which would protect less than it seems', () => {
    expect(faults({ AUTH: 'jwt', AUTH_JWT_SECRET: secret, AUTH_AUDIANCE: 'carillon' })).toEqual([
      'AUTH_AUDIANCE is not a setting: unset it, or correct its name',
    ]);
  });

  test('every fault of authentication at once', () => {
    expect(faults({ AUTH: 'jwt', AUTH_JWT_SECRET: 'short', AUTH_JWKS_URL: 'ftp://i.example', AUTH_ISUER: 'x' })).toEqual([
      'AUTH_JWT_SECRET: must have at least 32 bytes (its value is not shown)',
      'AUTH_JWKS_URL: must be an https:// URL (its value is not shown)',
      'AUTH_JWT_SECRET and AUTH_JWKS_URL are both set: keep one of them',
      'AUTH_ISUER is not a setting: unset it, or correct its name',
    ]);
  });

  test('a token and a token file', () => {
    expect(faults({ PROVIDER_TOKEN: 'a', PROVIDER_TOKEN_FILE: 'b' })).toEqual([
      'PROVIDER_TOKEN and PROVIDER_TOKEN_FILE are both set: keep one of them',
    ]);
  });

  test.each(['api', 'worker'])('ROLE=%s on the embedded database, which serves one process', (ROLE) => {
    expect(faults({ ROLE })).toEqual([expect.stringContaining(`ROLE=${ROLE} needs DATABASE_URL`)]);
    expect(faults({ ROLE, DATABASE_URL: 'postgres://h/d' })).toEqual([]);
  });

  test.each(['0.0.0.0', '::', '192.0.2.7', 'carillon.example', '127.example.org'])('HOST=%s without an explicit AUTH', (HOST) => {
    expect(faults({ HOST })).toEqual([expect.stringContaining(`HOST=${HOST} can be reached from other machines`)]);
    expect(faults({ HOST, AUTH: 'none' })).toEqual([]);
    expect(faults({ HOST, AUTH: 'jwt', AUTH_JWT_SECRET: secret })).toEqual([]);
  });

  test.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('HOST=%s is this machine only and needs no AUTH', (HOST) => {
    expect(faults({ HOST })).toEqual([]);
  });
});

describe('warnings', () => {
  test('a protected service gives none, nor does one that listens on no port', () => {
    const protection = { AUTH: 'jwt', AUTH_JWT_SECRET: secret };
    expect(warningsOf(read(protection))).toEqual([]);
    expect(warningsOf(read({ ...protection, HOST: '0.0.0.0', PROVIDER_URL: 'https://h/v1', PROVIDER_TOKEN: 'a' }))).toEqual([]);
    expect(warningsOf(read({ ROLE: 'migrate' }))).toEqual([]);
  });

  test('a port without authentication is named at every start', () => {
    expect(warningsOf(read())).toEqual([expect.stringMatching(/^AUTH=none.*every program on this machine/)]);
    expect(warningsOf(read({ HOST: '0.0.0.0', AUTH: 'none' }))).toEqual([expect.stringMatching(/^AUTH=none.*HOST=0\.0\.0\.0/)]);
  });

  test('published keys without an audience, and over an open line, are named', () => {
    const byKeys = { AUTH: 'jwt', AUTH_JWKS_URL: 'https://i.example/keys', AUTH_AUDIENCE: 'carillon' };
    expect(warningsOf(read(byKeys))).toEqual([]);
    expect(warningsOf(read({ ...byKeys, AUTH_AUDIENCE: '' }))).toEqual([expect.stringContaining('AUTH_AUDIENCE is not set')]);
    expect(warningsOf(read({ ...byKeys, AUTH_JWKS_URL: 'http://i.example/keys' }))).toEqual([expect.stringContaining('not https')]);
    for (const host of ['localhost', '127.0.0.1', '[::1]'])
      expect(warningsOf(read({ ...byKeys, AUTH_JWKS_URL: `http://${host}:8080/keys` }))).toEqual([]);
  });

  test('a METRICS_PORT that nobody listens on is named', () => {
    expect(warningsOf(read({ ...quiet, METRICS_PORT: '9464' }))).toEqual([
      'METRICS_PORT is set and not used: with ROLE=all the metrics are on PORT',
    ]);
    const worker = { ROLE: 'worker', DATABASE_URL: 'postgres://u:p@h/d', METRICS_PORT: '9464' };
    expect(warningsOf(read(worker))).toEqual([]);
  });

  test('TRACE_PROVIDER without tracing is named', () => {
    expect(warningsOf(read({ ...quiet, TRACE_PROVIDER: 'on' }))).toEqual([
      'TRACE_PROVIDER=on does nothing without OTEL_EXPORTER_OTLP_ENDPOINT',
    ]);
    expect(warningsOf(read({ ...quiet, TRACE_PROVIDER: 'on', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }))).toEqual([]);
  });

  test('a provider without token, and a token without provider, are named', () => {
    expect(warningsOf(read({ ...quiet, PROVIDER_URL: 'https://h/v1' }))).toEqual([expect.stringContaining('no token')]);
    expect(warningsOf(read({ ...quiet, PROVIDER_TOKEN: 'a' }))).toEqual([expect.stringContaining('nothing real is sent')]);
  });

  test('each armed failpoint is named', () => {
    expect(warningsOf(read({ ...quiet, FAILPOINT: 'after-lease:kill,mid-expand:stop' }))).toEqual([
      expect.stringContaining('kill at after-lease'),
      expect.stringContaining('stop at mid-expand'),
    ]);
  });
});
