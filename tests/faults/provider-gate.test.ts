// A provider in trouble, seen by a whole worker: it is left alone, tested by one request at a time, and loses and charges no message.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { PROBES_TO_OPEN } from '../../src/domain/provider-gate.ts';
import { makeCreateMailing } from '../../src/operations/create-mailing.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { clearEngine, countsOf, faultsOfCounters, statusOf } from '../support/engine-seed.ts';
import { startTestWorker } from '../support/engine-worker.ts';
import { eventually } from '../support/eventually.ts';
import { endPause, readGateRow } from '../support/gate.ts';
import { valueOf } from '../support/operations.ts';
import { addClients, expectOnceEach } from '../support/scenario.ts';
import { accept, answer } from '../support/stub-behaviours.ts';
import type { Behaviour } from '../support/stub-behaviours.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import type { StubEntry, StubProvider } from '../support/stub-provider.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const size = 200;
const connections = 10;
let db: TestDatabase;
let people: Engine;
let stub: StubProvider;
/** What the provider answers while it is in trouble; null: it is well, and takes 20 ms. */
let trouble: Behaviour | null;

beforeAll(async () => {
  db = await createTestDatabase();
  people = await startEngine(db.url);
});
beforeEach(async () => {
  await clearEngine(db.pool);
  await addClients(db.pool, size);
  stub = await startStubProvider({ script: () => trouble ?? accept({ delayMs: 20 }) });
});
afterEach(async () => stub.close());
afterAll(async () => {
  await people[Symbol.asyncDispose]();
  await db.drop();
});

async function start(): Promise<string> {
  const now = Date.now();
  return valueOf(await makeCreateMailing(people)({ text: 'Hello', startsAt: now - 1_000, endsAt: now + 3_600_000 }, null)).id;
}

/** The gate is closed, stays so until the test ends the pause, and every lane has seen it. */
async function atRest(): Promise<void> {
  await eventually(async () => {
    const held = await db.pool.query(
      "update provider_gate set blocked_until = instant_now() + interval '1 hour', version = version + 1 where state = 'CLOSED'",
    );
    return held.rowCount === 1;
  });
  await eventually(async () => (await db.pool.query('select from batch where lease_token is not null')).rowCount === 0);
}

async function delivered(mailingId: string): Promise<void> {
  await eventually(async () => (await statusOf(db.pool, mailingId)) === 'COMPLETED', { timeoutMs: 50_000 });
  expect(await countsOf(db.pool, mailingId)).toMatchObject({ total: size, sent: size, failed: 0, unconfirmed: 0 });
  expectOnceEach(stub, size);
  expect(await faultsOfCounters(db.pool)).toEqual([]);
}

async function attemptsCharged(): Promise<number[]> {
  const { rows } = await db.pool.query<{ attempts: number }>('select distinct attempts from message order by attempts');
  return rows.map(({ attempts }) => attempts);
}

/** The requests that tested the provider went one after another, each after the answer to the one before. */
function expectOneAtATime(requests: readonly StubEntry[]): void {
  expect(requests).toHaveLength(PROBES_TO_OPEN);
  const inOrder = requests.toSorted((a, b) => a.at - b.at);
  for (const [index, request] of inOrder.entries()) expect(request.at).toBeGreaterThanOrEqual(inOrder[index - 1]?.answeredAt ?? 0);
}

test('a refused token stops everything; when it is accepted, five requests one by one open the gate, and no message was charged', async () => {
  trouble = answer(401);
  await using _ = await startTestWorker(db.url, stub.url, { PROVIDER_CONNECTIONS: String(connections) });
  const mailingId = await start();
  await atRest();
  expect(await readGateRow(db.pool)).toMatchObject({ reasonCode: 'TOKEN_REFUSED' });
  const refused = stub.ledger.length;
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThanOrEqual(connections);
  trouble = null;
  // Looks of the reconciler and new lanes do not send before the pause is over.
  await people.reconcile();
  await eventually(async () => (await db.pool.query("select from graphile_worker.jobs where key = 'reconcile'")).rowCount === 0);
  expect(stub.ledger.length).toBe(refused);
  await endPause(db.pool);
  await delivered(mailingId);
  expectOneAtATime(stub.ledger.slice(refused, refused + PROBES_TO_OPEN));
  expect(await attemptsCharged()).toEqual([1]);
  expect((await db.pool.query('select from message_attempt')).rowCount).toBe(0);
  expect(await readGateRow(db.pool)).toMatchObject({ state: 'OPEN', reasonCode: null });
});

test('a request to wait is kept to the second by everybody, and no message was charged', async () => {
  // All that can be on their way when the first one is told to wait, are told so.
  let toldAt = Number.POSITIVE_INFINITY;
  stub.behave(({ at }) => (at <= toldAt ? answer(429, { headers: { 'retry-after': '3' } }) : accept({ delayMs: 20 })));
  stub.holdAll();
  await using _ = await startTestWorker(db.url, stub.url, { PROVIDER_CONNECTIONS: String(connections), PROVIDER_TIMEOUT_MS: '20000' });
  const mailingId = await start();
  await stub.waitForRequests(connections);
  toldAt = Date.now();
  stub.release();
  await eventually(async () => expect(await readGateRow(db.pool)).toMatchObject({ state: 'CLOSED', reasonCode: 'HTTP_429' }));
  await delivered(mailingId);
  expect(stub.ledger.filter((entry) => !entry.accepted).length).toBe(connections);
  const goneOnAt = Math.min(...stub.ledger.filter((entry) => entry.accepted).map((entry) => entry.at));
  expect(goneOnAt - toldAt).toBeGreaterThanOrEqual(3_000);
  expect(await attemptsCharged()).toEqual([1]);
});

test('an outage closes the gate after few attempts; when it is over, everything is delivered and nothing has failed', async () => {
  // Slow enough for the report of the first twenty to close the gate before all were asked.
  trouble = answer(500, { delayMs: 100 });
  await using _ = await startTestWorker(db.url, stub.url, { PROVIDER_CONNECTIONS: String(connections) });
  const mailingId = await start();
  await atRest();
  expect(await readGateRow(db.pool)).toMatchObject({ reasonCode: 'OUTAGE', closings: 1 });
  const during = stub.ledger.length;
  expect(during).toBeLessThan(size);
  // Still failing when tested: one request, then a longer pause.
  await endPause(db.pool);
  await eventually(async () => (await readGateRow(db.pool)).closings === 2);
  expect(stub.ledger.length).toBe(during + 1);
  trouble = null;
  await endPause(db.pool);
  await delivered(mailingId);
  // No single message can keep the gate closed: the next test is made with another one.
  expect(stub.ledger[during + 1]?.msgId).not.toBe(stub.ledger[during]?.msgId);
  // Only what failed while the gate was open was charged.
  expect(Math.max(...(await attemptsCharged()))).toBe(2);
  const { rows } = await db.pool.query('select distinct outcome from message_attempt');
  expect(rows).toEqual([{ outcome: 'retry' }]);
});
