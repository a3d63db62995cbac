// npm run recovery: how long it takes until a mailing goes on after the database was restarted, until a worker that is asked to end has
// ended, and until a committed change reaches a subscriber; each under load, on processes and a PostgreSQL of its own.
import { parseArgs } from 'node:util';
import { startDatabaseStage } from '../tests/support/database-stage.ts';
import type { DatabaseStage } from '../tests/support/database-stage.ts';
import { eventually } from '../tests/support/eventually.ts';
import { subscribeTo } from '../tests/support/graphql-client.ts';
import { addClients, createMailing, mutate } from '../tests/support/scenario.ts';
import { startTestService } from '../tests/support/service.ts';
import { accept } from '../tests/support/stub-behaviours.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
if (!rounds) throw new Error('--rounds is a whole number');
/** Messages per second while it is measured: a load that a machine with other work carries as well. */
const RATE = 500;
const LISTENING_MS = 10_000;
const TEXT = 'recovery';

await using stage = await startDatabaseStage({ parameters: { max_connections: '200' } });
stage.stub.behave(() => accept({ delayMs: 20 }));
await addClients(stage.pool, RATE * 600);
const id = await createMailing(stage.api, { text: TEXT, ratePerSecond: RATE });
await stage.stub.waitForRequests(RATE);

console.log(figure('push delay', await pushDelays(stage)));
for (const mode of ['fast', 'immediate'] as const) {
  const times = [];
  for (let round = 0; round < rounds; round += 1) times.push(await restart(stage, mode));
  console.log(figure(`sending again after a database restart (${mode})`, times));
}
console.log(figure('worker ended after SIGTERM', await drains(stage)));
await mutate(stage.api, 'cancelMailing', id);

function figure(name: string, times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(0)} ms`;
  return `${name.padEnd(50)} median ${at(0.5)}, p95 ${at(0.95)}, longest ${at(1)}, of ${times.length}`;
}

/** From the statement that changed the counts until a subscriber has them: milliseconds. */
async function pushDelays({ api }: DatabaseStage): Promise<number[]> {
  await using live = subscribeTo<{ mailingStatistics: { updatedAt: string } }>(
    api.url,
    'subscription ($id: ID!) { mailingStatistics(mailingId: $id) { updatedAt version sent } }',
    { id },
  );
  const delays: number[] = [];
  const until = performance.now() + LISTENING_MS;
  let isFirst = true;
  for await (const { data } of live) {
    // The first one is the state at once, however old.
    if (!isFirst) delays.push(Date.now() - Date.parse(data.mailingStatistics.updatedAt));
    isFirst = false;
    if (performance.now() > until) break;
  }
  return delays;
}

/** From the signal until a request reaches the provider that was not in flight when the database went away. */
async function restart({ restart: end, stub, pool }: DatabaseStage, mode: 'fast' | 'immediate'): Promise<number> {
  const startedAt = performance.now();
  await end(mode);
  await eventually(async () => (await pool.query('select')).rowCount !== null, { timeoutMs: 30_000, everyMs: 5 });
  const before = stub.ledger.length;
  await eventually(() => stub.ledger.length > before, { timeoutMs: 60_000, everyMs: 5 });
  const tookMs = performance.now() - startedAt;
  await stub.waitForRequests(stub.ledger.length + RATE);
  return tookMs;
}

async function drains({ databaseUrl, stub }: DatabaseStage): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const env = { ROLE: 'worker', PROVIDER_TOKEN: `drained-${round}`, LOG_LEVEL: 'info' };
    await using worker = await startTestService({ databaseUrl, providerUrl: stub.url, env });
    const mine = (): boolean => stub.ledger.at(-1)?.headers.authorization === `Bearer ${env.PROVIDER_TOKEN}`;
    await eventually(mine, { timeoutMs: 60_000, everyMs: 1 });
    const startedAt = performance.now();
    const code = await worker.end('SIGTERM');
    if (code !== 0) throw new Error(`the worker ended with ${code}`);
    times.push(performance.now() - startedAt);
  }
  return times;
}
