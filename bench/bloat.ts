// bloat: what a mailing leaves behind, phase by phase: rows that are dead, the size of tables and indexes, updates that were HOT, bytes of
// the write-ahead log per message; and what autovacuum takes to clear it. The provider is the stub.
import { makeExpandMailing } from '../src/operations/expand-mailing.ts';
import { startWorker } from '../src/worker-role.ts';
import { addInspection, hotShare, keptLog, logEnd, mebibytes, readLog, readTables, reportedUpdates } from './bloat-figures.ts';
import { beginMailing, startStub, workerConfig } from './sending.ts';
import { addClients, setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import type { BenchRow } from './table.ts';

const messages = Number(process.env['BENCH_MESSAGES'] ?? 1_000_000);
/** autovacuum looks once a minute. */
const AUTOVACUUM_WITHIN_MS = 180_000;

export async function benchBloat(): Promise<BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setStage(keptLog));
  const { database } = stage;
  const stub = stack.use(await startStub());
  console.log(`bloat: one mailing of ${messages} messages, phase by phase`);
  await addInspection(database);
  await addClients(database, 0, messages, 'bloat');
  await database.rows('checkpoint');

  const wal: { phase: string; start: string; end: string }[] = [];
  let start = await logEnd(database);
  const phase = async (name: string): Promise<void> => {
    const end = await logEnd(database);
    wal.push({ phase: name, start, end });
    await printTables(stage, name);
    start = await logEnd(database);
  };

  const id = await expand(stage);
  await phase('recipients selected');
  const worker = stack.use(await startWorker(workerConfig(), stage.databaseUrl, stub.url, stage.log));
  await sent(stage, id, messages / 2);
  await phase('half of them sent');
  await sent(stage, id, messages);
  await reportedUpdates(database, messages);
  await phase('all sent');
  await worker[Symbol.asyncDispose]();
  await autovacuumed(stage);
  await phase('after autovacuum');

  let perMessage = 0;
  console.log('\n| write-ahead log per message | records | bytes | of whole pages | together |\n|---|---|---|---|---|');
  for (const part of wal) {
    const { records, bytes, pageBytes } = await readLog(database, part.start, part.end);
    perMessage += (bytes + pageBytes) / messages;
    const cells = [records / messages, bytes / messages, pageBytes / messages, (bytes + pageBytes) / messages];
    console.log(`| ${part.phase} | ${cells.map((value, column) => value.toFixed(column === 0 ? 2 : 0)).join(' | ')} |`);
  }
  const message = (await readTables(database))[0];
  if (message === undefined) throw new Error('there is no table of messages');
  return [
    {
      name: `bloat (${messages} messages)`,
      ours: `${perMessage.toFixed(0)} bytes of log, ${((message.heapBytes + message.indexBytes) / messages).toFixed(0)} on disk per message`,
      reference: 'updates of message that are HOT, of all',
      ratio: message.hot / message.updates,
      aim: '>= 0.99',
    },
  ];
}

async function expand(stage: Stage): Promise<string> {
  const { database, changes, log } = stage;
  const id = await beginMailing(stage, null);
  const expandMailing = makeExpandMailing({ database, changes, log });
  for (;;) {
    await expandMailing(id);
    const rows = await database.rows('select from mailing where id = $1::bigint and expanded_at is not null', [id]);
    if (rows.length > 0) return id;
  }
}

async function sent({ database }: Stage, id: string, least: number): Promise<void> {
  for (;;) {
    const rows = await database.rows('select from mailing_statistics where mailing_id = $1::bigint and sent >= $2::bigint', [
      id,
      Math.ceil(least),
    ]);
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Until no table has more dead rows than its settings allow, as far as autovacuum comes in the time. */
async function autovacuumed({ database }: Stage): Promise<void> {
  const endsAt = performance.now() + AUTOVACUUM_WITHIN_MS;
  for (;;) {
    const [message] = await readTables(database);
    if (message !== undefined && message.dead < message.live / 100) return;
    if (performance.now() > endsAt) {
      console.log('\nautovacuum has not come; VACUUM instead');
      await database.rows('vacuum message, batch');
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

async function printTables({ database }: Stage, phase: string): Promise<void> {
  console.log(
    `\n| ${phase} | rows | dead | heap MiB | indexes MiB | updates | HOT % | autovacuum | its s |\n|---|---|---|---|---|---|---|---|---|`,
  );
  for (const t of await readTables(database)) {
    const cells = [t.live, t.dead, mebibytes(t.heapBytes), mebibytes(t.indexBytes), t.updates, hotShare(t), t.autovacuums];
    console.log(`| ${t.name} | ${cells.join(' | ')} | ${(t.autovacuumMs / 1_000).toFixed(2)} |`);
  }
}
