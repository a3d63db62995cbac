// A message that ends whatever process sends it: it is found, set aside with a clear error, and never stops the mailing. Processes that
// die for other reasons cost no message anything.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { expectAllSent, expectAccounted, useProcessBench } from '../support/process-bench.ts';
import { addClients, createMailing, finished, inMs } from '../support/scenario.ts';
import { accept, hang } from '../support/stub-behaviours.ts';

const bench = useProcessBench();
const poison = '79000000300';

/** The message of the poison client. */
async function poisonedMessage(mailingId: string): Promise<{ status: string; errorCode: string; errorMessage: string }> {
  const { rows } = await bench.database.pool.query<{ status: string; errorCode: string; errorMessage: string }>(
    'select status, error_code as "errorCode", error_message as "errorMessage" from message where mailing_id = $1 and phone = $2',
    [mailingId, poison],
  );
  if (rows[0] === undefined) throw new Error('no message for the poison client');
  return rows[0];
}

/** Processes of this one's own, by pid. */
function childrenOf(pid: number): number[] {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number);
  } catch {
    // pgrep ends with 1 when it finds none.
    return [];
  }
}

test.each(['before-post', 'after-post'])('a message that kills its process %s is FAILED, all others are SENT', async (place) => {
  await addClients(bench.database.pool, 1_200);
  const worker = await bench.supervise('worker', { FAILPOINT: `${place}@${poison}:kill` });
  const id = await createMailing(bench.api, { text: place });
  expect(await finished(bench.api, id)).toMatchObject({ mailingStatus: 'COMPLETED', total: 1_200, sent: 1_199, failed: 1 });
  expect(await poisonedMessage(id)).toMatchObject({
    status: 'FAILED',
    errorCode: 'PROCESS_CRASHED',
    errorMessage: expect.stringContaining('set aside'),
  });
  expect(worker.ends()).toBe(2);
  const others = bench.requestsFor(place).filter((entry) => String(entry.body?.phone) !== poison);
  expect(new Set(others.map((entry) => entry.msgId)).size).toBe(1_199);
});

test('a message whose sending throws is tried again later, and costs the others nothing', async () => {
  await addClients(bench.database.pool, 600);
  const worker = await bench.supervise('worker', { FAILPOINT: `before-post@${poison}:throw` });
  const id = await createMailing(bench.api, { text: 'throws', endsAt: inMs(25_000) });
  expect(await finished(bench.api, id)).toMatchObject({ total: 600, sent: 599, unconfirmed: 1 });
  expect(await poisonedMessage(id)).toMatchObject({ errorCode: 'SENDER_FAULT' });
  expect(worker.ends()).toBe(0);
  await expectAccounted(bench, id, 'throws');
});

test('batches that lost their worker twice without any message being to blame are sent as well', async () => {
  await addClients(bench.database.pool, 1_200);
  const id = await createMailing(bench.api, { text: 'blameless' });
  for (const name of ['first', 'second']) {
    const killed = await bench.start(name, { FAILPOINT: 'after-lease:kill:3' });
    expect(await killed.ended()).toBe('SIGKILL');
    await bench.noteDeath(name);
  }
  await bench.start('third');
  await eventually(async () => {
    const { rows } = await bench.database.pool.query<{ rescues: number }>(
      'select max(rescues) as rescues from batch where mailing_id = $1',
      [id],
    );
    expect(rows[0]?.rescues).toBe(2);
  });
  await expectAllSent(bench, id, 'blameless', 1_200);
});

test('the process that sends an isolated batch may be killed, each message once more alone, and it ends with its worker', async () => {
  await addClients(bench.database.pool, 100);
  const id = await createMailing(bench.api, { text: 'isolated' });
  for (const name of ['first', 'second']) {
    const killed = await bench.start(name, { FAILPOINT: 'after-lease:kill:1' });
    expect(await killed.ended()).toBe('SIGKILL');
  }
  const requests = (attempt: number): number => bench.requestsFor('isolated').filter((entry) => entry.attempt === attempt).length;
  bench.stub.behave(({ attempt }) => (attempt === 1 ? hang() : accept({ delayMs: 100 })));
  const worker = await bench.start('third', { PROVIDER_TIMEOUT_MS: '30000', PROVIDER_CONNECTIONS: '10' });
  await eventually(() => expect(requests(1)).toBe(10));
  const [shared, ...more] = childrenOf(worker.pid);
  if (shared === undefined || more.length > 0) throw new Error('expected one process of its own');
  process.kill(shared, 'SIGKILL');
  await eventually(() => expect(requests(2)).toBeGreaterThan(5));

  const children = childrenOf(worker.pid);
  expect(children.length).toBeGreaterThan(0);
  await worker.end('SIGKILL');
  await eventually(() => {
    for (const child of children) expect(() => process.kill(child, 0)).toThrow('ESRCH');
  });
  bench.stub.behave(() => accept());
  await bench.start('fourth');
  expect(await finished(bench.api, id)).toMatchObject({ total: 100, sent: 100 });
});
