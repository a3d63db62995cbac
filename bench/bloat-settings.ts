// bloat-settings: the same mailing with other settings of its tables, one after the other: what each costs in log, space, CPU and vacuum.
import { startWorker } from '../src/worker-role.ts';
import { addInspection, hotShare, keptLog, logEnd, mebibytes, readLog, readTables, reportedUpdates } from './bloat-figures.ts';
import { perMessage, sendMailing, startStub, workerConfig } from './sending.ts';
import { addClients, setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { median } from './table.ts';
import type { BenchRow } from './table.ts';

const messages = Number(process.env['BENCH_MESSAGES'] ?? 200_000);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
const fillfactors = (process.env['BENCH_FILLFACTORS'] ?? '100,90,80,70,60,50,48,45,40').split(',').map(Number);

interface Run {
  readonly hot: string;
  readonly heapBytes: number;
  readonly indexBytes: number;
  readonly logBytes: number;
  readonly pageBytes: number;
  readonly databaseCpuSeconds: number;
  readonly vacuumSeconds: number;
  readonly vacuumLogBytes: number;
}

export async function benchBloatSettings(): Promise<BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setStage(keptLog));
  const stub = stack.use(await startStub());
  console.log(`bloat-settings: ${messages} messages, ${rounds} rounds of message with fillfactors ${fillfactors.join(', ')}`);
  await addInspection(stage.database);
  await addClients(stage.database, 0, messages, 'send');
  stack.use(await startWorker(workerConfig(), stage.databaseUrl, stub.url, stage.log));
  await sendMailing(stage, messages, 'send');
  const runs = new Map<number, Run[]>(fillfactors.map((fillfactor) => [fillfactor, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const fillfactor of fillfactors) runs.get(fillfactor)?.push(await sendWith(stage, fillfactor));
  }
  console.log(
    '\n| fillfactor | HOT % | heap MiB | indexes MiB | log per message | of whole pages | PostgreSQL CPU | vacuum s | its log MiB |\n|---|---|---|---|---|---|---|---|---|',
  );
  for (const [fillfactor, of] of runs) {
    const mid = (figure: (run: Run) => number): number => median(of.map(figure));
    const cells = [
      fillfactor,
      of[0]?.hot,
      mebibytes(mid((run) => run.heapBytes)),
      mebibytes(mid((run) => run.indexBytes)),
      (mid((run) => run.logBytes) / messages).toFixed(0),
      (mid((run) => run.pageBytes) / messages).toFixed(0),
      perMessage(
        mid((run) => run.databaseCpuSeconds),
        messages,
      ),
      mid((run) => run.vacuumSeconds).toFixed(2),
      mebibytes(mid((run) => run.vacuumLogBytes)),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  return [];
}

async function sendWith(stage: Stage, fillfactor: number): Promise<Run> {
  const { database } = stage;
  // Otherwise the audit of counters would miss them.
  await database.rows('update mailing set messages_removed_at = now()');
  await database.rows('truncate message, batch');
  await database.rows(`alter table message set (fillfactor = ${fillfactor}, autovacuum_enabled = off)`);
  await database.rows(`select pg_stat_reset_single_table_counters('message'::regclass)`);
  await database.rows('checkpoint');
  const start = await logEnd(database);
  const { databaseCpuSeconds } = await sendMailing(stage, messages, 'send');
  const end = await logEnd(database);
  await reportedUpdates(database, messages);
  const message = (await readTables(database)).find(({ name }) => name === 'message');
  if (message === undefined) throw new Error('there is no table of messages');
  const startedAt = performance.now();
  await database.rows('vacuum message');
  const vacuumSeconds = (performance.now() - startedAt) / 1_000;
  const vacuumLog = await readLog(database, end, await logEnd(database));
  const { bytes, pageBytes } = await readLog(database, start, end);
  const logBytes = bytes + pageBytes;
  console.log(
    `  fillfactor ${fillfactor}: ${hotShare(message)} % HOT, ${(logBytes / messages).toFixed(0)} bytes of log per message, PostgreSQL ${perMessage(databaseCpuSeconds, messages)}`,
  );
  return {
    hot: hotShare(message),
    heapBytes: message.heapBytes,
    indexBytes: message.indexBytes,
    logBytes,
    pageBytes,
    databaseCpuSeconds,
    vacuumSeconds,
    vacuumLogBytes: vacuumLog.bytes + vacuumLog.pageBytes,
  };
}
