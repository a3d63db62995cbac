// The service ends in the middle of a mailing, politely or not: messages move again by themselves, and the counts stay exact.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { addClients, createMailing, finished, readStatistics } from '../support/scenario.ts';
import { startTestService } from '../support/service.ts';
import type { TestService } from '../support/service.ts';
import { accept } from '../support/stub-behaviours.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import type { StubProvider } from '../support/stub-provider.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const clients = 3_000;
let database: TestDatabase;
let stub: StubProvider;

beforeAll(async () => {
  database = await createTestDatabase();
  stub = await startStubProvider({ script: () => accept({ delayMs: 50 }) });
  await addClients(database.pool, clients);
});
afterAll(async () => {
  await stub.close();
  await database.drop();
});

/** Leases are short, so that those of a dead process end within seconds. */
async function start(env: Readonly<Record<string, string>> = {}): Promise<TestService> {
  return startTestService({
    databaseUrl: database.url,
    providerUrl: stub.url,
    env: { LEASE_SECONDS: '2', RECONCILE_SECONDS: '1', ...env },
  });
}

describe('a service that ends in the middle of a mailing', () => {
  test('by SIGTERM: exits with 0, and a new one finishes without repeating a single request', async () => {
    const before = stub.ledger.length;
    const first = await start({ LEASE_SECONDS: '60' });
    const id = await createMailing(first, { text: 'sigterm' });
    await stub.waitForRequests(before + 500);
    expect(await first.end('SIGTERM')).toBe(0);
    await using second = await start({ LEASE_SECONDS: '60' });
    expect(await finished(second, id)).toMatchObject({ mailingStatus: 'COMPLETED', total: clients, sent: clients });
    const requests = stub.ledger.filter((entry) => entry.body?.text === 'sigterm');
    expect(requests.length).toBe(clients);
  });

  test('by kill -9: a new one finishes; repeated are at most the requests not yet settled then', async () => {
    const before = stub.ledger.length;
    const first = await start();
    const id = await createMailing(first, { text: 'kill' });
    await stub.waitForRequests(before + 500);
    const settled = (await readStatistics(first, id)).sent;
    expect(await first.end('SIGKILL')).toBe('SIGKILL');
    const requestedAtKill = stub.ledger.length - before;
    await using second = await start();
    expect(await finished(second, id)).toMatchObject({
      mailingStatus: 'COMPLETED',
      total: clients,
      sent: clients,
      failed: 0,
      unconfirmed: 0,
    });
    const requests = stub.ledger.filter((entry) => entry.body?.text === 'kill');
    const repeated = requests.length - new Set(requests.map((entry) => entry.msgId)).size;
    expect(repeated).toBeLessThanOrEqual(requestedAtKill - settled);
    expect(new Set(requests.map((entry) => entry.body?.phone)).size).toBe(clients);
    await eventually(async () => {
      const recount = await database.pool.query<{ n: number }>(
        "select count(*)::int as n from message where mailing_id = $1 and status = 'SENT'",
        [id],
      );
      expect(recount.rows[0]?.n).toBe(clients);
    });
  });

  test('by kill -9 while the audience is being selected: each client still gets one message', { timeout: 180_000 }, async () => {
    await addClients(database.pool, 30_000, { from: 100_000, tag: 'many' });
    const before = stub.ledger.length;
    stub.behave(() => accept());
    const first = await start();
    const id = await createMailing(first, { text: 'expanding', filter: { tags: ['many'] } });
    await stub.waitForRequests(before + 1);
    await first.end('SIGKILL');
    await using second = await start();
    expect(await finished(second, id, 150_000)).toMatchObject({ total: 30_000, sent: 30_000 });
    const rows = await database.pool.query<{ n: number; clients: number }>(
      'select count(*)::int as n, count(distinct client_id)::int as clients from message where mailing_id = $1',
      [id],
    );
    expect(rows.rows[0]).toEqual({ n: 30_000, clients: 30_000 });
  });
});
