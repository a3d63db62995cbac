// Traces of the real service at a real collector: who is whose parent, what is said and what never is, and a collector that is down.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import type { OtlpReceiver, ReceivedSpan } from '../support/otlp-receiver.ts';
import { addClients, createMailing, finished } from '../support/scenario.ts';
import { startTestService } from '../support/service.ts';
import type { TestService } from '../support/service.ts';
import { accept, answer } from '../support/stub-behaviours.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import type { StubProvider } from '../support/stub-provider.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
let stub: StubProvider;
let collector: OtlpReceiver;

beforeAll(async () => {
  database = await createTestDatabase();
  await addClients(database.pool, 150, { tag: 'traced' });
  stub = await startStubProvider();
});
beforeEach(async () => {
  collector = await startOtlpReceiver();
  stub.behave(() => accept());
  return async () => collector[Symbol.asyncDispose]();
});
afterAll(async () => {
  await stub.close();
  await database.drop();
});

const start = async (env: Readonly<Record<string, string>> = {}): Promise<TestService> =>
  startTestService({
    databaseUrl: database.url,
    providerUrl: stub.url,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, RECONCILE_SECONDS: '60', ...env },
  });
const send = async (service: TestService, text: string): Promise<string> => {
  const id = await createMailing(service, { text, filter: { tags: ['traced'] } });
  await finished(service, id);
  return id;
};
const requestsFor = (text: string) => stub.ledger.filter(({ body }) => body?.text === text);
const named = (name: string, mailingId?: string): readonly ReceivedSpan[] =>
  collector.spans.filter((span) => span.name === name && (mailingId === undefined || span.attributes['mailingId'] === mailingId));
const traceparentOf = ({ traceId, spanId }: ReceivedSpan): string => `00-${traceId}-${spanId}-01`;

describe('a mailing', () => {
  test('is traced from its jobs over its batches to each request, without a phone, a text or a token', async () => {
    stub.behave(({ msgId, attempt }) => (attempt === 1 && BigInt(msgId) % 50n === 0n ? answer(500) : accept()));
    await using service = await start();
    const id = await send(service, 'Traced');
    const requests = requestsFor('Traced');
    // A job's span ends after those of its batches, and may come in a later export.
    await eventually(() => {
      expect(named('provider request', id)).toHaveLength(requests.length);
      expect(named('batch', id).length).toBeGreaterThan(1);
      const jobs = new Map(named('job send', id).map((span) => [span.spanId, span]));
      const batches = new Map(named('batch', id).map((span) => [span.spanId, span]));
      for (const batch of batches.values()) {
        expect(jobs.get(batch.parentSpanId ?? '')?.traceId).toBe(batch.traceId);
        expect(batch.attributes).toMatchObject({ batchId: expect.stringMatching(/^\d+$/), pending: expect.any(Number) });
      }
      for (const settle of named('settle', id)) expect(batches.has(settle.parentSpanId ?? '')).toBe(true);
      expect(named('settle', id).reduce((sum, { attributes }) => sum + Number(attributes['outcomes']), 0)).toBe(requests.length);
      for (const request of named('provider request', id)) expect(batches.has(request.parentSpanId ?? '')).toBe(true);
      expect(named('job expand', id)).toMatchObject([
        { parentSpanId: null, attributes: { task: 'expand', jobId: expect.any(String) }, status: 0 },
      ]);
    });

    const outcomes = named('provider request', id).map(({ attributes, status }) => [
      attributes['messageId'],
      attributes['outcome'],
      status,
    ]);
    for (const { msgId, attempt } of requests) {
      const isBad = attempt === 1 && BigInt(msgId) % 50n === 0n;
      expect(outcomes).toContainEqual([msgId, isBad ? 'retry' : 'accepted', isBad ? 2 : 0]);
    }
    expect(collector.spans[0]?.resource).toMatchObject({ 'service.name': 'carillon', 'carillon.role': 'all' });
    expect(JSON.stringify(collector.spans)).not.toMatch(/7900\d{7}|"Traced"|test-token/);
  });

  test.each(['off', 'on'])('tells the provider of its spans only if asked: TRACE_PROVIDER=%s', async (setting) => {
    await using service = await start({ TRACE_PROVIDER: setting });
    const text = `Provider ${setting}`;
    const id = await send(service, text);
    const requests = requestsFor(text);
    expect(requests).toHaveLength(150);
    await eventually(() => expect(named('provider request', id)).toHaveLength(150));
    const told = requests.map(({ msgId, headers }) => [msgId, headers['traceparent']]);
    const spans = new Map(named('provider request', id).map((span) => [span.attributes['messageId'], traceparentOf(span)]));
    for (const [msgId, traceparent] of told) expect(traceparent).toBe(setting === 'on' ? spans.get(msgId) : undefined);
  });
});

describe('an API operation', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const parentSpanId = '00f067aa0ba902b7';
  const traceparent = `00-${traceId}-${parentSpanId}-01`;

  test('goes on with the span of its caller, on both transports and on CSV', async () => {
    await using service = await start();
    const id = await send(service, 'Continued');
    const headers = { 'content-type': 'application/json', traceparent, 'x-request-id': 'traced-request' };
    const body = JSON.stringify({ query: 'query Mine($id: ID!) { mailing(id: $id) { id } }', variables: { id } });
    await fetch(`${service.url}/graphql`, { method: 'POST', headers, body });
    await (await fetch(`${service.url}/mailings/${id}/messages.csv`, { headers: { traceparent } })).text();
    const client = createClient({ url: `${service.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
    const overSocket = { query: '{ clients(first: 1) { totalCount } }', extensions: { traceparent } };
    await new Promise<void>((resolve, reject) => client.subscribe(overSocket, { next: () => {}, error: reject, complete: resolve }));
    await client.dispose();

    await eventually(() => expect(collector.spans.filter((span) => span.traceId === traceId)).toHaveLength(3));
    const continued = collector.spans.filter((span) => span.traceId === traceId);
    for (const span of continued) expect(span).toMatchObject({ parentSpanId, kind: 2 });
    const attributesOf = (name: string) => continued.find((span) => span.name === name)?.attributes;
    expect(attributesOf('query mailing')).toMatchObject({ requestId: 'traced-request', mailingId: id, outcome: 'ok', transport: 'http' });
    expect(attributesOf('query exportMessages')).toMatchObject({ mailingId: id, outcome: 'ok' });
    expect(attributesOf('query clients')).toMatchObject({ transport: 'websocket', outcome: 'ok' });
  });

  test('begins a trace of its own where the caller has none, or sends what is none', async () => {
    await using service = await start();
    for (const header of [undefined, 'nonsense', `00-${'0'.repeat(32)}-${parentSpanId}-01`]) {
      const headers = { 'content-type': 'application/json', ...(header !== undefined && { traceparent: header }) };
      await fetch(`${service.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query: '{ provider { status } }' }) });
    }
    await eventually(() => expect(named('query provider')).toHaveLength(3));
    expect(named('query provider').map((span) => span.parentSpanId)).toEqual([null, null, null]);
    expect(new Set(named('query provider').map((span) => span.traceId)).size).toBe(3);
  });

  test('is known by its root field, not by what its caller wrote', async () => {
    await using service = await start();
    const query = 'query SecretNameOfACaller { nothingOfTheKind }';
    await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    await eventually(() => expect(named('other other')).toMatchObject([{ status: 2, attributes: { outcome: 'error' } }]));
    expect(JSON.stringify(collector.spans)).not.toMatch(/SecretNameOfACaller|nothingOfTheKind/);
  });

  test('that was answered just before the end is sent before the process is gone', async () => {
    await using service = await start({ ROLE: 'api' });
    // The first export of a process takes longer than it has at its end.
    await service.query('{ provider { status } }');
    await eventually(() => expect(named('query provider')).toHaveLength(1));
    await service.query('{ statistics { clients } }');
    expect(await service.end('SIGTERM')).toBe(0);
    expect(named('query statistics')).toHaveLength(1);
  });
});

describe('a collector that is down', () => {
  const warnings = (service: TestService) =>
    service.log.filter(({ level, msg }) => level === 'warn' && String(msg).includes('traces cannot be sent'));

  test('costs one warning, and no message; when it is back, traces are sent again', async () => {
    collector.behave('refuse');
    await using service = await start();
    await send(service, 'Refused once');
    for (const tries of [1, 2, 3]) {
      await eventually(async () => {
        await service.query('{ provider { status } }');
        expect(collector.requests()).toBeGreaterThanOrEqual(tries);
      });
    }
    expect(warnings(service)).toHaveLength(1);
    expect(requestsFor('Refused once')).toHaveLength(150);
    expect(service.log.filter(({ source }) => source === 'opentelemetry')).toEqual([]);

    collector.behave('accept');
    await eventually(async () => {
      await service.query('{ statistics { clients } }');
      expect(named('query statistics')).not.toEqual([]);
    });
    // The collector has the spans before the service has its answer.
    await eventually(async () => expect(service.log.filter(({ msg }) => msg === 'traces are sent again')).toHaveLength(1));
  });

  test.each(['hang', 'nobody listens'])('does not hold up the end: %s', async (how) => {
    collector.behave('hang');
    await using service = await start(how === 'hang' ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    await send(service, `Ended while ${how}`);
    // Ending late is exit code 1.
    expect(await service.end('SIGTERM')).toBe(0);
    expect(warnings(service).length).toBeLessThanOrEqual(1);
    expect(service.log.some(({ event }) => event === 'stopped')).toBe(true);
  });
});

test('without a collector the SDK is not even loaded', async () => {
  const service = fileURLToPath(new URL('../../dist/service.js', import.meta.url));
  const script = `
    const { createRequire } = await import('node:module');
    await import(${JSON.stringify(service)});
    // The API alone, which other libraries bring along, does nothing.
    const loaded = () => Object.keys(createRequire(${JSON.stringify(service)}).cache).filter((path) => path.includes('/@opentelemetry/') && !path.includes('/@opentelemetry/api/')).length;
    const before = loaded();
    await import(${JSON.stringify(service.replace('service.js', 'tracing/otlp.js'))});
    console.log(JSON.stringify([before, loaded() > 0]));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  expect(JSON.parse(stdout)).toEqual([0, true]);
});
