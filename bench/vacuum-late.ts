// vacuum-late: what it costs senders when dead rows stay: mailings one after the other with autovacuum off, and with a transaction that is
// held open all the while, so that nothing at all may be removed, beside the first ones and one after its end.
import pg from 'pg';
import { startWorker } from '../src/worker-role.ts';
import { addInspection, hotShare, hotTables, mebibytes, readTables } from './bloat-figures.ts';
import { perMessage, sendMailing, startStub, workerConfig } from './sending.ts';
import { addClients, setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { median } from './table.ts';
import type { BenchRow } from './table.ts';

const messages = Number(process.env['BENCH_MESSAGES'] ?? 200_000);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const hot = [...hotTables, 'graphile_worker._private_jobs'];

export async function benchVacuumLate(): Promise<BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setStage());
  const { database } = stage;
  const stub = stack.use(await startStub());
  console.log(`vacuum-late: ${rounds} mailings of ${messages} messages each way`);
  await addInspection(database);
  await addClients(database, 0, messages, 'send');
  stack.use(await startWorker(workerConfig(), stage.databaseUrl, stub.url, stage.log));
  await sendMailing(stage, messages, 'send');

  const vacuumed = await sendSome(stage, 'vacuumed before each', async () => {
    for (const table of hot) await database.rows(`vacuum ${table}`);
  });
  for (const table of hot) await database.rows(`alter table ${table} set (autovacuum_enabled = off)`);
  const late = await sendSome(stage, 'never vacuumed');
  await tell(stage);
  const holder = new pg.Client({ connectionString: stage.databaseUrl });
  await holder.connect();
  await holder.query('begin isolation level repeatable read; select 1 from mailing');
  const held = await sendSome(stage, 'a transaction held open');
  await tell(stage);
  await holder.query('commit');
  await holder.end();
  const after = await sendSome(stage, 'after its end');
  await tell(stage);
  return [
    row('never vacuumed', late, vacuumed, '<= 1.10'),
    row('a transaction held open', held, vacuumed, 'reported'),
    row('after its end', after, vacuumed, '<= 1.10'),
  ];
}

async function sendSome(stage: Stage, name: string, before: () => Promise<void> = async () => undefined): Promise<number[]> {
  const cpu: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    await before();
    const { perSecond, databaseCpuSeconds } = await sendMailing(stage, messages, 'send');
    cpu.push(databaseCpuSeconds);
    console.log(`  ${name}, mailing ${round}: ${perSecond.toFixed(0)}/s, PostgreSQL ${perMessage(databaseCpuSeconds, messages)}`);
  }
  return cpu;
}

function row(name: string, cpu: readonly number[], vacuumed: readonly number[], aim: string): BenchRow {
  return {
    name: `vacuum-late, ${name}: CPU of PostgreSQL`,
    ours: `${perMessage(median(cpu), messages)}, the last ${perMessage(cpu.at(-1) ?? Number.NaN, messages)}`,
    reference: `vacuumed before each ${perMessage(median(vacuumed), messages)}`,
    ratio: median(cpu) / median(vacuumed),
    aim,
  };
}

async function tell({ database }: Stage): Promise<void> {
  for (const t of await readTables(database)) {
    if (t.name === 'message') continue;
    console.log(
      `    ${t.name}: ${t.live} rows, ${t.dead} dead, ${mebibytes(t.heapBytes)} + ${mebibytes(t.indexBytes)} MiB, HOT ${hotShare(t)} %`,
    );
  }
}
