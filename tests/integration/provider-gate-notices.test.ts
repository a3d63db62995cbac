// Whoever changes the provider's gate says so: pages show it without being asked.
import { expect, test } from 'vitest';
import { closeGate } from '../../src/database/gate-queries.ts';
import { eventually } from '../support/eventually.ts';
import { answer, outcomes, probe, useGates } from '../support/gate-bench.ts';

const bench = useGates();
const { good, bad, tokenRefused } = outcomes;

test('a closing, each probe and its outcome, and the opening are told; a turn that another has is not', async () => {
  const worker = bench.worker();
  answer(worker, bad, 30);
  await eventually(async () => expect(await bench.state()).toBe('CLOSED'));
  await eventually(() => expect(bench.notices).toEqual(['provider']));
  await bench.passes(5_001);
  for (let round = 0; round < 5; round += 1) {
    bench.notices.length = 0;
    await probe(worker, good);
    expect(bench.notices).toEqual(['provider', 'provider']);
  }
  expect(await bench.state()).toBe('OPEN');
  bench.notices.length = 0;
  expect(await worker.beginProbe()).toBeNull();
  expect(bench.notices).toEqual([]);
});

test('the end of a pause that waited for another token is told', async () => {
  const token = { generation: 0 };
  const worker = bench.worker(token);
  worker.answered(tokenRefused, 0);
  await eventually(() => expect(bench.notices).toEqual(['provider']));
  token.generation = 1;
  await eventually(() => expect(bench.notices).toEqual(['provider', 'provider']));
  expect(bench.wakes).toBe(1);
});

test('what another worker has changed is told by that one alone', async () => {
  const worker = bench.worker();
  await closeGate(bench.database, { code: 'OUTAGE', reason: 'x', forMs: null });
  await worker.refresh();
  expect(worker.state.state).toBe('CLOSED');
  expect(bench.notices).toEqual([]);
});
