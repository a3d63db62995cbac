// fan-out-latency: from the commit to the client. 1,000 subscribers with 10 states a second each, then 10,000 with one a second: how late
// the states are, that nobody misses the last one, and what a subscriber takes of memory.
import { cpuSecondsOf, startServiceProcess } from './processes.ts';
import type { Program } from './processes.ts';
import { changeMailings, makeMailings, startSubscribers } from './fan-out.ts';
import { setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import type { BenchRow } from './table.ts';
import { readFile } from 'node:fs/promises';

const crowd = Number(process.env['BENCH_SUBSCRIBERS'] ?? 10_000);
const mailings = 10;

export async function benchFanOutLatency(): Promise<BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setStage());
  const firstId = await makeMailings(stage, mailings);
  const api = stack.use(
    await startServiceProcess({
      ROLE: 'api',
      DATABASE_URL: stage.databaseUrl,
      CALLER_WEBSOCKETS: '20000',
      CALLER_REQUESTS_PER_SECOND: '0',
    }),
  );
  const url = `${String(api.said['url']).replace(/^http/, 'ws')}/graphql`;
  const fast = await follow(stage, api, url, { subscribers: 1_000, times: 100, everyMs: 100, firstId });
  const many = await follow(stage, api, url, { subscribers: crowd, times: 20, everyMs: 1_000, firstId });
  return [
    {
      name: 'fan-out-latency, 1,000 subscribers, 10 states/s',
      ours: `p50 ${fast.p50} ms, p99 ${fast.p99} ms, longest ${fast.longest} ms`,
      reference: 'promise: p95 500 ms',
      ratio: fast.p99 / 500,
      aim: 'p99 reported',
    },
    {
      name: `fan-out-latency, ${crowd} subscribers, 1 state/s`,
      ours: `p50 ${many.p50} ms, p99 ${many.p99} ms, longest ${many.longest} ms; ${many.missed} missed the last state; ${many.kibEach.toFixed(1)} KiB each; ${(many.cpuShare * 100).toFixed(0)} % of a core`,
      reference: '20 KiB a subscriber',
      ratio: many.kibEach / 20,
      aim: '<= 1.00',
    },
  ];
}

interface Task {
  readonly subscribers: number;
  readonly times: number;
  readonly everyMs: number;
  readonly firstId: number;
}

async function follow(stage: Stage, api: Program, url: string, { subscribers, times, everyMs, firstId }: Task) {
  const before = await residentKiBOf(api.process.pid);
  await using program = await startSubscribers(url, subscribers, mailings, firstId);
  await changeMailings(stage, firstId, 2, everyMs);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await program.ask({ count: true });
  const after = await residentKiBOf(api.process.pid);
  const cpu = await cpuSecondsOf(api.process.pid);
  const startedAt = performance.now();
  await changeMailings(stage, firstId, times, everyMs);
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpuShare = ((await cpuSecondsOf(api.process.pid)) - cpu) / seconds;
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const seen = (await program.ask({ count: true }))['answer'] as {
    p50: number;
    p99: number;
    longest: number;
    leastVersion: number;
    readers: number;
  };
  const [{ version } = { version: 0 }] = await stage.database.rows<{ version: number }>(
    'select min(version)::float8 as version from mailing_statistics where mailing_id >= $1::bigint',
    [firstId],
  );
  const missed = seen.readers === subscribers && seen.leastVersion >= version ? 0 : Math.max(1, subscribers - seen.readers);
  console.log(
    `  ${subscribers} subscribers: p50 ${seen.p50} ms, p99 ${seen.p99} ms, longest ${seen.longest} ms, ${(cpuShare * 100).toFixed(0)} % of a core`,
  );
  return { ...seen, missed, kibEach: (after - before) / subscribers, cpuShare };
}

async function residentKiBOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN);
}
