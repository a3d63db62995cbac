// The typed clients of examples/ as somebody runs them: processes of their own, against a real service that goes away and comes back.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startExampleClient } from '../support/example-client.ts';
import { freePort } from '../support/free-port.ts';
import { addClients, createMailing } from '../support/scenario.ts';
import { startTestService } from '../support/service.ts';
import type { TestService } from '../support/service.ts';
import { accept } from '../support/stub-behaviours.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import type { StubProvider } from '../support/stub-provider.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { signToken, testSecret } from '../support/tokens.ts';

const clients = 60;
let database: TestDatabase;
let stub: StubProvider;
let worker: TestService;

beforeAll(async () => {
  database = await createTestDatabase();
  stub = await startStubProvider({ script: () => accept() });
  await addClients(database.pool, clients);
  worker = await startService({ ROLE: 'worker' });
});
beforeEach(() => {
  stub.release();
});
afterAll(async () => {
  await worker?.[Symbol.asyncDispose]();
  await stub.close();
  await database.drop();
});

describe.each(['urql', 'apollo'])('the client with %s', (library) => {
  test('prints the state of a mailing until it is completed, and ends', async () => {
    await using api = await startService({ ROLE: 'api' });
    const id = await createMailing(api, { text: 'From the first to the last' });
    await using example = startExampleClient(library, { url: api.url, mailingId: id });
    expect(await example.ended()).toBe(0);
    expect(example.errors()).toBe('');
    expect(example.lines()[0]).toBe('watching "From the first to the last"');
    expect(example.lines().at(-1)).toBe(`COMPLETED: ${clients} of ${clients} sent, 0 not sent, 0 pending`);
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)('goes on after a restart of the api by %s', async (signal) => {
    const port = await freePort();
    const first = await startService({ ROLE: 'api', PORT: port });
    stub.holdAll();
    const id = await createMailing(first, { text: 'Through a restart' });
    await using example = startExampleClient(library, { url: first.url, mailingId: id });
    await eventually(() => expect(example.lines()).toContain(`RUNNING: 0 of ${clients} sent, 0 not sent, ${clients} pending`));

    await first.end(signal);
    // Whoever had the connection has noticed, and asks in vain.
    await eventually(() => expect(example.errors()).toMatch(/connection closed/));
    stub.release();
    await using second = await startService({ ROLE: 'api', PORT: port });

    expect(second.url).toBe(first.url);
    expect(await example.ended()).toBe(0);
    expect(example.lines().at(-1)).toBe(`COMPLETED: ${clients} of ${clients} sent, 0 not sent, 0 pending`);
  });

  test('shows a token where one is asked for, over HTTP and over the WebSocket', async () => {
    await using open = await startService({ ROLE: 'api' });
    const mailingId = await createMailing(open, { text: 'For viewers' });
    await using api = await startService({ ROLE: 'api', AUTH: 'jwt', AUTH_JWT_SECRET: testSecret });

    await using stranger = startExampleClient(library, { url: api.url, mailingId });
    await using viewer = startExampleClient(library, { url: api.url, mailingId, token: await signToken({ role: 'viewer' }) });
    expect([await stranger.ended(), stranger.lines()]).toEqual([1, ['']]);
    expect(await viewer.ended()).toBe(0);
    expect(viewer.lines().at(-1)).toBe(`COMPLETED: ${clients} of ${clients} sent, 0 not sent, 0 pending`);
  });

  test('says so when there is no such mailing', async () => {
    await using api = await startService({ ROLE: 'api' });
    await using example = startExampleClient(library, { url: api.url, mailingId: '999999' });
    expect(await example.ended()).toBe(1);
    expect(example.errors()).toContain('there is no mailing 999999');
  });
});

async function startService(env: Readonly<Record<string, string>>): Promise<TestService> {
  return startTestService({ databaseUrl: database.url, providerUrl: stub.url, env: { RECONCILE_SECONDS: '1', ...env } });
}
