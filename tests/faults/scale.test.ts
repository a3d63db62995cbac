// Size: a mailing to very many keeps the processes small, and subscribers that read nothing or leave all at once cost it nothing.
// SCALE_MESSAGES=1000000 makes it the size of the promise; a suite of every day sends 200,000.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { faultsOfCounters } from '../support/engine-seed.ts';
import { eventually } from '../support/eventually.ts';
import { subscribeTo } from '../support/graphql-client.ts';
import { addClients, createMailing, finished, readStatistics, statisticsFields } from '../support/scenario.ts';
import type { Statistics } from '../support/scenario.ts';
import { startTestService } from '../support/service.ts';
import type { TestService } from '../support/service.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const messages = Number(process.env['SCALE_MESSAGES'] ?? 200_000);
const memoryLimitMiB = 350;
const subscribers = 1_000;
const stack = new AsyncDisposableStack();
let database: TestDatabase;
let service: TestService;
let worker: TestService;
let providerUrl: string;

beforeAll(async () => {
  database = stack.use(await createTestDatabase());
  const provider = spawn(process.execPath, [fileURLToPath(new URL('../../bench/provider-stub.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  stack.defer(() => void provider.kill());
  const [line] = (await once(createInterface({ input: provider.stdout }), 'line')) as [string];
  providerUrl = `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}`;
  const start = async (role: string): Promise<TestService> =>
    stack.use(
      await startTestService({ databaseUrl: database.url, providerUrl: `${providerUrl}/v1`, env: { ROLE: role, LOG_LEVEL: 'info' } }),
    );
  service = await start('api');
  worker = await start('worker');
});
afterAll(async () => stack.disposeAsync());

async function peakMiB({ pid }: TestService): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}

const requestsMade = async (): Promise<number> => ((await (await fetch(providerUrl)).json()) as { requests: number }).requests;

/** A subscription on a bare socket, which the caller can stop reading or cut. */
async function subscribe(id: string): Promise<WebSocket> {
  const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { perMessageDeflate: false });
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  const query = `subscription ($id: ID!) { mailingStatistics(mailingId: $id) { ${statisticsFields} } }`;
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { id } } }));
  await once(socket, 'message');
  return socket;
}

test(`a mailing to ${messages} stays under ${memoryLimitMiB} MiB in each process, with a subscriber that never reads and ${subscribers} who drop at once`, async () => {
  await addClients(database.pool, messages);
  const id = await createMailing(service, { text: 'to all' });
  const silent = await subscribe(id);
  silent.pause();
  const dropping: WebSocket[] = [];
  while (dropping.length < subscribers) dropping.push(...(await Promise.all(Array.from({ length: 50 }, async () => subscribe(id)))));
  const before = await eventually(async () => {
    const statistics = await readStatistics(service, id);
    return statistics.sent > 0 && statistics;
  });
  expect(before.mailingStatus).toBe('RUNNING');
  for (const socket of dropping) socket.terminate();
  // It goes on, and whoever stays is still told.
  await using staying = subscribeTo<{ mailingStatistics: Statistics }>(
    service.url,
    `subscription ($id: ID!) { mailingStatistics(mailingId: $id) { ${statisticsFields} } }`,
    { id },
  );
  await staying.until(({ mailingStatistics }) => mailingStatistics.sent > before.sent, 60_000);
  const states = await staying.completed(600_000);
  expect(states.at(-1)?.data.mailingStatistics).toMatchObject({ mailingStatus: 'COMPLETED', total: messages, sent: messages });
  expect(await finished(service, id)).toMatchObject({ total: messages, sent: messages, pending: 0, failed: 0 });
  expect(await requestsMade()).toBe(messages);
  expect(await faultsOfCounters(database.pool)).toEqual([]);
  expect(await peakMiB(worker)).toBeLessThan(memoryLimitMiB);
  expect(await peakMiB(service)).toBeLessThan(memoryLimitMiB);
  silent.terminate();
}, 900_000);
