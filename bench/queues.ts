// send-vs-queues: messages per second and CPU per message, ours beside one job and one status row per message on graphile-worker, pg-boss
// and BullMQ (when there is a redis-server), from the first row to the last acceptance, enqueueing included. The same stub for all.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { startWorker } from '../src/worker-role.ts';
import { cpuSecondsOf, reference, startProgram } from './processes.ts';
import type { Program } from './processes.ts';
import { backendCpu, sendMailing, startStub, workerConfig } from './sending.ts';
import { addClients, setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { median } from './table.ts';
import type { BenchRow } from './table.ts';

const messages = Number(process.env['BENCH_MESSAGES'] ?? 200_000);
/** Queues take a fifth of the time: so that a round of them is not longer than one of ours. */
const queued = Math.max(10_000, Math.round(messages / 5));
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);

interface Result {
  readonly perSecond: number;
  /** Of the process that sends, of PostgreSQL, and of Redis. */
  readonly cpuUs: number;
}

export async function benchQueues(): Promise<BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setStage());
  const stub = stack.use(await startStub());
  await stage.database.rows('create database queues');
  const databaseUrl = Object.assign(new URL(stage.databaseUrl), { pathname: '/queues' }).href;
  const redis = stack.use(await startRedis());
  const names = ['graphile-worker', 'pg-boss', ...(redis.pid === null ? [] : ['bullmq'])];
  console.log(`send-vs-queues: ${messages} messages of ours, ${queued} jobs of ${names.join(', ')}, ${rounds} rounds`);
  await addClients(stage.database, 0, messages, 'send');

  const results = new Map<string, Result[]>(['ours', ...names].map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    const told: string[] = [];
    const note = (name: string, result: Result): void => {
      if (round > 0) results.get(name)?.push(result);
      told.push(`${name} ${result.perSecond.toFixed(0)}/s (${result.cpuUs.toFixed(0)} us)`);
    };
    note('ours', await runOurs(stage, stub.url));
    for (const name of names) {
      const env = { DATABASE_URL: databaseUrl, PROVIDER_URL: stub.url, REDIS_PORT: String(redis.port) };
      await using program = await startProgram(reference(`queue-${name}`), { env });
      note(name, await runQueue(stage, program, redis.pid));
    }
    if (round > 0) console.log(`  round ${round}: ${told.join(', ')}`);
  }
  const medianOf = (name: string, part: keyof Result): number => median((results.get(name) ?? []).map((result) => result[part]));
  return names.flatMap((name) => [
    {
      name: 'send-vs-queues, rate',
      ours: `${medianOf('ours', 'perSecond').toFixed(0)}/s`,
      reference: `${name} ${medianOf(name, 'perSecond').toFixed(0)}/s`,
      ratio: medianOf('ours', 'perSecond') / medianOf(name, 'perSecond'),
      aim: '>= 4.00',
    },
    {
      name: 'send-vs-queues, CPU per message (sender and stores)',
      ours: `${medianOf('ours', 'cpuUs').toFixed(0)} us`,
      reference: `${name} ${medianOf(name, 'cpuUs').toFixed(0)} us`,
      ratio: medianOf('ours', 'cpuUs') / medianOf(name, 'cpuUs'),
      aim: '<= 0.30',
    },
  ]);
}

/** A worker of its own each time, as the queues have. */
async function runOurs(stage: Stage, providerUrl: string): Promise<Result> {
  await using worker = await startWorker(workerConfig(), stage.databaseUrl, providerUrl, stage.log);
  void worker;
  const { perSecond, cpuSeconds, databaseCpuSeconds } = await sendMailing(stage, messages, 'send');
  return { perSecond, cpuUs: ((cpuSeconds + databaseCpuSeconds) / messages) * 1e6 };
}

async function runQueue({ database }: Stage, program: Program, redisPid: number | null): Promise<Result> {
  const backends = await backendCpu(database);
  const redis = redisPid === null ? 0 : await cpuSecondsOf(redisPid);
  const { seconds, cpuSeconds } = (await program.ask({ run: { messages: queued } }))['answer'] as { seconds: number; cpuSeconds: number };
  let stores = redisPid === null ? 0 : (await cpuSecondsOf(redisPid)) - redis;
  for (const [pid, after] of await backendCpu(database)) stores += after - (backends.get(pid) ?? 0);
  return { perSecond: queued / seconds, cpuUs: ((cpuSeconds + stores) / queued) * 1e6 };
}

/** Debian's, in a folder of its own, appending to disk each second as its documentation advises; none when it is not installed. */
async function startRedis(): Promise<AsyncDisposable & { readonly port: number; readonly pid: number | null }> {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
  } catch {
    console.log('  no redis-server: BullMQ is left out (apt-get install redis-server)');
    return { port: 0, pid: null, [Symbol.asyncDispose]: async () => undefined };
  }
  const folder = await mkdtemp(join(tmpdir(), 'carillon-bench-redis-'));
  const port = 20_000 + (process.pid % 10_000);
  const child = spawn(
    'redis-server',
    ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--appendonly', 'yes', '--appendfsync', 'everysec'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  for await (const chunk of child.stdout) if (String(chunk).includes('Ready to accept connections')) break;
  return {
    port,
    pid: child.pid ?? null,
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
