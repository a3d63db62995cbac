// A whole worker and a provider that works on a few requests at a time: how many the worker has open, and that nothing is lost by it.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeCreateMailing } from '../../src/operations/create-mailing.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { clearEngine, countsOf, faultsOfCounters, statusOf } from '../support/engine-seed.ts';
import { startTestWorker } from '../support/engine-worker.ts';
import { eventually } from '../support/eventually.ts';
import { valueOf } from '../support/operations.ts';
import { addClients, expectOnceEach } from '../support/scenario.ts';
import { accept } from '../support/stub-behaviours.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import type { StubProvider } from '../support/stub-provider.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let people: Engine;
let stub: StubProvider;

beforeAll(async () => {
  db = await createTestDatabase();
  people = await startEngine(db.url);
});
beforeEach(async () => {
  await clearEngine(db.pool);
  stub = await startStubProvider();
});
afterEach(async () => stub.close());
afterAll(async () => {
  await people[Symbol.asyncDispose]();
  await db.drop();
});

const connections = 64;

/** Sends one message to each client through the worker; with how many requests the provider had open as each of them came. */
async function send(messages: number, servers: number, serviceMs: number): Promise<readonly number[]> {
  await addClients(db.pool, messages);
  const open: number[] = [];
  const waiting: (() => void)[] = [];
  let here = 0;
  let working = 0;
  stub.behave(async () => {
    here += 1;
    open.push(here);
    if (working < servers) working += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    await wait(serviceMs);
    const next = waiting.shift();
    if (next === undefined) working -= 1;
    else next();
    here -= 1;
    return accept();
  });
  const now = Date.now();
  const mailing = valueOf(await makeCreateMailing(people)({ text: 'Hello', startsAt: now - 1_000, endsAt: now + 3_600_000 }, null));
  await eventually(async () => (await statusOf(db.pool, mailing.id)) === 'COMPLETED', { timeoutMs: 50_000 });
  expect(await countsOf(db.pool, mailing.id)).toMatchObject({ total: messages, sent: messages });
  expect(await faultsOfCounters(db.pool)).toEqual([]);
  expectOnceEach(stub, messages);
  return open;
}

/** The most that were open at a time in each 50 arrivals, the median of that: requests may come in bursts. */
function usualPeak(open: readonly number[]): number {
  const peaks = Array.from({ length: Math.floor(open.length / 50) }, (_, part) => Math.max(...open.slice(part * 50, part * 50 + 50)));
  return peaks.toSorted((a, b) => a - b)[Math.floor(peaks.length / 2)] ?? Number.NaN;
}

test('one that works on 6 at a time has about as many open when it is known, and every message is sent once', async () => {
  await using worker = await startTestWorker(db.url, stub.url, { PROVIDER_CONNECTIONS: String(connections), PROVIDER_TIMEOUT_MS: '20000' });
  const open = await send(2_000, 6, 40);
  // All there are to begin with, then fewer.
  expect(Math.max(...open)).toBeGreaterThan(connections * 0.9);
  const settled = usualPeak(open.slice(-700));
  expect(settled).toBeGreaterThanOrEqual(6);
  expect(settled).toBeLessThanOrEqual(18);
  const told = worker.lines.filter(({ event }) => event === 'concurrency-changed');
  expect(told[0]).toMatchObject({ level: 'info', before: connections, connections, overloaded: 0 });
  expect(told[0]?.['limit']).toBeLessThan(connections / 2);
  expect(told.length).toBeLessThan(5);
});

test('one that works on all at a time has all of them open, all the time but for a look', async () => {
  await using _ = await startTestWorker(db.url, stub.url, { PROVIDER_CONNECTIONS: '16' });
  // So slow that the queue of this process, on a busy machine, is little beside it.
  const open = await send(800, 16, 200);
  expect(usualPeak(open)).toBe(16);
});
