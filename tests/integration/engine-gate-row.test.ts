// The gate's one row, changed by all workers at once: who closes it, who tests the provider, and when it opens.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import {
  allowProbeNow,
  beginProbe,
  closeGate,
  failProbe,
  passProbe,
  readGate,
  reportAnswers,
  returnProbe,
} from '../../src/database/gate-queries.ts';
import type { Closing } from '../../src/database/gate-queries.ts';
import { PROBES_TO_OPEN } from '../../src/domain/provider-gate.ts';
import { clearEngine, given, openEngineDatabase, setClock } from '../support/engine-seed.ts';
import { endPause, readGateRow } from '../support/gate.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let database: Database;

beforeAll(async () => {
  db = await createTestDatabase();
  database = await openEngineDatabase(db.url);
});
beforeEach(async () => {
  await clearEngine(db.pool);
  await setClock(db.pool, '2027-06-15T09:00:00Z');
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await db.drop();
});

const outage: Closing = { code: 'OUTAGE', reason: 'many failures', forMs: null };
const throttled = (forMs: number): Closing => ({ code: 'HTTP_429', reason: 'wait', forMs });
const probeMs = 5_000;

/** Takes the turn that must be free. */
async function turn(): Promise<string> {
  return given((await beginProbe(database, probeMs)).token);
}

async function pauseSeconds(): Promise<number> {
  return Math.round(given((await readGateRow(db.pool)).blockedForMs) / 1_000);
}

describe('closing', () => {
  test('by the breaker happens once, however many workers say so; the answers so far are forgotten', async () => {
    await reportAnswers(database, 40, 40);
    const closed = await Promise.all(Array.from({ length: 5 }, async () => closeGate(database, outage)));
    expect(closed.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'CLOSED'));
    expect(await readGateRow(db.pool)).toMatchObject({ state: 'CLOSED', reasonCode: 'OUTAGE', closings: 1 });
    expect(await pauseSeconds()).toBe(5);
    expect(await reportAnswers(database, 0, 0)).toMatchObject({ answers: 0, bad: 0 });
  });

  test('for a time makes a pause longer, never shorter', async () => {
    await closeGate(database, throttled(20_000));
    await closeGate(database, throttled(2_000));
    expect(await pauseSeconds()).toBe(20);
    await closeGate(database, throttled(50_000));
    expect(await pauseSeconds()).toBe(50);
    expect(await readGateRow(db.pool)).toMatchObject({ closings: 1 });
  });

  test('for a time ends a test that is under way', async () => {
    await closeGate(database, throttled(0));
    const token = await turn();
    await closeGate(database, throttled(9_000));
    expect((await passProbe(database, token)).state).toBe('CLOSED');
    expect(await readGateRow(db.pool)).toMatchObject({ state: 'CLOSED', probesPassed: 0 });
  });

  test('again and again makes the pause longer up to a minute', async () => {
    await closeGate(database, outage);
    const pauses = [await pauseSeconds()];
    for (let closing = 2; closing <= 6; closing += 1) {
      await endPause(db.pool);
      await failProbe(database, await turn(), outage);
      pauses.push(await pauseSeconds());
    }
    expect(pauses).toEqual([5, 10, 20, 40, 60, 60]);
  });

  test('soon after an opening counts as the same outage, later as a new one', async () => {
    const reopen = async (): Promise<void> => {
      await endPause(db.pool);
      for (let probe = 0; probe < PROBES_TO_OPEN; probe += 1) await passProbe(database, await turn());
    };
    await closeGate(database, outage);
    await reopen();
    await setClock(db.pool, '2027-06-15T09:00:40Z');
    await closeGate(database, outage);
    expect(await pauseSeconds()).toBe(10);
    await reopen();
    await setClock(db.pool, '2027-06-15T09:02:00Z');
    await closeGate(database, outage);
    expect(await pauseSeconds()).toBe(5);
  });
});

describe('testing the provider', () => {
  test('waits for the end of the pause, then is one worker’s turn', async () => {
    await closeGate(database, outage);
    expect(await beginProbe(database, probeMs)).toMatchObject({ token: null, gate: { state: 'CLOSED' } });
    await endPause(db.pool);
    const turns = await Promise.all(Array.from({ length: 5 }, async () => beginProbe(database, probeMs)));
    expect(turns.filter(({ token }) => token !== null)).toHaveLength(1);
    expect(turns.map(({ gate }) => gate.state)).toEqual(Array.from({ length: 5 }, () => 'PROBING'));
  });

  test('is never done on an open gate', async () => {
    expect(await beginProbe(database, probeMs)).toMatchObject({ token: null, gate: { state: 'OPEN' } });
  });

  test('five times in a row with good answers opens the gate; what was answered before is forgotten', async () => {
    await closeGate(database, outage);
    await endPause(db.pool);
    // Requests that were in flight at the closing end after it.
    await reportAnswers(database, 64, 64);
    const states: string[] = [];
    for (let probe = 0; probe < PROBES_TO_OPEN; probe += 1) states.push((await passProbe(database, await turn())).state);
    expect(states).toEqual(['PROBING', 'PROBING', 'PROBING', 'PROBING', 'OPEN']);
    expect(await readGateRow(db.pool)).toMatchObject({ state: 'OPEN', reasonCode: null, reason: null, blockedForMs: null });
    expect((await readGate(database)).openedAt).not.toBeNull();
    expect(await reportAnswers(database, 1, 0)).toMatchObject({ answers: 1, bad: 0 });
  });

  test('with a bad answer closes it again, and the good ones count from the beginning', async () => {
    await closeGate(database, outage);
    await endPause(db.pool);
    for (let probe = 1; probe < PROBES_TO_OPEN; probe += 1) await passProbe(database, await turn());
    expect((await failProbe(database, await turn(), outage)).state).toBe('CLOSED');
    await endPause(db.pool);
    expect((await passProbe(database, await turn())).state).toBe('PROBING');
    expect(await readGateRow(db.pool)).toMatchObject({ probesPassed: 1 });
  });

  test('by a worker that is gone lapses, and its late answer counts for nothing', async () => {
    await closeGate(database, outage);
    await endPause(db.pool);
    const lost = await turn();
    expect((await beginProbe(database, probeMs)).token).toBeNull();
    await setClock(db.pool, '2027-06-15T09:00:06Z');
    const next = await turn();
    await failProbe(database, lost, outage);
    await passProbe(database, lost);
    expect(await readGateRow(db.pool)).toMatchObject({ state: 'PROBING', probesPassed: 0 });
    await passProbe(database, next);
    expect(await readGateRow(db.pool)).toMatchObject({ probesPassed: 1 });
  });

  test('that was not begun after all is the next one’s turn at once', async () => {
    await closeGate(database, outage);
    await endPause(db.pool);
    const token = await turn();
    await returnProbe(database, token);
    await returnProbe(database, token);
    expect(await turn()).not.toBe(token);
  });
});

test('another token ends the pause after a refused one, and no other pause', async () => {
  await closeGate(database, outage);
  expect(await allowProbeNow(database)).toBe(false);
  await endPause(db.pool);
  await failProbe(database, await turn(), { code: 'TOKEN_REFUSED', reason: 'no', forMs: 30_000 });
  expect(await allowProbeNow(database)).toBe(true);
  expect((await beginProbe(database, probeMs)).token).not.toBeNull();
});

test('answers are summed over all workers for half a minute, the late ones apart', async () => {
  const reports = await Promise.all(Array.from({ length: 4 }, async () => reportAnswers(database, 10, 5)));
  expect(Math.max(...reports.map((report) => report.answers))).toBe(40);
  await setClock(db.pool, '2027-06-15T09:00:09Z');
  expect(await reportAnswers(database, 6, 6)).toMatchObject({ answers: 46, bad: 26, lateAnswers: 6, lateBad: 6 });
  await setClock(db.pool, '2027-06-15T09:00:33Z');
  expect(await reportAnswers(database, 0, 0)).toMatchObject({ answers: 6, bad: 6, lateAnswers: 0, lateBad: 0 });
  await setClock(db.pool, '2027-06-15T09:01:00Z');
  await reportAnswers(database, 1, 0);
  expect((await db.pool.query('select from provider_answers')).rowCount).toBe(1);
});
