// send: durable messages per second from createMailing's answer to COMPLETED (expansion, lease, POST, settle, counters) beside an
// undici pool that makes the same requests to the same stub and stores nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Config } from '../src/config.ts';
import { readConfig } from '../src/config.ts';
import { makeCreateMailing } from '../src/operations/create-mailing.ts';
import { startWorker } from '../src/worker-role.ts';
import { rawPool } from './raw-pool.ts';
import { addClients, setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { median } from './table.ts';
import type { BenchRow } from './table.ts';

const messages = Number(process.env['BENCH_MESSAGES'] ?? 200_000);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const connections = 64;

export async function benchSend(): Promise<BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setStage());
  const stub = await startStub();
  stack.defer(() => void stub.process.kill());
  console.log(`send: ${messages} messages, ${rounds} rounds, ${connections} connections`);
  await addClients(stage.database, 0, messages, 'send');
  stack.use(await startWorker(benchConfig(), stage.databaseUrl, stub.url, stage.log));

  // One round of each that does not count: code is compiled, connections are made, tables have their size.
  await rawPool({ url: stub.url, requests: messages, connections, concurrency: connections });
  await sendMailing(stage);
  const raw: { perSecond: number; cpuSeconds: number }[] = [];
  const ours: { perSecond: number; cpuSeconds: number; peakMiB: number }[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const reference = await rawPool({ url: stub.url, requests: messages, connections, concurrency: connections });
    const sent = await sendMailing(stage);
    raw.push(reference);
    ours.push(sent);
    console.log(
      `  round ${round}: raw ${reference.perSecond.toFixed(0)}/s, ours ${sent.perSecond.toFixed(0)}/s, ratio ${(sent.perSecond / reference.perSecond).toFixed(2)}, peak ${sent.peakMiB.toFixed(0)} MiB`,
    );
  }
  const [oursPerSecond, rawPerSecond] = [median(ours.map((r) => r.perSecond)), median(raw.map((r) => r.perSecond))];
  const cpu = (runs: readonly { cpuSeconds: number }[]): string =>
    `${((median(runs.map((r) => r.cpuSeconds)) / messages) * 1e6).toFixed(1)} us CPU`;
  return [
    {
      name: `send (${messages} messages)`,
      ours: `${oursPerSecond.toFixed(0)}/s, ${cpu(ours)}, peak ${Math.max(...ours.map((r) => r.peakMiB)).toFixed(0)} MiB`,
      reference: `raw undici pool ${rawPerSecond.toFixed(0)}/s, ${cpu(raw)}`,
      ratio: oursPerSecond / rawPerSecond,
      aim: '>= 0.60',
    },
  ];
}

async function sendMailing({ database, changes, log }: Stage): Promise<{ perSecond: number; cpuSeconds: number; peakMiB: number }> {
  const createMailing = makeCreateMailing({ database, changes, log });
  const now = Date.now();
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const created = await createMailing(
    { text: 'Hello there, this is a test message', startsAt: now - 1_000, endsAt: now + 3_600_000 },
    null,
  );
  if (!created.ok) throw new Error(JSON.stringify(created.errors));
  let peakMiB = 0;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    peakMiB = Math.max(peakMiB, process.memoryUsage.rss() / 1_048_576);
    const rows = await database.rows<{ status: string; sent: number; total: number }>(
      `select m.status::text as status, s.sent::float8 as sent, s.total::float8 as total
       from mailing m join mailing_statistics s on s.mailing_id = m.id where m.id = $1::bigint`,
      [created.value.id],
    );
    const state = rows[0];
    if (state?.status === 'COMPLETED') {
      if (state.sent !== messages || state.total !== messages)
        throw new Error(`sent ${state.sent} of ${state.total}, expected ${messages}`);
      break;
    }
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const used = process.cpuUsage(cpu);
  return { perSecond: messages / seconds, cpuSeconds: (used.user + used.system) / 1e6, peakMiB };
}

function benchConfig(): Config {
  const result = readConfig({ PROVIDER_CONNECTIONS: String(connections), PROVIDER_TOKEN: 'bench-token' });
  if (!result.ok) throw new Error(result.faults.join('\n'));
  return result.config;
}

async function startStub(): Promise<{ process: ReturnType<typeof spawn>; url: string }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('provider-stub.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { port } = JSON.parse(line) as { port: number };
  return { process: child, url: `http://127.0.0.1:${port}/v1` };
}
