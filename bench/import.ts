// import: POST /clients/import of a CSV file into an empty directory, by the service as its own process, beside COPY of the same file
// into an equal table with the same checks and indexes, which validates nothing else.
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import copyStreams from 'pg-copy-streams';
import { request } from 'undici';
import { cpuSecondsOf, peakMiBOf, startServiceProcess } from './processes.ts';
import type { Program } from './processes.ts';
import { setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { median } from './table.ts';
import type { BenchRow } from './table.ts';

const clients = Number(process.env['BENCH_CLIENTS'] ?? 1_000_000);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const zones = ['Europe/Moscow', 'Europe/Samara', 'Asia/Yekaterinburg', 'Asia/Novosibirsk', 'Asia/Vladivostok', '+03:00'];

export async function benchImport(): Promise<BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setStage());
  const folder = await mkdtemp(join(tmpdir(), 'carillon-bench-csv-'));
  stack.defer(async () => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'clients.csv');
  await writeFile(file, csvFile());
  await stage.database.rows('create table client_copy (like client including all)');
  const service = stack.use(await startServiceProcess({ ROLE: 'api', DATABASE_URL: stage.databaseUrl }));
  const atRestMiB = await peakMiBOf(service.process.pid);
  console.log(`import: ${clients} rows, ${rounds} rounds`);

  const seconds: { ours: Cost; copy: Cost }[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const copy = await timeCopy(stage, file);
    const ours = await timeImport(stage, service, file);
    seconds.push({ ours, copy });
    const peak = await peakMiBOf(service.process.pid);
    console.log(`  round ${round}: COPY ${inWords(copy)}; ours ${inWords(ours)}; peak ${peak.toFixed(0)} MiB`);
  }
  const medianOf = (part: 'ours' | 'copy'): Cost => ({
    wall: median(seconds.map((round) => round[part].wall)),
    cpu: median(seconds.map((round) => round[part].cpu)),
  });
  const [ours, copy] = [medianOf('ours'), medianOf('copy')];
  const peak = await peakMiBOf(service.process.pid);
  return [
    {
      name: `import (${clients} rows)`,
      ours: `${inWords(ours)}, peak ${peak.toFixed(0)} MiB, at rest ${atRestMiB.toFixed(0)}`,
      reference: `COPY ${inWords(copy)}`,
      ratio: ours.wall / copy.wall,
      aim: '<= 2.00',
    },
    {
      name: 'import, CPU of service and PostgreSQL',
      ours: `${ours.cpu.toFixed(1)} s`,
      reference: `COPY ${copy.cpu.toFixed(1)} s`,
      ratio: ours.cpu / copy.cpu,
      aim: '<= 2.00',
    },
  ];
}

/** Seconds; `cpu` of the processes that do the work, PostgreSQL's backends among them. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

function inWords({ wall, cpu }: Cost): string {
  return `${wall.toFixed(1)} s (${cpu.toFixed(1)} s CPU)`;
}

/** Every column is given, as COPY needs it. */
function* csvFile(): Generator<string> {
  yield 'phone,operator_code,tag,time_zone\n';
  for (let row = 0; row < clients; row += 1) yield `${79_000_000_000 + row},900,tag-${row % 50},${zones[row % zones.length]}\n`;
}

async function timeCopy({ database }: Stage, file: string): Promise<Cost> {
  await database.rows('truncate client_copy');
  await database.rows('checkpoint');
  const connection = await database.pool.connect();
  try {
    const { rows } = await connection.query<{ pid: number }>('select pg_backend_pid() as pid');
    const pids = rows.map(({ pid }) => pid);
    const copy = copyStreams.from('copy client_copy (phone, operator_code, tag, time_zone) from stdin with (format csv, header)');
    return await timed(
      async () => pids,
      async () => pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), connection.query(copy)),
    );
  } finally {
    connection.release();
  }
}

async function timeImport({ database }: Stage, service: Program, file: string): Promise<Cost> {
  await database.rows('truncate client, client_zone_counter');
  await database.rows('checkpoint');
  const pids = async (): Promise<number[]> => {
    const rows = await database.rows<{ pid: number }>("select pid from pg_stat_activity where application_name = 'carillon api'");
    return [...rows.map(({ pid }) => pid), service.process.pid ?? 0];
  };
  return timed(pids, async () => {
    const { statusCode, body } = await request(`${String(service.said['url'])}/clients/import`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: createReadStream(file),
      headersTimeout: 0,
    });
    const answer = (await body.json()) as { created?: number };
    if (statusCode !== 200 || answer.created !== clients) throw new Error(JSON.stringify(answer).slice(0, 1_000));
  });
}

async function timed(pids: () => Promise<readonly number[]>, work: () => Promise<void>): Promise<Cost> {
  const before = new Map<number, number>();
  for (const pid of await pids()) before.set(pid, await cpuSecondsOf(pid));
  const startedAt = performance.now();
  await work();
  const wall = (performance.now() - startedAt) / 1_000;
  let cpu = 0;
  for (const pid of await pids()) cpu += (await cpuSecondsOf(pid)) - (before.get(pid) ?? 0);
  return { wall, cpu };
}
