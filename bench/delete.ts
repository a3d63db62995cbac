// delete: how fast another mailing is sent, and how late the API answers, while a mailing of 1,000,000 messages is deleted, beside the
// same with nothing being deleted. Worker and api are processes of their own; questions come at a steady pace, whatever the answers do.
import { setTimeout as delay } from 'node:timers/promises';
import { makeDeleteMailing } from '../src/operations/delete-mailing.ts';
import { mebibytes } from './bloat-figures.ts';
import { startServiceProcess } from './processes.ts';
import { beginMailing, connections, startStub } from './sending.ts';
import { addClients, setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { median } from './table.ts';
import type { BenchRow } from './table.ts';

const deleted = Number(process.env['BENCH_MESSAGES'] ?? 1_000_000);
const sent = Number(process.env['BENCH_CLIENTS'] ?? 300_000);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const ASK_EVERY_MS = 20;

interface Window {
  /** Messages that were sent per second, over as much of the mailing as was measured. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function benchDelete(): Promise<BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setStage({ shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track_utility': 'off' }));
  const stub = stack.use(await startStub());
  const { database } = stage;
  console.log(`delete: a mailing of ${deleted} messages goes while one of ${sent} is sent, ${rounds} rounds`);
  await database.rows('create extension pg_stat_statements');
  await database.rows('create extension pgstattuple');
  await addClients(database, 0, sent, 'send');
  const env = { DATABASE_URL: stage.databaseUrl, CALLER_REQUESTS_PER_SECOND: '0' };
  stack.use(
    await startServiceProcess({
      ...env,
      ROLE: 'worker',
      PROVIDER_URL: stub.url,
      PROVIDER_TOKEN: 'bench',
      PROVIDER_CONNECTIONS: String(connections),
    }),
  );
  const api = stack.use(await startServiceProcess({ ...env, ROLE: 'api' }));
  const url = new URL('/graphql', String(api.said['url'])).href;
  await sendAndAsk(stage, url, async () => false);

  const [quiet, busy, seconds]: [Window[], Window[], number[]] = [[], [], []];
  for (let round = 1; round <= rounds; round += 1) {
    // The same tables in the same state for both.
    const id = await addEnded(stage);
    await clearUp(stage);
    const alone = await sendAndAsk(stage, url, async () => false);
    await clearUp(stage);
    await database.rows('select pg_stat_statements_reset()');
    const startedAt = performance.now();
    const answer = await makeDeleteMailing(stage)(id);
    if (!answer.ok) throw new Error(JSON.stringify(answer.errors));
    const beside = await sendAndAsk(stage, url, async () => gone(stage, id));
    while (!(await gone(stage, id))) await delay(50);
    quiet.push(alone);
    busy.push(beside);
    seconds.push((performance.now() - startedAt) / 1_000);
    const tell = ({ perSecond, p50Ms, p99Ms }: Window): string =>
      `${perSecond.toFixed(0)}/s, API ${p50Ms.toFixed(1)} and ${p99Ms.toFixed(1)} ms`;
    console.log(`  round ${round}: alone ${tell(alone)}; beside ${tell(beside)}; gone after ${seconds.at(-1)?.toFixed(1)} s`);
    await tellStatements(stage);
  }
  const mid = (of: readonly Window[], figure: keyof Window): number => median(of.map((window) => window[figure]));
  return [
    {
      name: `delete, messages/s beside it (${deleted} messages)`,
      ours: `${mid(busy, 'perSecond').toFixed(0)}/s, gone after ${median(seconds).toFixed(0)} s`,
      reference: `nothing deleted ${mid(quiet, 'perSecond').toFixed(0)}/s`,
      ratio: mid(busy, 'perSecond') / mid(quiet, 'perSecond'),
      aim: '>= 0.90',
    },
    {
      name: 'delete, p99 of API requests beside it',
      ours: `${mid(busy, 'p99Ms').toFixed(1)} ms`,
      reference: `nothing deleted ${mid(quiet, 'p99Ms').toFixed(1)} ms`,
      ratio: mid(busy, 'p99Ms') / mid(quiet, 'p99Ms'),
      aim: '<= 1.25',
    },
  ];
}

/** One that ended, by SQL alone: every fiftieth message failed, with an attempt each. */
async function addEnded({ database }: Stage): Promise<string> {
  const [made] = await database.rows<{ id: string }>(
    `insert into mailing (text, starts_at, ends_at, status, started_at, finished_at, expansion_ceiling, expanded_at)
     select 'old', now() - interval '1 hour', now(), 'COMPLETED', now(), now(), 0, now() returning id::text as id`,
  );
  if (made === undefined) throw new Error('an insert returns its row');
  const values = [made.id, deleted];
  await database.rows(
    'insert into mailing_statistics (mailing_id, total, sent, failed, audited_at) select $1::bigint, $2::bigint, $2::bigint - $2::bigint / 50, $2::bigint / 50, now()',
    values,
  );
  await database.rows(
    `insert into message (mailing_id, client_id, phone, status, finished_at, attempts, error_code, error_message)
     select $1::bigint, g, 79000000000 + g, case when g % 50 = 0 then 'FAILED' else 'SENT' end::message_status, now(), 1,
       case when g % 50 = 0 then 'REJECTED' end, case when g % 50 = 0 then 'no' end
     from generate_series(1, $2::int) g`,
    values,
  );
  await database.rows(
    `insert into message_attempt (message_id, mailing_id, attempt, outcome, code, message, http_status, latency_ms)
     select id, mailing_id, 1, 'refused', error_code, error_message, 400, 12 from message where mailing_id = $1::bigint and error_code is not null`,
    [made.id],
  );
  return made.id;
}

async function clearUp({ database }: Stage): Promise<void> {
  await database.rows('vacuum analyze message');
  await database.rows('checkpoint');
}

async function gone({ database }: Stage, id: string): Promise<boolean> {
  return (await database.rows('select from mailing where id = $1::bigint', [id])).length === 0;
}

/** Sends a mailing, and asks the API all the while; measures until all are sent or `isOver`, and returns when all are. */
async function sendAndAsk(stage: Stage, url: string, isOver: () => Promise<boolean>): Promise<Window> {
  const id = await beginMailing(stage, 'send');
  const startedAt = performance.now();
  const asked: Promise<number>[] = [];
  let perSecond: number | null = null;
  for (;;) {
    const [row] = await stage.database.rows<{ sent: number }>(
      'select sent::float8 as sent from mailing_statistics where mailing_id = $1::bigint',
      [id],
    );
    const done = row?.sent ?? 0;
    if (perSecond === null && (done === sent || (await isOver()))) perSecond = done / ((performance.now() - startedAt) / 1_000);
    if (done === sent) break;
    if (perSecond === null) asked.push(ask(url, id, asked.length));
    await delay(ASK_EVERY_MS);
  }
  const latencies = (await Promise.all(asked)).toSorted((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { perSecond: perSecond ?? 0, p50Ms: at(0.5), p99Ms: at(0.99) };
}

const questions = [
  '{ mailings(first: 20) { nodes { id status statistics { total pending sent failed } } } }',
  'query ($id: ID!) { mailing(id: $id) { status statistics { total sent } messages(first: 20) { totalCount nodes { id status } } } }',
  '{ messages(first: 20) { nodes { id status mailing { id } } } }',
  '{ clients(first: 20) { nodes { id phone messages(first: 5) { nodes { id status } } } } }',
];

/** Milliseconds until the whole answer was there. */
async function ask(url: string, id: string, nth: number): Promise<number> {
  const query = questions[nth % questions.length] ?? '';
  const startedAt = performance.now();
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(query.includes('$id') ? { query, variables: { id } } : { query }),
  });
  const said = await answer.text();
  if (answer.status !== 200 || said.includes('"errors"')) throw new Error(`${answer.status} ${said.slice(0, 500)}`);
  return performance.now() - startedAt;
}

/** What the deleting statements took, and what is left of the rows. */
async function tellStatements({ database }: Stage): Promise<void> {
  const [row] = await database.rows<{ calls: number; mean: number; longest: number; total: number; wal: number; rows: number }>(
    `select sum(calls)::float8 as calls, sum(total_exec_time) / sum(calls) as mean, max(max_exec_time) as longest, sum(total_exec_time) / 1000 as total, sum(wal_bytes)::float8 as wal
     from pg_stat_statements where query ilike '%delete from message where%'`,
  );
  const [table] = await database.rows<{ dead: number; vacuums: number; seconds: number }>(
    `select dead_tuple_count::float8 as dead, autovacuum_count::float8 as vacuums, total_autovacuum_time / 1000 as seconds
     from pgstattuple('message') cross join pg_stat_user_tables where relname = 'message'`,
  );
  if (row === undefined || table === undefined) throw new Error('an aggregate gave no row');
  console.log(
    `    ${row.calls} statements of ${row.mean.toFixed(0)} ms, longest ${row.longest.toFixed(0)} ms, together ${row.total.toFixed(1)} s and ${mebibytes(row.wal)} MiB of log; ` +
      `then ${table.dead} dead rows, autovacuum ${table.vacuums} times so far, ${table.seconds.toFixed(1)} s`,
  );
}
