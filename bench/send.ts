// send, send-50ms: durable messages per second from createMailing's answer to COMPLETED (expansion, lease, POST, settle, counters), with one
// subscriber watching, beside an undici pool that makes the same requests to the same stub and stores nothing.
import { startWorker } from '../src/worker-role.ts';
import { startServiceProcess } from './processes.ts';
import { rawPool } from './raw-pool.ts';
import { connections, perMessage, sendMailing, startStub, workerConfig } from './sending.ts';
import type { Sent } from './sending.ts';
import { addClients, setStage } from './stage.ts';
import { median } from './table.ts';
import type { BenchRow } from './table.ts';
import { watchTotals } from './watchers.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);

interface Shape {
  readonly name: string;
  readonly messages: number;
  /** How long the provider takes. */
  readonly delayMs: number;
  readonly aim: string;
}

export async function benchSend(): Promise<BenchRow[]> {
  return sendBesideRawPool({ name: 'send', messages: Number(process.env['BENCH_MESSAGES'] ?? 1_000_000), delayMs: 0, aim: '>= 0.85' });
}

export async function benchSend50Ms(): Promise<BenchRow[]> {
  return sendBesideRawPool({ name: 'send-50ms', messages: 20_000, delayMs: 50, aim: '>= 0.98' });
}

async function sendBesideRawPool({ name, messages, delayMs, aim }: Shape): Promise<BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setStage());
  const stub = stack.use(await startStub(delayMs));
  console.log(`${name}: ${messages} messages, ${rounds} rounds, ${connections} connections, a provider that takes ${delayMs} ms`);
  await addClients(stage.database, 0, messages, 'send');
  stack.use(await startWorker(workerConfig(), stage.databaseUrl, stub.url, stage.log));
  const api = stack.use(await startServiceProcess({ ROLE: 'api', DATABASE_URL: stage.databaseUrl }));
  stack.use(await watchTotals(api, 1));

  // One round of each that does not count: code is compiled, connections are made, tables have their size.
  const warmUp = Math.min(messages, 200_000);
  await rawPool({ url: stub.url, requests: warmUp, connections, concurrency: connections });
  await sendMailing(stage, messages, 'send');
  const raw: { perSecond: number; cpuSeconds: number }[] = [];
  const ours: Sent[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const reference = await rawPool({ url: stub.url, requests: messages, connections, concurrency: connections });
    const sent = await sendMailing(stage, messages, 'send');
    raw.push(reference);
    ours.push(sent);
    console.log(
      `  round ${round}: raw ${reference.perSecond.toFixed(0)}/s, ours ${sent.perSecond.toFixed(0)}/s, ratio ${(sent.perSecond / reference.perSecond).toFixed(2)}, peak ${sent.peakMiB.toFixed(0)} MiB`,
    );
  }
  const [oursPerSecond, rawPerSecond] = [median(ours.map((r) => r.perSecond)), median(raw.map((r) => r.perSecond))];
  const sender = perMessage(median(ours.map((r) => r.cpuSeconds)), messages);
  const database = perMessage(median(ours.map((r) => r.databaseCpuSeconds)), messages);
  return [
    {
      name: `${name} (${messages} messages)`,
      ours: `${oursPerSecond.toFixed(0)}/s, CPU: sender ${sender}, PostgreSQL ${database}; peak ${Math.max(...ours.map((r) => r.peakMiB)).toFixed(0)} MiB`,
      reference: `raw undici pool ${rawPerSecond.toFixed(0)}/s, CPU ${perMessage(median(raw.map((r) => r.cpuSeconds)), messages)}`,
      ratio: oursPerSecond / rawPerSecond,
      aim,
    },
  ];
}
