// The metrics of the real service: they say what the stub provider and the callers have seen.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { postGraphql, subscribeTo } from '../support/graphql-client.ts';
import { parseExposition, valueOf } from '../support/metric-names.ts';
import type { Series } from '../support/metric-names.ts';
import { addClients, createMailing, finished, statisticsFields } from '../support/scenario.ts';
import type { Statistics } from '../support/scenario.ts';
import { startTestService } from '../support/service.ts';
import type { TestService } from '../support/service.ts';
import { accept, answer } from '../support/stub-behaviours.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import type { StubProvider } from '../support/stub-provider.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { signToken, testSecret } from '../support/tokens.ts';

let database: TestDatabase;
let stub: StubProvider;
let service: TestService;

beforeAll(async () => {
  database = await createTestDatabase();
  stub = await startStubProvider();
  service = await startTestService({ databaseUrl: database.url, providerUrl: stub.url, env: { RECONCILE_SECONDS: '1' } });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await stub.close();
  await database.drop();
});

const scrape = async (url: string): Promise<readonly Series[]> => {
  const response = await fetch(`${url}/metrics`);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/plain; version=0\.0\.4/)]);
  return parseExposition(await response.text());
};

describe('after a mailing to 1,200 clients of whom the provider refuses some', () => {
  let series: readonly Series[];

  beforeAll(async () => {
    await addClients(database.pool, 1_200, { tag: 'metrics' });
    stub.behave(({ msgId }) => (BigInt(msgId) % 10n === 0n ? answer(400) : accept()));
    // Late enough to be watched from before its start.
    const id = await createMailing(service, { text: 'Counted', filter: { tags: ['metrics'] }, ratePerSecond: 600 });
    await using subscription = subscribeTo<{ mailingStatistics: Statistics }>(
      service.url,
      `subscription Watch ($id: ID!) { mailingStatistics(mailingId: $id) { ${statisticsFields} } }`,
      { id },
    );
    await eventually(async () => expect(valueOf(await scrape(service.url), 'carillon_subscriptions')).toBe(1));
    await subscription.completed(30_000);
    await finished(service, id);
    await postGraphql(service.url, 'query NameOfACaller { nothingOfTheKind }');
    await postGraphql(service.url, 'query AnotherName { clients(first: 1) { totalCount } }');
    await postGraphql(service.url, '{ provider { status } statistics { clients } }');
    await eventually(async () => {
      series = await scrape(service.url);
      expect(valueOf(series, 'carillon_settle_messages_sum')).toBe(1_200);
      expect(valueOf(series, 'carillon_queue_messages')).toBe(0);
      expect(valueOf(series, 'carillon_subscriptions')).toBe(0);
      // What could not be read is left out.
      expect(valueOf(series, 'carillon_database_up')).toBe(1);
      expect(valueOf(series, 'carillon_queue_leases')).toBe(0);
    });
  });

  test('attempts and messages are those of the ledger', () => {
    const refused = stub.ledger.filter(({ msgId }) => BigInt(msgId) % 10n === 0n).length;
    expect(valueOf(series, 'carillon_attempts_total')).toBe(stub.ledger.length);
    expect(valueOf(series, 'carillon_attempts_total', { outcome: 'refused' })).toBe(refused);
    expect(valueOf(series, 'carillon_provider_request_duration_seconds_count')).toBe(stub.ledger.length);
    expect(valueOf(series, 'carillon_messages_total', { status: 'failed' })).toBe(refused);
    expect(valueOf(series, 'carillon_messages_total', { status: 'sent' })).toBe(1_200 - refused);
  });

  test('leases, caps and jobs were counted', () => {
    const leased = service.log.filter(({ msg }) => msg === 'batch leased').reduce((sum, { pending }) => sum + Number(pending), 0);
    // A lane that gives its place back leaves the rest to be leased again.
    expect(leased).toBeGreaterThanOrEqual(1_200);
    expect(valueOf(series, 'carillon_lease_messages_sum')).toBe(leased);
    expect(valueOf(series, 'carillon_rate_cap_wait_seconds_count')).toBeGreaterThanOrEqual(1_200);
    expect(valueOf(series, 'carillon_jobs_total', { task: 'expand', result: 'done' })).toBeGreaterThan(0);
    expect(valueOf(series, 'carillon_jobs_total', { task: 'send', result: 'done' })).toBeGreaterThan(0);
    expect(valueOf(series, 'carillon_jobs_total', { result: 'failed' })).toBe(0);
    expect(valueOf(series, 'carillon_runner_restarts_total')).toBe(0);
  });

  test('nothing is left in flight, the gate is open, the database answers', () => {
    expect(valueOf(series, 'carillon_provider_requests_in_flight')).toBe(0);
    expect(valueOf(series, 'carillon_provider_gate_state', { state: 'open' })).toBe(1);
    expect(valueOf(series, 'carillon_database_up')).toBe(1);
    expect(valueOf(series, 'carillon_queue_leases')).toBe(0);
  });

  test('operations stand under their root fields, whatever callers name them', () => {
    const counted = series.filter(({ name }) => name === 'carillon_api_operations_total').map(({ labels }) => labels['operation']);
    expect(counted).toEqual(expect.arrayContaining(['createMailing', 'clients', 'several', 'other', 'mailingStatistics']));
    expect(JSON.stringify(series)).not.toMatch(/NameOfACaller|AnotherName|nothingOfTheKind/);
    expect(valueOf(series, 'carillon_api_operations_total', { operation: 'mailingStatistics', outcome: 'ok' })).toBe(1);
    expect(valueOf(series, 'carillon_api_operations_total', { operation: 'other', outcome: 'error' })).toBe(1);
  });

  test('pushes were written, each change measured from its commit', () => {
    const pushes = valueOf(series, 'carillon_pushes_total', { result: 'written' });
    expect(pushes).toBeGreaterThan(1);
    // All but the first, which is a state and no change.
    expect(valueOf(series, 'carillon_push_lag_seconds_count')).toBe(pushes - 1);
  });

  test('no id, phone or text stands in any label', () => {
    const values = series.flatMap(({ labels }) => Object.entries(labels)).filter(([label]) => label !== 'le' && label !== 'status');
    expect(
      values.filter(([label, value]) => !['version', 'node'].includes(label) && /\d{2}/.test(value) && !/^p\d\d$/.test(value)),
    ).toEqual([]);
    expect(JSON.stringify(series)).not.toContain('Counted');
    expect(series.length).toBeLessThan(500);
  });

  test('the counters of the mailing are audited once, and agree', async () => {
    await database.pool.query(
      `update mailing set started_at = started_at - interval '1 minute', finished_at = finished_at - interval '1 minute', starts_at = starts_at - interval '1 minute'`,
    );
    await eventually(async () => {
      const now = await scrape(service.url);
      expect(valueOf(now, 'carillon_counter_audits_total', { result: 'agrees' })).toBe(1);
      expect(valueOf(now, 'carillon_counter_audits_total', { result: 'differs' })).toBe(0);
    });
  });

  test('a gate that closed is shown', async () => {
    await database.pool.query(
      `update provider_gate set state = 'CLOSED', blocked_until = instant_now() + interval '1 hour', reason_code = 'OUTAGE', reason = 'down', version = version + 1`,
    );
    await eventually(async () => expect(valueOf(await scrape(service.url), 'carillon_provider_gate_state', { state: 'closed' })).toBe(1));
  });
});

describe('a worker', () => {
  test('has metrics and health on METRICS_PORT, shows no API, and says where it is', async () => {
    await using worker = await startTestService({
      databaseUrl: database.url,
      providerUrl: stub.url,
      env: { ROLE: 'worker', METRICS_PORT: '0' },
    });
    const url = String(worker.log.find(({ event }) => event === 'ready')?.['metricsUrl']);
    const series = await scrape(url);
    expect(valueOf(series, 'carillon_process_info', { role: 'worker' })).toBe(1);
    expect(series.filter(({ name }) => name.startsWith('carillon_api_'))).toEqual([]);
    expect(valueOf(series, 'carillon_database_pool_limit', { role: 'worker', pool: 'jobs' })).toBe(14);
    for (const path of ['/healthz', '/readyz']) expect((await fetch(`${url}${path}`)).status).toBe(200);
    expect((await fetch(`${url}/graphql`, { method: 'POST' })).status).toBe(404);
    expect(worker.printed()).toContain(`${url}/metrics`);
    expect(await worker.end('SIGTERM')).toBe(0);
  });

  test('listens nowhere without METRICS_PORT', async () => {
    await using worker = await startTestService({ databaseUrl: database.url, providerUrl: stub.url, env: { ROLE: 'worker' } });
    expect(worker.log.find(({ event }) => event === 'ready')).not.toHaveProperty('metricsUrl');
  });

  test('does not start on a port that is taken, and names the setting', async () => {
    const { port } = new URL(service.url);
    await expect(
      startTestService({ databaseUrl: database.url, providerUrl: stub.url, env: { ROLE: 'worker', METRICS_PORT: port } }),
    ).rejects.toThrow(`METRICS_PORT=${port} is taken`);
  });
});

describe('with AUTH=jwt', () => {
  test.each(['api', 'worker'])('metrics of ROLE=%s are for viewers', async (role) => {
    await using guarded = await startTestService({
      databaseUrl: database.url,
      providerUrl: stub.url,
      env: { ROLE: role, AUTH: 'jwt', AUTH_JWT_SECRET: testSecret, ...(role === 'worker' && { METRICS_PORT: '0' }) },
    });
    const ready = guarded.log.find(({ event }) => event === 'ready');
    const url = String(ready?.['metricsUrl'] ?? ready?.['url']);
    const statusWith = async (token: string | null): Promise<number> =>
      (await fetch(`${url}/metrics`, token === null ? {} : { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await statusWith(null)).toBe(401);
    expect(await statusWith('nonsense')).toBe(401);
    expect(await statusWith(await signToken({ role: 'stranger' }))).toBe(403);
    expect(await statusWith(await signToken({ role: 'viewer' }))).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });
});
