// send-profile: where the time of a message goes, as a proof of how fast `send` can be here: CPU of every process per message beside the
// raw pool's, the sender's CPU profile, PostgreSQL's statements, and the plans of the two that write messages.
import { leaseBatch, readPortion } from '../src/database/batch-queries.ts';
import type { Sql } from '../src/database/database.ts';
import { settleAccepted } from '../src/database/settle-queries.ts';
import { startWorker } from '../src/worker-role.ts';
import { profileWhile } from './cpu-profile.ts';
import { rawPool } from './raw-pool.ts';
import { connections, perMessage, sendMailing, startStub, workerConfig } from './sending.ts';
import { addClients, setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import type { BenchRow } from './table.ts';

const messages = Number(process.env['BENCH_MESSAGES'] ?? 500_000);
const MOST_STATEMENTS = 10;

export async function benchSendProfile(): Promise<BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setStage({ shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track_planning': 'on' }));
  const stub = stack.use(await startStub());
  await stage.database.rows('create extension pg_stat_statements');
  await addClients(stage.database, 0, messages, 'send');
  const worker = stack.use(await startWorker(workerConfig(), stage.databaseUrl, stub.url, stage.log));
  console.log(`send-profile: ${messages} messages; the profile itself costs a few percent`);
  await sendMailing(stage, messages, 'send');
  await rawPool({ url: stub.url, requests: messages, connections, concurrency: connections });

  const stubBefore = await stub.cpuSeconds();
  const raw = await rawPool({ url: stub.url, requests: messages, connections, concurrency: connections });
  const rawStub = (await stub.cpuSeconds()) - stubBefore;
  await stage.database.rows('select pg_stat_statements_reset()');
  const oursStubBefore = await stub.cpuSeconds();
  const { result: sent, parts } = await profileWhile(async () => sendMailing(stage, messages, 'send'));
  const oursStub = (await stub.cpuSeconds()) - oursStubBefore;

  print(
    'the sender, by whose code',
    parts.map(({ whose, share, mostly }) => [whose, `${(100 * share).toFixed(1)} %`, mostly]),
  );
  print('statements of PostgreSQL, per message', await topStatements(stage.database));
  await worker[Symbol.asyncDispose]();
  await printPlans(stage);

  const oursTotal = sent.cpuSeconds + sent.databaseCpuSeconds + oursStub;
  const rawTotal = raw.cpuSeconds + rawStub;
  return [
    {
      name: `send-profile (${messages} messages), CPU of all processes`,
      ours: `sender ${perMessage(sent.cpuSeconds, messages)}, PostgreSQL ${perMessage(sent.databaseCpuSeconds, messages)}, stub ${perMessage(oursStub, messages)}; ${sent.perSecond.toFixed(0)}/s`,
      reference: `raw pool ${perMessage(raw.cpuSeconds, messages)}, stub ${perMessage(rawStub, messages)}; ${raw.perSecond.toFixed(0)}/s`,
      ratio: oursTotal / rawTotal,
      aim: 'none: a bound',
    },
  ];
}

async function topStatements(sql: Sql): Promise<readonly (readonly string[])[]> {
  const rows = await sql.rows<{ text: string; calls: number; us: number; wal: number; dirtied: number; hit: number }>(
    `select regexp_replace(query, '\\s+', ' ', 'g') as text, calls::float8, (1000 * (total_exec_time + total_plan_time) / $1::float8)::float8 as us,
       (wal_bytes / $1::float8)::float8 as wal, (shared_blks_dirtied / $1::float8)::float8 as dirtied, (shared_blks_hit / $1::float8)::float8 as hit
     from pg_stat_statements order by total_exec_time + total_plan_time desc limit $2::int`,
    [messages, MOST_STATEMENTS],
  );
  return rows.map(({ text, calls, us, wal, dirtied, hit }) => [
    `${us.toFixed(2)} us`,
    `${wal.toFixed(0)} bytes of WAL`,
    `${hit.toFixed(2)} pages hit, ${dirtied.toFixed(3)} dirtied`,
    `${calls} calls`,
    text.trim().slice(0, 90),
  ]);
}

/** Of one settle of 250 acceptances and of the portion before it, on a mailing of their own, rolled back. */
async function printPlans(stage: Stage): Promise<void> {
  const { database } = stage;
  const [mailing] = await database.rows<{ id: string }>(
    `with m as (
       insert into mailing (text, starts_at, ends_at, status, started_at, expansion_ceiling, expanded_at)
       select 'Plans', now(), now() + interval '1 hour', 'RUNNING', now(), 0, now() returning id
     ), b as (
       insert into batch (mailing_id, time_zone, due_at, close_at, pending) select id, 'Europe/Moscow', now(), now() + interval '1 hour', 250 from m returning id, mailing_id
     ), s as (insert into mailing_statistics (mailing_id, total, pending) select id, 250, 250 from m), c as (
       insert into message (mailing_id, client_id, phone, batch_id) select b.mailing_id, c.id, c.phone, b.id from b, (select id, phone from client order by id limit 250) c
     ) select id::text from m`,
  );
  const batch = await leaseBatch(database, mailing?.id ?? '', 60_000, 500);
  const portion = batch === null ? null : await readPortion(database, batch, '0');
  if (batch === null || portion === null) throw new Error('there is no batch to explain');
  const ids = await database.rows<{ id: string }>('select id::text from message where batch_id = $1::bigint', [batch.id]);
  await explained(stage, 'reading a portion', async (sql) => readPortion(sql, batch, '0'));
  await explained(stage, 'settling 250 acceptances', async (sql) =>
    settleAccepted(
      sql,
      batch,
      ids.map(({ id }) => id),
      60_000,
    ),
  );
}

/** Runs what `ask` asks for under EXPLAIN instead, and takes it back. */
async function explained({ database }: Stage, what: string, ask: (sql: Sql) => Promise<unknown>): Promise<void> {
  const takenBack = new Error('taken back');
  await database
    .transaction(async (tx) => {
      await ask({
        rows: async (text, values) => {
          const plan = await tx.rows<{ 'QUERY PLAN': string }>(`explain (analyze, buffers, wal, costs off) ${text}`, values);
          print(
            what,
            plan.map((line) => [line['QUERY PLAN']]),
          );
          throw takenBack;
        },
      });
    })
    .catch((error: unknown) => {
      if (error !== takenBack) throw error;
    });
}

function print(title: string, rows: readonly (readonly string[])[]): void {
  console.log(`\n${title}`);
  for (const row of rows) console.log(`  ${row.join(' | ')}`);
}
