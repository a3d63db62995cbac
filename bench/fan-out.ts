// fan-out: CPU of the serving process per subscription delivery: 1,000 sockets on 10 mailings with 10 states a second each, ours (an api
// process that reads PostgreSQL) beside raw ws.send of the same bytes, graphql-ws as documented, Mercurius and PostGraphile.
import { fileURLToPath } from 'node:url';
import type { Program } from './processes.ts';
import { cpuSecondsOf, reference, startProgram, startServiceProcess } from './processes.ts';
import { addClients, setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { median } from './table.ts';
import type { BenchRow } from './table.ts';

const sockets = Number(process.env['BENCH_SOCKETS'] ?? 1_000);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
/** What the programs that are compared with serve as well. */
export const mailings = 10;
const ticks = 50;
export const everyMs = 100;
const references = ['raw', 'graphql-ws', 'mercurius', 'postgraphile'] as const;

interface Contender {
  readonly name: string;
  readonly server: Program;
  readonly subscribers: Program;
  /** Makes every mailing have `ticks` new states. */
  readonly run: () => Promise<void>;
  readonly costs: number[];
}

export async function benchFanOut(): Promise<BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setStage());
  const firstId = await makeMailings(stage, mailings);
  const api = stack.use(await startServiceProcess({ ROLE: 'api', DATABASE_URL: stage.databaseUrl }));
  console.log(
    `fan-out: ${sockets} sockets, ${mailings} mailings, ${1_000 / everyMs} states a second each, ${rounds} rounds of ${(ticks * everyMs) / 1_000} s`,
  );

  const contenders: Contender[] = [];
  const add = async (name: string, server: Program, url: string, run: () => Promise<void>, first = 1): Promise<void> => {
    const subscribers = stack.use(await startSubscribers(url, sockets, mailings, first));
    contenders.push({ name, server, subscribers, run, costs: [] });
  };
  await add(
    'ours',
    api,
    `${String(api.said['url']).replace(/^http/, 'ws')}/graphql`,
    async () => changeMailings(stage, firstId, ticks, everyMs),
    firstId,
  );
  for (const name of references) {
    const server = stack.use(await startProgram(reference(`fan-out-${name}`)));
    await add(name, server, `ws://127.0.0.1:${String(server.said['port'])}/graphql`, async () => {
      await server.ask({ run: { ticks, everyMs } });
    });
  }
  // The first round is for compilers.
  for (let round = 0; round <= rounds; round += 1) {
    const told: string[] = [];
    for (const contender of contenders) {
      const { cost, deliveries } = await measure(contender);
      if (round > 0) contender.costs.push(cost);
      told.push(`${contender.name} ${cost.toFixed(1)} us (${deliveries})`);
    }
    if (round > 0) console.log(`  round ${round}: ${told.join(', ')}`);
  }
  const costOf = (name: string): number => median(contenders.find((contender) => contender.name === name)?.costs ?? []);
  return references.map((name) => ({
    name: 'fan-out, CPU per delivery',
    ours: `${costOf('ours').toFixed(1)} us`,
    reference: `${name} ${costOf(name).toFixed(1)} us`,
    ratio: costOf('ours') / costOf(name),
    aim: name === 'raw' ? '<= 1.30' : '< 1.00',
  }));
}

/** Microseconds of the server's CPU per result that reached a subscriber. */
async function measure({ server, subscribers, run }: Contender): Promise<{ cost: number; deliveries: number }> {
  await subscribers.ask({ count: true });
  const before = await cpuSecondsOf(server.process.pid);
  await run();
  const deliveries = await settled(subscribers);
  const cpu = (await cpuSecondsOf(server.process.pid)) - before;
  return { cost: (cpu / deliveries) * 1e6, deliveries };
}

/** Results since the last question, once none come any more. */
async function settled(subscribers: Program): Promise<number> {
  let deliveries = 0;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { results } = (await subscribers.ask({ count: true }))['answer'] as { results: number };
    if (results === 0 && deliveries > 0) return deliveries;
    deliveries += results;
  }
}

export async function startSubscribers(url: string, count: number, over: number, first: number): Promise<Program> {
  return startProgram(fileURLToPath(new URL('subscribers.ts', import.meta.url)), {
    args: [url, String(count), String(over), String(first)],
    key: 'ready',
  });
}

/** Mailings that run, with counters and no messages behind them; the id of the first. */
export async function makeMailings({ database }: Stage, count: number): Promise<number> {
  await addClients(database, 0, 1, 'fan-out');
  const rows = await database.rows<{ id: number }>(
    `with made as (
       insert into mailing (text, starts_at, ends_at, status, started_at, expansion_ceiling)
       select 'Fan-out ' || g, now(), now() + interval '1 day', 'RUNNING', now(), 0 from generate_series(1, $1::int) g
       returning id
     ), counted as (
       insert into mailing_statistics (mailing_id, total, pending) select id, 100000, 100000 from made
     )
     select min(id)::float8 as id from made`,
    [count],
  );
  return rows[0]?.id ?? 0;
}

/** As workers do it: counters and version change in one statement, and one notice names the mailings. */
export async function changeMailings({ database }: Stage, firstId: number, times: number, paceMs: number): Promise<void> {
  const ids = Array.from({ length: mailings }, (_, index) => firstId + index).join(',');
  const startedAt = performance.now();
  for (let tick = 1; tick <= times; tick += 1) {
    await database.rows(
      `update mailing_statistics set pending = pending - 1, sent = sent + 1, version = version + 1, updated_at = instant_now()
       where mailing_id between $1::bigint and $1::bigint + $2::bigint - 1`,
      [firstId, mailings],
    );
    await database.rows(`select pg_notify('carillon_change', $1)`, [ids]);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, startedAt + tick * paceMs - performance.now())));
  }
}
