// SIGSTOP beyond the lease, then SIGCONT: what a frozen worker held goes on elsewhere, and when it wakes up it changes nothing any more.
import { describe, expect, test } from 'vitest';
import { senderOf } from '../support/crash-oracle.ts';
import { expectAllSent, frozen, useProcessBench } from '../support/process-bench.ts';
import { addClients, createMailing, finished, readStatistics } from '../support/scenario.ts';
import type { TestService } from '../support/service.ts';
import { accept } from '../support/stub-behaviours.ts';

const bench = useProcessBench();

describe('a worker that is frozen', () => {
  test.each([
    ['with a batch leased and nothing of it read', 'after-lease:stop:2'],
    ['right before a request', 'before-post:stop:100'],
    ['right after an answer', 'after-post:stop:100'],
    ['with outcomes in hand that are not settled', 'before-settle:stop:2'],
    ['with a batch done whose lease it still holds', 'before-release:stop:1'],
    ['in the middle of a part of the audience, with its locks', 'mid-expand:stop:1'],
  ])('%s: another one sends everything, and the late one starts no request and changes nothing', async (_, failpoint) => {
    await addClients(bench.database.pool, 1_200);
    bench.stub.behave((request) => accept({ delayMs: senderOf(request) === 'late' ? 300 : 0 }));
    const late = await bench.start('late', { FAILPOINT: failpoint });
    const id = await createMailing(bench.api, { text: failpoint });
    await frozen(late);
    await expectHarmlessWaking(late, id, failpoint, 1_200);
  });

  test('with requests in flight, whose answers it reads when it wakes up', async () => {
    await addClients(bench.database.pool, 600);
    bench.stub.behave((request) => accept({ delayMs: senderOf(request) === 'late' ? 500 : 0 }));
    const late = await bench.start('late');
    const id = await createMailing(bench.api, { text: 'in flight' });
    await bench.stub.waitForRequests(bench.stub.ledger.length + 20);
    late.signal('SIGSTOP');
    await frozen(late);
    await expectHarmlessWaking(late, id, 'in flight', 600);
  });
});

/** Another worker takes over; then the frozen one wakes up, changes nothing, and is a good worker for the next mailing. */
async function expectHarmlessWaking(late: TestService, id: string, text: string, clients: number): Promise<void> {
  await bench.noteDeath('late');
  const second = await bench.start('second');
  const statistics = await expectAllSent(bench, id, text, clients);
  expect(await second.end('SIGTERM')).toBe(0);
  const requests = bench.requestsFor(text).length;

  await addClients(bench.database.pool, 10, { from: 10_000, tag: 'next' });
  late.signal('SIGCONT');
  const next = await createMailing(bench.api, { text: `next to ${text}`, filter: { tags: ['next'] } });
  expect(await finished(bench.api, next)).toMatchObject({ sent: 10 });
  expect(new Set(bench.requestsFor(`next to ${text}`).map(senderOf))).toEqual(new Set(['late']));
  expect(await readStatistics(bench.api, id)).toEqual(statistics);
  expect(bench.requestsFor(text).length).toBe(requests);
}
