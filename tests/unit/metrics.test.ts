// The metrics of a process: what is shown, what it costs the database, and what is shown when the database does not answer.
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { makeApiMetrics } from '../../src/metrics/api.ts';
import { metricDefinitions } from '../../src/metrics/definitions.ts';
import { makeJobMetrics } from '../../src/metrics/jobs.ts';
import { makeProcessMetrics } from '../../src/metrics/process.ts';
import { watchQueue } from '../../src/metrics/queue.ts';
import type { QueueState } from '../../src/metrics/queue.ts';
import { makeMetricRegistry } from '../../src/metrics/registry.ts';
import type { MetricRegistry } from '../../src/metrics/registry.ts';
import { makeSendingMetrics } from '../../src/metrics/sending.ts';
import { parseExposition, valueOf } from '../support/metric-names.ts';
import type { Series } from '../support/metric-names.ts';

const seriesOf = async (registry: MetricRegistry): Promise<readonly Series[]> => parseExposition((await registry.expose()).text);
const quiet: QueueState = {
  gate: 'OPEN',
  mailings: { scheduled: 1, running: 2, paused: 0 },
  messages: { scheduled: 0, running: 750, paused: 0 },
  oldestDueMs: 1_500,
  leases: 3,
};
const door = {
  counts: () => ({ connections: 2, groups: 3, members: 5 }),
  pushes: () => ({ written: 70, skipped: 8 }),
  mostUnsentBytes: () => 4_096,
};

test('a process with both roles shows every metric of the table, each once, and no other', async () => {
  const registry = makeMetricRegistry();
  using process = makeProcessMetrics(registry, { role: 'all', version: '1.2.3', linesDropped: () => 4 });
  const sending = makeSendingMetrics(registry);
  const jobs = makeJobMetrics(registry);
  const api = makeApiMetrics(registry);
  watchQueue(registry, async () => quiet);
  for (const role of ['api', 'worker'] as const) process.pool({ role, pool: 'statements' }, 10, () => ({ open: 4, idle: 3, waiting: 0 }));
  process.answered('/graphql', 200);
  sending.requests(64, { limit: () => 20, taken: () => 12 });
  jobs.restarts(() => 2);
  jobs.ended('send', 'done', 12);
  api.webSockets(door);
  api.operation({ operation: 'mailings', type: 'query', outcome: 'ok', durationMs: 3 });
  api.pushLag(20);

  const { text, contentType } = await registry.expose();
  expect(contentType).toMatch(/^text\/plain/);
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  expect(types.toSorted()).toEqual(
    Object.values(metricDefinitions)
      .map(({ name, type }) => `${name} ${type}`)
      .toSorted(),
  );
  const withSeries = new Set(parseExposition(text).map(({ name }) => name.replace(/_(bucket|sum|count)$/, '')));
  expect(Object.values(metricDefinitions).filter(({ name }) => !withSeries.has(name))).toEqual([]);
});

describe('sending', () => {
  test('counts attempts by class with their durations, and every class from the start', async () => {
    const registry = makeMetricRegistry();
    const sending = makeSendingMetrics(registry);
    sending.attempt('accepted', 40);
    sending.attempt('accepted', 60);
    sending.attempt('token-refused', 3);
    const series = await seriesOf(registry);
    expect(valueOf(series, 'carillon_attempts_total', { outcome: 'accepted' })).toBe(2);
    expect(valueOf(series, 'carillon_attempts_total', { outcome: 'token-refused' })).toBe(1);
    expect(series.filter(({ name }) => name === 'carillon_attempts_total')).toHaveLength(7);
    expect(valueOf(series, 'carillon_provider_request_duration_seconds_sum', { outcome: 'accepted' })).toBeCloseTo(0.1);
    expect(valueOf(series, 'carillon_provider_request_duration_seconds_bucket', { outcome: 'accepted', le: '0.05' })).toBe(1);
  });

  test('counts final states from settles and from ends together', async () => {
    const registry = makeMetricRegistry();
    const sending = makeSendingMetrics(registry);
    sending.settled(4, 300, { sent: 298, failed: 1, unconfirmed: 1 });
    sending.ended({ expired: 20, unconfirmed: 2 });
    const series = await seriesOf(registry);
    const counts = ['sent', 'failed', 'unconfirmed', 'expired', 'cancelled'].map((status) =>
      valueOf(series, 'carillon_messages_total', { status }),
    );
    expect(counts).toEqual([298, 1, 3, 20, 0]);
    expect(valueOf(series, 'carillon_settle_messages_sum')).toBe(300);
  });

  test('a look for a batch that found none is not a batch of no messages', async () => {
    const registry = makeMetricRegistry();
    const sending = makeSendingMetrics(registry);
    sending.leased(2, 500);
    sending.leased(1, null);
    const series = await seriesOf(registry);
    expect(valueOf(series, 'carillon_lease_messages_count')).toBe(1);
    expect(valueOf(series, 'carillon_lease_duration_seconds_count', { result: 'nothing' })).toBe(1);
  });
});

test('a subscription is counted when it ends; how long it was watched is no duration of an operation', async () => {
  const registry = makeMetricRegistry();
  const api = makeApiMetrics(registry);
  api.operation({ operation: 'statistics', type: 'subscription', outcome: 'ok', durationMs: 3_600_000 });
  const series = await seriesOf(registry);
  expect(valueOf(series, 'carillon_api_operations_total', { operation: 'statistics', outcome: 'ok' })).toBe(1);
  expect(valueOf(series, 'carillon_api_operation_duration_seconds_count')).toBe(0);
});

test('what is pulled is what is so at that moment, and readings do not add up from scrape to scrape', async () => {
  const registry = makeMetricRegistry();
  let [restarts, open] = [1, 5];
  makeJobMetrics(registry).restarts(() => restarts);
  using process = makeProcessMetrics(registry, { role: 'worker', version: '1', linesDropped: () => 0 });
  process.pool({ role: 'worker', pool: 'jobs' }, 12, () => (open === 0 ? null : { open, idle: 1, waiting: 2 }));
  await registry.expose();
  expect(valueOf(await seriesOf(registry), 'carillon_runner_restarts_total')).toBe(1);
  [restarts, open] = [3, 0];
  const series = await seriesOf(registry);
  expect(valueOf(series, 'carillon_runner_restarts_total')).toBe(3);
  expect(valueOf(series, 'carillon_database_pool_connections')).toBe(0);
  expect(valueOf(series, 'carillon_database_pool_limit')).toBe(12);
});

describe('the state of the queue', () => {
  test('is read once, however many ask, and again when it is old', async () => {
    const registry = makeMetricRegistry();
    let reads = 0;
    const read = async (): Promise<QueueState> => {
      reads += 1;
      await delay(5);
      return quiet;
    };
    watchQueue(registry, read, 60_000);
    const expositions = await Promise.all(Array.from({ length: 20 }, async () => seriesOf(registry)));
    await registry.expose();
    expect(reads).toBe(1);
    for (const series of expositions) {
      expect(valueOf(series, 'carillon_queue_messages', { mailing: 'running' })).toBe(750);
      expect(valueOf(series, 'carillon_queue_oldest_due_seconds')).toBe(1.5);
      expect(valueOf(series, 'carillon_database_up')).toBe(1);
    }

    const impatient = makeMetricRegistry();
    watchQueue(impatient, read, 0);
    await impatient.expose();
    await impatient.expose();
    expect(reads).toBe(3);
  });

  test.each([
    ['OPEN', [1, 0, 0]],
    ['CLOSED', [0, 1, 0]],
    ['PROBING', [0, 0, 1]],
  ] as const)('shows a gate that is %s', async (gate, expected) => {
    const registry = makeMetricRegistry();
    watchQueue(registry, async () => ({ ...quiet, gate, oldestDueMs: null }));
    const series = await seriesOf(registry);
    expect(['open', 'closed', 'probing'].map((state) => valueOf(series, 'carillon_provider_gate_state', { state }))).toEqual(expected);
    expect(valueOf(series, 'carillon_queue_oldest_due_seconds')).toBe(0);
  });

  test.each([
    ['refuses', async () => Promise.reject(new Error('connect ECONNREFUSED'))],
    ['does not answer', async () => new Promise<QueueState>(() => {})],
  ])('is absent when the database %s, and everything else is there', async (_how, read) => {
    const registry = makeMetricRegistry();
    let answer: () => Promise<QueueState> = async () => quiet;
    watchQueue(registry, async () => answer(), 0);
    makeSendingMetrics(registry).attempt('accepted', 10);
    expect(valueOf(await seriesOf(registry), 'carillon_queue_leases')).toBe(3);
    answer = read;
    const series = await seriesOf(registry);
    expect(series.filter(({ name }) => name.startsWith('carillon_queue_') || name.startsWith('carillon_provider_gate'))).toEqual([]);
    expect(series.find(({ name }) => name === 'carillon_database_up')?.value).toBe(0);
    expect(valueOf(series, 'carillon_attempts_total')).toBe(1);
  });
});
