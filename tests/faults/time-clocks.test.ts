// Only the database's clock decides: a process whose own clock is wrong does everything at the right time, and when the database's clock
// jumps, running services follow.
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { moveClock } from '../support/movable-clock.ts';
import { expectAllSent, expectAccounted, useProcessBench } from '../support/process-bench.ts';
import { perUnstalledSecond } from '../support/provider-proof.ts';
import { addClients, createMailing, finished, inMs, lastRequestAt, readStatistics } from '../support/scenario.ts';
import { answer, accept } from '../support/stub-behaviours.ts';

const bench = useProcessBench();
const hour = 3_600_000;
const shiftedClock = new URL('../support/programs/shifted-clock.mjs', import.meta.url).href;

/** A service of its own whose clock is wrong by so many minutes: what it answers and what it sends. */
async function startShifted(minutes: number) {
  return bench.start(`shifted${minutes}`, {
    ROLE: 'all',
    NODE_OPTIONS: `--import=${fileURLToPath(shiftedClock)}`,
    CLOCK_SHIFT_MS: String(minutes * 60_000),
  });
}

describe.each([-10, 10])('a process whose clock is %i minutes off', (minutes) => {
  test('starts a mailing when it is due, ends it in time, and keeps the rate in between', async () => {
    await addClients(bench.database.pool, 400);
    const service = await startShifted(minutes);
    const text = `shifted by ${minutes}`;
    const startsAt = Date.now() + 3_000;
    const endsAt = startsAt + 12_000;
    const id = await createMailing(service, {
      text,
      startsAt: new Date(startsAt).toISOString(),
      endsAt: new Date(endsAt).toISOString(),
      ratePerSecond: 20,
    });
    const statistics = await finished(service, id);
    expect(statistics.sent).toBeGreaterThan(60);
    // One at the very end may have had too little time for its answer.
    expect(statistics.unconfirmed).toBeLessThanOrEqual(20);
    expect(statistics.sent + statistics.expired + statistics.unconfirmed).toBe(400);
    const requests = bench.requestsFor(text);
    expect(Math.min(...requests.map((entry) => entry.at))).toBeGreaterThanOrEqual(startsAt);
    expect(lastRequestAt(requests)).toBeLessThan(endsAt);
    expect(Math.max(0, ...perUnstalledSecond(bench.stub, requests))).toBeLessThanOrEqual(20);
    await expectAccounted(bench, id, text);
  });

  test('sends in the clients’ own hours only', async () => {
    await addClients(bench.database.pool, 20, { timeZone: 'UTC' });
    // Open for the five minutes that a clock ten minutes off does not see.
    const clock = (at: number): string => new Date(at).toISOString().slice(11, 16);
    const sendWindow = { from: clock(Date.now() - 2 * 60_000), to: clock(Date.now() + 4 * 60_000) };
    const service = await startShifted(minutes);
    const id = await createMailing(service, { text: `hours ${minutes}`, sendWindow });
    expect(await finished(service, id)).toMatchObject({ sent: 20 });
  });

  test('waits as long as a provider asks by naming a date', async () => {
    await addClients(bench.database.pool, 10);
    let until = 0;
    bench.stub.behave((request) => {
      if (until === 0) until = Math.floor(Date.now() / 1_000) * 1_000 + 4_000;
      return request.at < until - 1_000 ? answer(429, { headers: { 'retry-after': new Date(until).toUTCString() } }) : accept();
    });
    const service = await startShifted(minutes);
    const id = await createMailing(service, { text: `retry after ${minutes}` });
    expect(await finished(service, id)).toMatchObject({ sent: 10, failed: 0 });
    // Taken for a date gone by, it would have been an attempt.
    expect((await bench.database.pool.query('select from message_attempt')).rowCount).toBe(0);
  });
});

describe('when the database’s clock jumps', () => {
  test('a mailing that becomes due starts, though every statement was prepared before', async () => {
    await addClients(bench.database.pool, 100);
    await bench.start('worker');
    const warm = await createMailing(bench.api, { text: 'before the jump' });
    await expectAllSent(bench, warm, 'before the jump', 100);
    const id = await createMailing(bench.api, { text: 'after the jump', startsAt: inMs(hour), endsAt: inMs(3 * hour) });
    await eventually(async () => expect(await readStatistics(bench.api, id)).toMatchObject({ mailingStatus: 'SCHEDULED' }));
    expect(bench.requestsFor('after the jump')).toEqual([]);
    await moveClock(bench.database.pool, hour + 1_000);
    await expectAllSent(bench, id, 'after the jump', 100);
  });

  test('past the end of a mailing with requests in flight: nothing more is started, and those in flight count as they end', async () => {
    await addClients(bench.database.pool, 1_000);
    bench.stub.behave(() => accept({ delayMs: 500 }));
    // The jump must not look like a worker that was frozen for its length.
    await bench.start('worker', { PROVIDER_CONNECTIONS: '16', LEASE_SECONDS: '3600' });
    const id = await createMailing(bench.api, { text: 'over', endsAt: inMs(hour / 2) });
    await bench.stub.waitForRequests(bench.stub.ledger.length + 40);
    await moveClock(bench.database.pool, (3 * hour) / 4);
    const statistics = await finished(bench.api, id);
    expect(statistics.pending).toBe(0);
    expect(statistics.expired).toBeGreaterThan(700);
    expect(bench.requestsFor('over').length).toBe(statistics.sent + statistics.unconfirmed);
    await expectAccounted(bench, id, 'over');
  });

  test('past the wait before a retry: the message is tried again', async () => {
    await addClients(bench.database.pool, 100);
    // One in ten, so that the gate stays open.
    const failing = (phone: unknown): boolean => String(phone).endsWith('7');
    bench.stub.behave(({ attempt, body }) => (attempt <= 4 && failing(body?.phone) ? answer(500) : accept()));
    await bench.start('worker');
    const id = await createMailing(bench.api, { text: 'retries', endsAt: inMs(24 * hour) });
    for (const attempt of [1, 2, 3, 4]) {
      await eventually(
        async () => {
          const { rowCount } = await bench.database.pool.query('select from message_attempt where attempt = $1', [attempt]);
          expect(rowCount).toBe(10);
        },
        { timeoutMs: 60_000 },
      );
      await moveClock(bench.database.pool, 60_000);
    }
    expect(await finished(bench.api, id)).toMatchObject({ sent: 100 });
  }, 300_000);
});
