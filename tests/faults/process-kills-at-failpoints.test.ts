// kill -9 at every named place: nothing is lost, at most what was not settled is requested again, and another worker goes on by itself.
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { expectAccounted, expectAllSent, useProcessBench } from '../support/process-bench.ts';
import { addClients, createMailing, finished, mutate, readStatistics } from '../support/scenario.ts';
import { accept } from '../support/stub-behaviours.ts';

const bench = useProcessBench();

describe('a worker that is killed', () => {
  test.each([
    ['with a batch leased and nothing of it read', 'after-lease:kill:2', 1_200],
    ['right before a request', 'before-post:kill:150', 1_200],
    ['right after an answer', 'after-post:kill:150', 1_200],
    ['with outcomes in hand that are not settled', 'before-settle:kill:2', 1_200],
    ['right after it settled', 'after-settle:kill:2', 1_200],
    ['with a batch done whose lease it still holds', 'before-release:kill:1', 1_200],
    ['before its first part of the audience is committed', 'mid-expand:kill:1', 1_200],
    ['before its second part of the audience is committed', 'mid-expand:kill:2', 25_000],
    ['right after it committed a part of the audience', 'after-expand-chunk:kill:1', 25_000],
  ])('%s: another one sends everything', async (_, failpoint, clients) => {
    await addClients(bench.database.pool, clients);
    bench.stub.behave(() => accept({ delayMs: clients > 10_000 ? 0 : 20 }));
    const first = await bench.start('first', { FAILPOINT: failpoint });
    const id = await createMailing(bench.api, { text: failpoint });
    expect(await first.ended()).toBe('SIGKILL');
    await bench.noteDeath('first');
    await bench.start('second');
    await expectAllSent(bench, id, failpoint, clients);
  });

  test('while it frees the leases of another dead one: a third one does', async () => {
    await addClients(bench.database.pool, 1_200);
    const first = await bench.start('first', { FAILPOINT: 'after-post:kill:300' });
    const id = await createMailing(bench.api, { text: 'reconciler' });
    expect(await first.ended()).toBe('SIGKILL');
    await bench.noteDeath('first');
    const second = await bench.start('second', { FAILPOINT: 'mid-reconcile:kill' });
    expect(await second.ended()).toBe('SIGKILL');
    await bench.noteDeath('second');
    await bench.start('third');
    await expectAllSent(bench, id, 'reconciler', 1_200);
  });

  test('while it ends a cancelled mailing: another one ends the rest', async () => {
    await addClients(bench.database.pool, 25_000);
    const first = await bench.start('first', { FAILPOINT: 'mid-finish:kill:1' });
    const id = await createMailing(bench.api, { text: 'cancelled', ratePerSecond: 1 });
    await eventually(async () => expect(await readStatistics(bench.api, id)).toMatchObject({ total: 25_000 }));
    await mutate(bench.api, 'cancelMailing', id);
    expect(await first.ended()).toBe('SIGKILL');
    await bench.noteDeath('first');
    await bench.start('second');
    const { sent, cancelled } = await finished(bench.api, id);
    expect(sent).toBeLessThan(100);
    expect(sent + cancelled).toBe(25_000);
    await expectAccounted(bench, id, 'cancelled');
  });
});
