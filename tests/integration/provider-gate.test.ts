// The gate of several workers on one row: when it closes, who tests the provider, when it opens. The database's clock is moved.
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { beginProbe, closeGate, failProbe, passProbe, readGate, readProvider, reportAnswers } from '../../src/database/gate-queries.ts';
import type { Provider, SendOutcome } from '../../src/domain/send-outcome.ts';
import { makeProviderGate } from '../../src/operations/provider-gate.ts';
import type { ProviderGate } from '../../src/operations/provider-gate.ts';
import { openEngineDatabase } from '../support/engine-seed.ts';
import { eventually } from '../support/eventually.ts';
import { readGateRow, resetGate } from '../support/gate.ts';
import { moveClock, resetClock } from '../support/movable-clock.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let database: Database;
const gates: ProviderGate[] = [];
let wakes = 0;

beforeAll(async () => {
  db = await createTestDatabase();
  database = await openEngineDatabase(db.url);
});
beforeEach(async () => {
  await resetClock(db.pool);
  await resetGate(db.pool);
  wakes = 0;
});
afterEach(async () => {
  await Promise.all(gates.splice(0).map(async (gate) => gate[Symbol.asyncDispose]()));
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await db.drop();
});

/** One worker's gate. Its provider is never asked; `token` is the generation of its token. */
function worker(token = { generation: 0 }): ProviderGate {
  const provider: Provider = {
    send: async () => Promise.reject(new Error('nobody sends here')),
    tokenGeneration: () => token.generation,
    giveUp: () => undefined,
    close: async () => undefined,
  };
  const gate = makeProviderGate({
    database,
    provider,
    probeMs: 10_000,
    wakeSenders: async () => {
      wakes += 1;
    },
    log: pino({ level: 'silent' }),
  });
  gates.push(gate);
  return gate;
}

const good: SendOutcome = { kind: 'accepted' };
const bad: SendOutcome = { kind: 'retry', code: 'HTTP_500', message: 'The provider answered 500', httpStatus: 500 };
const refused: SendOutcome = { kind: 'refused', code: 'REJECTED', message: 'no such number' };
const unclear: SendOutcome = { kind: 'ambiguous', code: 'TIMEOUT', message: 'No whole answer' };
const throttled = (retryAfterMs: number): SendOutcome => ({ kind: 'throttled', retryAfterMs, code: 'HTTP_429', message: 'slow down' });
const tokenRefused: SendOutcome = { kind: 'token-refused', code: 'HTTP_401', message: 'The provider refused the token with 401' };

function answer(gate: ProviderGate, outcome: SendOutcome, times: number): void {
  for (let time = 0; time < times; time += 1) gate.answered(outcome, 0);
}

const state = async (): Promise<string> => (await readGateRow(db.pool)).state;

/** Passes or fails the probe of a gate whose pause is over. */
async function probe(gate: ProviderGate, outcome: SendOutcome): Promise<void> {
  const token = await gate.beginProbe();
  if (token === null) throw new Error('the probe is not to be had');
  await gate.endProbe(token, outcome, 0);
}

describe('the breaker', () => {
  test('counts the answers of all workers together', async () => {
    const [first, second] = [worker(), worker()];
    answer(first, bad, 15);
    answer(second, bad, 15);
    await eventually(async () => expect(await state()).toBe('CLOSED'));
    expect(await readGateRow(db.pool)).toMatchObject({ reasonCode: 'OUTAGE', closings: 1 });
    // The one that did not close it hears of it by itself, with nothing to send.
    await eventually(() => expect([first.state.state, second.state.state]).toEqual(['CLOSED', 'CLOSED']));
  });

  test('leaves a gate open that hears 69 % bad answers, and refusals of messages', async () => {
    const gate = worker();
    answer(gate, good, 31);
    answer(gate, bad, 69);
    answer(gate, refused, 1_000);
    await eventually(async () => {
      const { rows } = await db.pool.query('select sum(answers)::int as answers, sum(bad)::int as bad from provider_answers');
      expect(rows).toEqual([{ answers: 1_100, bad: 69 }]);
    });
    expect(await state()).toBe('OPEN');
  });

  test('says when retries have to stand back', async () => {
    const gate = worker();
    answer(gate, good, 80);
    answer(gate, bad, 20);
    await eventually(() => expect(gate.isDegraded).toBe(true));
    expect(gate.state.state).toBe('OPEN');
    await moveClock(db.pool, 31_000);
    await eventually(() => expect(gate.isDegraded).toBe(false));
  });
});

describe('testing the provider', () => {
  async function closed(): Promise<void> {
    await closeGate(database, { code: 'OUTAGE', reason: 'x', forMs: null });
  }

  test('has to wait for the end of the pause', async () => {
    await closed();
    const gate = worker();
    expect(await gate.beginProbe()).toBeNull();
    expect(gate.isClosed((await readGate(database)).blockedUntil ?? 0)).toBe(false);
    await moveClock(db.pool, 5_001);
    expect(await gate.beginProbe()).not.toBeNull();
  });

  test('is for one worker at a time, however many ask at once', async () => {
    await closed();
    await moveClock(db.pool, 5_001);
    const workers = Array.from({ length: 8 }, () => worker());
    const tokens = await Promise.all(workers.map(async (gate) => gate.beginProbe()));
    expect(tokens.filter((token) => token !== null).length).toBe(1);
    expect(workers.map((gate) => gate.state.state)).toEqual(workers.map(() => 'PROBING'));
  });

  test('five good ones in a row open the gate, a refusal of the message among them, and wake the lanes once', async () => {
    await closed();
    await moveClock(db.pool, 5_001);
    const [first, second] = [worker(), worker()];
    for (const [index, outcome] of [good, refused, good, good].entries()) {
      await probe(index % 2 === 0 ? first : second, outcome);
      expect(await state()).toBe('PROBING');
    }
    expect(wakes).toBe(0);
    await probe(first, good);
    expect(await readGateRow(db.pool)).toMatchObject({ state: 'OPEN', reason: null, reasonCode: null });
    expect(first.state.openedAt).not.toBeNull();
    expect(wakes).toBe(1);
    await eventually(() => expect(second.state.state).toBe('OPEN'));
  });

  test('a bad one closes it for longer, and the good ones before it count no more', async () => {
    await closed();
    await moveClock(db.pool, 5_001);
    const gate = worker();
    for (let passed = 0; passed < 4; passed += 1) await probe(gate, good);
    await probe(gate, unclear);
    expect(await readGateRow(db.pool)).toMatchObject({ state: 'CLOSED', closings: 2, probesPassed: 0 });
    expect((await readGateRow(db.pool)).reason).toBe('Still failing when tested: No whole answer');
    await moveClock(db.pool, 10_001);
    await probe(gate, good);
    expect(await state()).toBe('PROBING');
  });

  test('one whose request was never started leaves its place at once; one whose worker died, when it lapses', async () => {
    await closed();
    await moveClock(db.pool, 5_001);
    const [first, second] = [worker(), worker()];
    const token = await first.beginProbe();
    await first.returnProbe(token ?? '');
    expect(await second.beginProbe()).not.toBeNull();
    expect(await first.beginProbe()).toBeNull();
    await moveClock(db.pool, 10_001);
    const next = await first.beginProbe();
    expect(next).not.toBeNull();
    // What the dead one says when it comes back counts no more.
    await passProbe(database, token ?? '');
    await failProbe(database, token ?? '', { code: 'OUTAGE', reason: 'x', forMs: null });
    expect(await readGateRow(db.pool)).toMatchObject({ state: 'PROBING', probesPassed: 0 });
  });

  test('answers to requests from before the closing change nothing', async () => {
    const gate = worker();
    answer(gate, bad, 20);
    await eventually(() => expect(gate.state.state).toBe('CLOSED'));
    const { version } = await readGateRow(db.pool);
    answer(gate, bad, 100);
    answer(gate, throttled(1_000), 3);
    await reportAnswers(database, 50, 50);
    const other = worker();
    await other.refresh();
    answer(other, bad, 100);
    expect((await readGateRow(db.pool)).version).toBe(version);
  });
});

describe('throttling', () => {
  test('closes the gate at once for as long as the provider asks, in words of its own', async () => {
    const gate = worker();
    gate.answered(throttled(7_000), 0);
    expect(gate.state.state).toBe('CLOSED');
    await eventually(async () => expect(await state()).toBe('CLOSED'));
    const row = await readGateRow(db.pool);
    expect(row).toMatchObject({ reasonCode: 'HTTP_429', reason: 'slow down' });
    expect(row.blockedForMs).toBeGreaterThan(5_000);
    expect(row.blockedForMs).toBeLessThanOrEqual(7_000);
  });

  test('of a probe is obeyed as well', async () => {
    await closeGate(database, { code: 'OUTAGE', reason: 'x', forMs: null });
    await moveClock(db.pool, 5_001);
    await probe(worker(), throttled(33_000));
    const row = await readGateRow(db.pool);
    expect(row).toMatchObject({ state: 'CLOSED', reasonCode: 'HTTP_429' });
    expect(row.blockedForMs).toBeGreaterThan(31_000);
  });
});

describe('a refused token', () => {
  test('closes the gate for half a minute; another token lets it be tested within two seconds', async () => {
    const token = { generation: 0 };
    const gate = worker(token);
    gate.answered(tokenRefused, 0);
    await eventually(async () => expect(await readGateRow(db.pool)).toMatchObject({ state: 'CLOSED', reasonCode: 'TOKEN_REFUSED' }));
    expect((await readGateRow(db.pool)).blockedForMs).toBeGreaterThan(28_000);
    expect(await gate.beginProbe()).toBeNull();
    token.generation += 1;
    await eventually(() => expect(wakes).toBe(1));
    expect(await gate.beginProbe()).not.toBeNull();
  });

  test('is tested by itself after the pause', async () => {
    const gate = worker();
    gate.answered(tokenRefused, 0);
    await eventually(async () => expect(await state()).toBe('CLOSED'));
    await moveClock(db.pool, 30_001);
    await probe(gate, tokenRefused);
    expect((await readGateRow(db.pool)).blockedForMs).toBeGreaterThan(28_000);
    await moveClock(db.pool, 30_001);
    for (let passed = 0; passed < 5; passed += 1) await probe(gate, good);
    expect(await state()).toBe('OPEN');
  });

  test('that went out with an older token says nothing', async () => {
    const gate = worker({ generation: 3 });
    gate.answered(tokenRefused, 2);
    expect(gate.state.state).toBe('OPEN');
    await closeGate(database, { code: 'TOKEN_REFUSED', reason: 'x', forMs: 1_000 });
    await moveClock(db.pool, 1_001);
    const token = await gate.beginProbe();
    await gate.endProbe(token ?? '', tokenRefused, 2);
    expect(await readGateRow(db.pool)).toMatchObject({ state: 'PROBING', closings: 1 });
    expect(await gate.beginProbe()).not.toBeNull();
  });

  test('another token does not end the pause of an outage', async () => {
    const token = { generation: 0 };
    worker(token);
    await closeGate(database, { code: 'OUTAGE', reason: 'x', forMs: null });
    const { version } = await readGateRow(db.pool);
    token.generation += 1;
    const other = worker(token);
    await eventually(() => expect(other.state.version).toBe(version));
    expect((await readGateRow(db.pool)).version).toBe(version);
    expect(wakes).toBe(0);
  });
});

describe('as the API shows it', () => {
  test('AVAILABLE, UNAVAILABLE with reason and instant, and PROBING once the pause is over, whether a message is there to test with or not', async () => {
    expect(await readProvider(database)).toEqual({ status: 'AVAILABLE', reason: null, until: null });
    const { blockedUntil } = await closeGate(database, { code: 'OUTAGE', reason: 'down', forMs: 9_000 });
    expect(await readProvider(database)).toEqual({ status: 'UNAVAILABLE', reason: 'down', until: blockedUntil });
    await moveClock(db.pool, 9_001);
    expect(await readProvider(database)).toEqual({ status: 'PROBING', reason: 'down', until: null });
    await beginProbe(database, 1_000);
    expect(await readProvider(database)).toEqual({ status: 'PROBING', reason: 'down', until: null });
  });
});
