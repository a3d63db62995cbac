// The gate of several workers on one row: when it closes and for how long, who tests the provider, when it opens.
import { describe, expect, test } from 'vitest';
import {
  allowProbeNow,
  beginProbe,
  closeGate,
  failProbe,
  passProbe,
  readGate,
  readProvider,
  reportAnswers,
} from '../../src/database/gate-queries.ts';
import type { Closing } from '../../src/database/gate-queries.ts';
import { PROBES_TO_OPEN } from '../../src/domain/provider-gate.ts';
import { eventually } from '../support/eventually.ts';
import { endPause, readGateRow } from '../support/gate.ts';
import { answer, outcomes, probe, useGates } from '../support/gate-bench.ts';

const bench = useGates();
const outage: Closing = { code: 'OUTAGE', reason: 'x', forMs: null };
const { good, bad, refused, unclear, throttled, tokenRefused } = outcomes;

/** Closed by an outage, and the pause is over. */
async function closedAndPast(): Promise<void> {
  await closeGate(bench.database, outage);
  await bench.passes(5_001);
}

describe('the breaker', () => {
  test('counts the answers of all workers together', async () => {
    const [first, second] = [bench.worker(), bench.worker()];
    answer(first, bad, 15);
    answer(second, bad, 15);
    await eventually(async () => expect(await bench.state()).toBe('CLOSED'));
    expect(await readGateRow(bench.pool)).toMatchObject({ reasonCode: 'OUTAGE', closings: 1 });
    // The one that did not close it hears of it by itself, with nothing to send.
    await eventually(() => expect([first.state.state, second.state.state]).toEqual(['CLOSED', 'CLOSED']));
  });

  test('closes it once, however many workers say so, for five seconds; the answers so far are forgotten', async () => {
    await reportAnswers(bench.database, 40, 40);
    const closed = await Promise.all(Array.from({ length: 5 }, async () => closeGate(bench.database, outage)));
    expect(closed.map((gate) => gate.state)).toEqual(closed.map(() => 'CLOSED'));
    expect(await readGateRow(bench.pool)).toMatchObject({ state: 'CLOSED', reasonCode: 'OUTAGE', closings: 1 });
    expect(await bench.pauseSeconds()).toBe(5);
    expect(await reportAnswers(bench.database, 0, 0)).toMatchObject({ answers: 0, bad: 0 });
  });

  test('sums the answers of half a minute, the late ones apart', async () => {
    const reports = await Promise.all(Array.from({ length: 4 }, async () => reportAnswers(bench.database, 10, 5)));
    expect(Math.max(...reports.map((report) => report.answers))).toBe(40);
    await bench.passes(9_000);
    expect(await reportAnswers(bench.database, 6, 6)).toMatchObject({ answers: 46, bad: 26, lateAnswers: 6, lateBad: 6 });
    await bench.passes(24_000);
    expect(await reportAnswers(bench.database, 0, 0)).toMatchObject({ answers: 6, bad: 6, lateAnswers: 0, lateBad: 0 });
    await bench.passes(27_000);
    await reportAnswers(bench.database, 1, 0);
    expect((await bench.pool.query('select from provider_answers')).rowCount).toBe(1);
  });

  test('leaves a gate open that hears 69 % bad answers, and refusals of messages', async () => {
    const gate = bench.worker();
    answer(gate, good, 31);
    answer(gate, bad, 69);
    answer(gate, refused, 1_000);
    await eventually(async () => {
      const { rows } = await bench.pool.query('select sum(answers)::int as answers, sum(bad)::int as bad from provider_answers');
      expect(rows).toEqual([{ answers: 1_100, bad: 69 }]);
    });
    expect(await bench.state()).toBe('OPEN');
  });

  test('says when retries have to stand back', async () => {
    const gate = bench.worker();
    answer(gate, good, 80);
    answer(gate, bad, 20);
    await eventually(() => expect(gate.isDegraded).toBe(true));
    expect(gate.state.state).toBe('OPEN');
    await bench.passes(31_000);
    await eventually(() => expect(gate.isDegraded).toBe(false));
  });
});

describe('the pause of an outage', () => {
  test('gets longer with each test that fails, up to a minute', async () => {
    await closeGate(bench.database, outage);
    const pauses = [await bench.pauseSeconds()];
    for (let closing = 2; closing <= 6; closing += 1) {
      await endPause(bench.pool);
      await probe(bench.worker(), bad);
      pauses.push(await bench.pauseSeconds());
    }
    expect(pauses).toEqual([5, 10, 20, 40, 60, 60]);
  });

  test('soon after an opening is that of the same outage, later that of a new one', async () => {
    const reopen = async (): Promise<void> => {
      await endPause(bench.pool);
      for (let passed = 0; passed < PROBES_TO_OPEN; passed += 1) await probe(bench.worker(), good);
    };
    await closeGate(bench.database, outage);
    await reopen();
    await bench.passes(40_000);
    await closeGate(bench.database, outage);
    expect(await bench.pauseSeconds()).toBe(10);
    await reopen();
    await bench.passes(80_000);
    await closeGate(bench.database, outage);
    expect(await bench.pauseSeconds()).toBe(5);
  });
});

describe('testing the provider', () => {
  test('has to wait for the end of the pause, and is never done on an open gate', async () => {
    expect(await beginProbe(bench.database, 5_000)).toMatchObject({ token: null, gate: { state: 'OPEN' } });
    await closeGate(bench.database, outage);
    const gate = bench.worker();
    expect(await gate.beginProbe()).toBeNull();
    expect((await readGateRow(bench.pool)).state).toBe('CLOSED');
    expect(gate.isClosed((await readGate(bench.database)).blockedUntil ?? 0)).toBe(false);
    await bench.passes(5_001);
    expect(await gate.beginProbe()).not.toBeNull();
  });

  test('is for one worker at a time, however many ask at once', async () => {
    await closedAndPast();
    const workers = Array.from({ length: 8 }, () => bench.worker());
    const tokens = await Promise.all(workers.map(async (gate) => gate.beginProbe()));
    expect(tokens.filter((token) => token !== null).length).toBe(1);
    expect(workers.map((gate) => gate.state.state)).toEqual(workers.map(() => 'PROBING'));
  });

  test('five good ones in a row open the gate, a refusal of the message among them, and wake the lanes once', async () => {
    await closedAndPast();
    // Requests that were in flight at the closing end after it: forgotten at the opening.
    await reportAnswers(bench.database, 64, 64);
    const [first, second] = [bench.worker(), bench.worker()];
    for (const [index, outcome] of [good, refused, good, good].entries()) {
      await probe(index % 2 === 0 ? first : second, outcome);
      expect(await bench.state()).toBe('PROBING');
    }
    expect(bench.wakes).toBe(0);
    await probe(first, good);
    expect(await readGateRow(bench.pool)).toMatchObject({ state: 'OPEN', reason: null, reasonCode: null });
    expect(first.state.openedAt).not.toBeNull();
    expect(bench.wakes).toBe(1);
    await eventually(() => expect(second.state.state).toBe('OPEN'));
    expect(await reportAnswers(bench.database, 1, 0)).toMatchObject({ answers: 1, bad: 0 });
  });

  test('a bad one closes it for longer, and the good ones before it count no more', async () => {
    await closedAndPast();
    const gate = bench.worker();
    for (let passed = 0; passed < 4; passed += 1) await probe(gate, good);
    await probe(gate, unclear);
    expect(await readGateRow(bench.pool)).toMatchObject({ state: 'CLOSED', closings: 2, probesPassed: 0 });
    expect((await readGateRow(bench.pool)).reason).toBe('Still failing when tested: No whole answer');
    await bench.passes(10_001);
    await probe(gate, good);
    expect(await readGateRow(bench.pool)).toMatchObject({ state: 'PROBING', probesPassed: 1 });
  });

  test('one whose request was never started leaves its place at once; one whose worker died, when it lapses', async () => {
    await closedAndPast();
    const [first, second] = [bench.worker(), bench.worker()];
    const token = await first.beginProbe();
    await first.returnProbe(token ?? '');
    await first.returnProbe(token ?? '');
    expect(await second.beginProbe()).not.toBeNull();
    expect(await first.beginProbe()).toBeNull();
    await bench.passes(10_001);
    const next = await first.beginProbe();
    expect(next).not.toBeNull();
    // What the dead one says when it comes back counts no more.
    await passProbe(bench.database, token ?? '');
    await failProbe(bench.database, token ?? '', outage);
    expect(await readGateRow(bench.pool)).toMatchObject({ state: 'PROBING', probesPassed: 0 });
    await passProbe(bench.database, next ?? '');
    expect(await readGateRow(bench.pool)).toMatchObject({ probesPassed: 1 });
  });

  test('answers to requests from before the closing change nothing', async () => {
    const gate = bench.worker();
    answer(gate, bad, 20);
    await eventually(async () => expect([gate.state.state, await bench.state()]).toEqual(['CLOSED', 'CLOSED']));
    const { version } = await readGateRow(bench.pool);
    answer(gate, bad, 100);
    answer(gate, throttled(1_000), 3);
    await reportAnswers(bench.database, 50, 50);
    const other = bench.worker();
    await other.refresh();
    answer(other, bad, 100);
    expect((await readGateRow(bench.pool)).version).toBe(version);
  });
});

describe('throttling', () => {
  test('closes the gate at once for as long as the provider asks, in words of its own', async () => {
    const gate = bench.worker();
    gate.answered(throttled(7_000), 0);
    expect(gate.state.state).toBe('CLOSED');
    await eventually(async () => expect(await bench.state()).toBe('CLOSED'));
    const row = await readGateRow(bench.pool);
    expect(row).toMatchObject({ reasonCode: 'HTTP_429', reason: 'slow down' });
    expect(row.blockedForMs).toBe(7_000);
  });

  test('makes a pause longer, never shorter, and is no further closing', async () => {
    const pauses: number[] = [];
    for (const forMs of [20_000, 2_000, 50_000]) {
      await closeGate(bench.database, { code: 'HTTP_429', reason: 'wait', forMs });
      pauses.push(await bench.pauseSeconds());
    }
    expect(pauses).toEqual([20, 20, 50]);
    expect(await readGateRow(bench.pool)).toMatchObject({ closings: 1 });
  });

  test('ends a test that is under way', async () => {
    await closedAndPast();
    const token = await bench.worker().beginProbe();
    await closeGate(bench.database, { code: 'HTTP_429', reason: 'wait', forMs: 9_000 });
    expect((await passProbe(bench.database, token ?? '')).state).toBe('CLOSED');
    expect(await readGateRow(bench.pool)).toMatchObject({ state: 'CLOSED', probesPassed: 0 });
  });

  test('of a probe is obeyed as well', async () => {
    await closedAndPast();
    await probe(bench.worker(), throttled(33_000));
    const row = await readGateRow(bench.pool);
    expect(row).toMatchObject({ state: 'CLOSED', reasonCode: 'HTTP_429' });
    expect(row.blockedForMs).toBe(33_000);
  });
});

describe('a refused token', () => {
  test('closes the gate for half a minute; another token lets it be tested within two seconds', async () => {
    const token = { generation: 0 };
    const gate = bench.worker(token);
    gate.answered(tokenRefused, 0);
    await eventually(async () => expect(await readGateRow(bench.pool)).toMatchObject({ state: 'CLOSED', reasonCode: 'TOKEN_REFUSED' }));
    expect((await readGateRow(bench.pool)).blockedForMs).toBe(30_000);
    expect(await gate.beginProbe()).toBeNull();
    token.generation += 1;
    await eventually(() => expect(bench.wakes).toBe(1));
    expect(await gate.beginProbe()).not.toBeNull();
  });

  test('is tested by itself after the pause', async () => {
    const gate = bench.worker();
    gate.answered(tokenRefused, 0);
    await eventually(async () => expect(await bench.state()).toBe('CLOSED'));
    await bench.passes(30_001);
    await probe(gate, tokenRefused);
    expect((await readGateRow(bench.pool)).blockedForMs).toBe(30_000);
    await bench.passes(30_001);
    for (let passed = 0; passed < 5; passed += 1) await probe(gate, good);
    expect(await bench.state()).toBe('OPEN');
  });

  test('that went out with an older token says nothing', async () => {
    const gate = bench.worker({ generation: 3 });
    gate.answered(tokenRefused, 2);
    expect(gate.state.state).toBe('OPEN');
    await closeGate(bench.database, { code: 'TOKEN_REFUSED', reason: 'x', forMs: 1_000 });
    await bench.passes(1_001);
    const token = await gate.beginProbe();
    await gate.endProbe(token ?? '', tokenRefused, 2);
    expect(await readGateRow(bench.pool)).toMatchObject({ state: 'PROBING', closings: 1 });
    expect(await gate.beginProbe()).not.toBeNull();
  });

  test('another token does not end the pause of an outage', async () => {
    const token = { generation: 0 };
    bench.worker(token);
    await closeGate(bench.database, outage);
    expect(await allowProbeNow(bench.database)).toBe(false);
    const { version } = await readGateRow(bench.pool);
    token.generation += 1;
    const other = bench.worker(token);
    await eventually(() => expect(other.state.version).toBe(version));
    expect((await readGateRow(bench.pool)).version).toBe(version);
    expect(bench.wakes).toBe(0);
  });
});

describe('as the API shows it', () => {
  test('AVAILABLE, UNAVAILABLE with reason and instant, and PROBING once the pause is over, whether a message is there to test with or not', async () => {
    expect(await readProvider(bench.database)).toEqual({ status: 'AVAILABLE', reason: null, until: null });
    const { blockedUntil } = await closeGate(bench.database, { code: 'OUTAGE', reason: 'down', forMs: 9_000 });
    expect(await readProvider(bench.database)).toEqual({ status: 'UNAVAILABLE', reason: 'down', until: blockedUntil });
    await bench.passes(9_001);
    expect(await readProvider(bench.database)).toEqual({ status: 'PROBING', reason: 'down', until: null });
    await beginProbe(bench.database, 1_000);
    expect(await readProvider(bench.database)).toEqual({ status: 'PROBING', reason: 'down', until: null });
  });
});
