// SIGTERM in every role and at every bad moment: exit code 0 (a process that takes longer than 14.5 s ends with 1), nothing is sent twice
// because of it, and what was not started goes on elsewhere at once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { pendingMigrations } from '../../src/database/migrate.ts';
import { repeated, senderOf } from '../support/crash-oracle.ts';
import { eventually } from '../support/eventually.ts';
import { subscribeTo } from '../support/graphql-client.ts';
import { expectAccounted, expectAllSent, useProcessBench } from '../support/process-bench.ts';
import { openWebSocket } from '../support/raw-web-socket.ts';
import { addClients, createMailing, finished, readStatistics, statisticsFields } from '../support/scenario.ts';
import { accept, hang } from '../support/stub-behaviours.ts';
import { removeDataDir } from '../support/postgres-server.ts';
import { createTestDatabase } from '../support/test-database.ts';

const bench = useProcessBench({ leaseSeconds: 20 });
const watch = `subscription ($id: ID!) { mailingStatistics(mailingId: $id) { ${statisticsFields} } }`;

describe('a worker that is asked to end', () => {
  test('under load: another one sends the rest at once, no request is repeated', async () => {
    await addClients(bench.database.pool, 3_000);
    bench.stub.behave(() => accept({ delayMs: 30 }));
    const first = await bench.start('first');
    const id = await createMailing(bench.api, { text: 'load' });
    await bench.stub.waitForRequests(bench.stub.ledger.length + 500);
    await bench.start('second');
    expect(await first.end('SIGTERM')).toBe(0);
    await expectAllSent(bench, id, 'load', 3_000);
    expect(repeated(bench.requestsFor('load'))).toBe(0);
  });

  test('while it selects the audience: another one goes on, each client gets one message', async () => {
    await addClients(bench.database.pool, 200_000);
    const first = await bench.start('first');
    const id = await createMailing(bench.api, { text: 'expanding', ratePerSecond: 200 });
    await eventually(async () => expect((await readStatistics(bench.api, id)).total).toBeGreaterThan(0), { everyMs: 5 });
    expect(await first.end('SIGTERM')).toBe(0);
    expect((await readStatistics(bench.api, id)).total).toBeLessThan(200_000);
    await bench.start('second');
    await eventually(async () => expect(await readStatistics(bench.api, id)).toMatchObject({ total: 200_000 }), { timeoutMs: 120_000 });
    await expectAccounted(bench, id, 'expanding');
    expect(repeated(bench.requestsFor('expanding'))).toBe(0);
  });

  test('while the provider hangs: what was not started is sent elsewhere before this one has ended', async () => {
    await addClients(bench.database.pool, 600);
    bench.stub.behave((request) => (senderOf(request) === 'first' ? hang() : accept()));
    const first = await bench.start('first', { PROVIDER_TIMEOUT_MS: '60000', PROVIDER_CONNECTIONS: '8' });
    const before = bench.stub.ledger.length;
    const id = await createMailing(bench.api, { text: 'hanging' });
    await bench.stub.waitForRequests(before + 8);
    await bench.start('second');
    let hasEnded = false;
    const end = first.end('SIGTERM').finally(() => (hasEnded = true));
    await eventually(async () => expect(await readStatistics(bench.api, id)).toMatchObject({ sent: 592, pending: 8 }));
    expect(hasEnded).toBe(false);
    expect(await end).toBe(0);
    // A request that was never answered is ambiguous: it is sent again under the same id, by design and not because of the end.
    expect(await finished(bench.api, id)).toMatchObject({ total: 600, sent: 600 });
    expect(bench.requestsFor('hanging').filter((entry) => senderOf(entry) === 'first').length).toBe(8);
    expect(repeated(bench.requestsFor('hanging'))).toBe(8);
  });

  test('while the provider hangs longer than an end may take: gives up in time and settles what it knows', async () => {
    await addClients(bench.database.pool, 20);
    bench.stub.behave((request) => (senderOf(request) === 'first' ? hang() : accept()));
    const first = await bench.start('first', { PROVIDER_TIMEOUT_MS: '120000' });
    const before = bench.stub.ledger.length;
    const id = await createMailing(bench.api, { text: 'forever' });
    await bench.stub.waitForRequests(before + 20);
    expect(await first.end('SIGTERM')).toBe(0);
    const { rows } = await bench.database.pool.query<{ outcome: string; n: number }>(
      'select outcome, count(*)::int as n from message_attempt where mailing_id = $1 group by 1',
      [id],
    );
    expect(rows).toEqual([{ outcome: 'ambiguous', n: 20 }]);
    await bench.start('second');
    expect(await finished(bench.api, id)).toMatchObject({ total: 20, sent: 20 });
  });
});

test('everything in one process, on the embedded database, with a provider that hangs: ends in time, and its database with it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-shutdown-'));
  await chmod(folder, 0o711);
  try {
    bench.stub.behave((request) => (senderOf(request) === 'whole' ? hang() : accept()));
    const env = { ROLE: 'all', DATABASE_URL: '', DATA_DIR: join(folder, 'data'), PROVIDER_TIMEOUT_MS: '5000' };
    const service = await bench.start('whole', env);
    await service.query('mutation { createClient(input: { phone: "79001234567", timeZone: "UTC" }) { userErrors { code } } }');
    const before = bench.stub.ledger.length;
    const id = await createMailing(service, { text: 'whole' });
    await bench.stub.waitForRequests(before + 1);
    expect(await service.end('SIGTERM')).toBe(0);
    const again = await bench.start('again', env);
    expect(await finished(again, id)).toMatchObject({ sent: 1 });
    expect(await again.end('SIGTERM')).toBe(0);
  } finally {
    await removeDataDir(folder);
  }
});

describe('an api that is asked to end', () => {
  test.each(['api', 'all'])('as ROLE=%s, under load and with subscribers: answers, completes their subscriptions, ends', async (role) => {
    await addClients(bench.database.pool, 2_000);
    bench.stub.behave(() => accept({ delayMs: 30 }));
    if (role === 'api') await bench.start('worker');
    const service = await bench.start('service', { ROLE: role });
    const id = await createMailing(service, { text: `subscribed ${role}` });
    const subscribers = Array.from({ length: 20 }, () => subscribeTo(service.url, watch, { id }));
    // This one never reads.
    using silent = await openWebSocket(service.url);
    silent.subscribe('1', watch, { id });
    silent.socket.pause();
    for (const subscriber of subscribers)
      await subscriber.until(({ mailingStatistics }) => (mailingStatistics as { sent: number }).sent > 100);
    // Who came late began with a later state.
    await eventually(() => {
      for (const { results } of subscribers) expect(results.length).toBeGreaterThan(1);
    });
    let asked = true;
    const load = Promise.allSettled(
      Array.from({ length: 4 }, async () => {
        while (asked) await readStatistics(service, id);
      }),
    );
    expect(await service.end('SIGTERM')).toBe(0);
    asked = false;
    await load;
    for (const subscriber of subscribers) expect((await subscriber.completed()).length).toBeGreaterThan(1);
    if (role === 'all') await bench.start('worker');
    await expectAllSent(bench, id, `subscribed ${role}`, 2_000);
    expect(repeated(bench.requestsFor(`subscribed ${role}`))).toBe(0);
  });
});

describe('a process that is asked to end while it starts', () => {
  const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

  /** Ends it by SIGTERM at its first word to the log; resolves with the exit code. */
  async function endAtFirstWord(env: Readonly<Record<string, string>>): Promise<number | string> {
    const child = spawn(process.execPath, [program], {
      env: { PATH: process.env['PATH'] ?? '', PROVIDER_URL: bench.stub.url, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      await once(createInterface({ input: child.stdout }), 'line');
      child.kill('SIGTERM');
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      return code ?? signal ?? 'unknown';
    } finally {
      child.kill('SIGKILL');
    }
  }

  test.each(['api', 'worker'])('as ROLE=%s, waiting for the database to be migrated', async (role) => {
    await using empty = await createTestDatabase({ migrated: false });
    expect(await endAtFirstWord({ ROLE: role, DATABASE_URL: empty.url })).toBe(0);
  });

  test.each(['all', 'api', 'worker'])('as ROLE=%s, at its first word', async (role) => {
    // Without a token there is a warning before anything is started.
    expect(await endAtFirstWord({ ROLE: role, DATABASE_URL: bench.database.url })).toBe(0);
  });

  test('as ROLE=migrate: says whether it succeeded', async () => {
    await using empty = await createTestDatabase({ migrated: false });
    const code = await endAtFirstWord({ ROLE: 'migrate', DATABASE_URL: empty.url });
    expect(code).toBe((await pendingMigrations(empty.url)).length === 0 ? 0 : 1);
  });
});
