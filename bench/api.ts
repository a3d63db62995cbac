// api-list, api-write: requests per second of 50 mailings with their counts, and of createClient, over HTTP with 16 requests open, beside
// PostGraphile 5 on the same tables and, for the list, Apollo Server with plain resolvers. Each server is a process of its own.
import { Pool } from 'undici';
import type { Program } from './processes.ts';
import { cpuSecondsOf, reference, startProgram, startServiceProcess } from './processes.ts';
import { makeMailings } from './fan-out.ts';
import { setStage } from './stage.ts';
import { median } from './table.ts';
import type { BenchRow } from './table.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 5);
const concurrency = 16;

interface Contender {
  readonly name: string;
  readonly program: Program;
  readonly pool: Pool;
  /** The body of the next request. */
  readonly next: () => string;
  /** Stands in every good answer. */
  readonly mark: string;
  readonly perSecond: number[];
  readonly cpu: number[];
}

const counts = 'total pending sent failed expired cancelled unconfirmed';
const ourList = body(`{ mailings(first: 50) { nodes { id text status startsAt endsAt statistics { ${counts} } } } }`);
const apolloList = body(`{ mailings(first: 50) { id text status startsAt endsAt statistics { ${counts} } } }`);
const postgraphileList = body(
  `{ allMailings(first: 50, orderBy: PRIMARY_KEY_DESC) { nodes { rowId text status startsAt endsAt mailingStatisticByMailingId { ${counts} } } } }`,
);

export async function benchApiList(): Promise<BenchRow[]> {
  return compare('api-list', (add) => {
    add('ours', () => ourList, '"nodes"');
    add('PostGraphile', () => postgraphileList, '"nodes"');
    add('Apollo', () => apolloList, '"mailings"');
  });
}

export async function benchApiWrite(): Promise<BenchRow[]> {
  let phone = 70_000_000_000;
  const nextPhone = (): string => String((phone += 1));
  const ours = (): string =>
    body('mutation ($input: CreateClientInput!) { createClient(input: $input) { client { id phone } userErrors { code } } }', {
      input: { phone: nextPhone(), operatorCode: '900', tag: 'bench', timeZone: 'Europe/Moscow' },
    });
  const postgraphile = (): string =>
    body('mutation ($client: ClientInput!) { createClient(input: { client: $client }) { client { rowId phone } } }', {
      client: { phone: nextPhone(), operatorCode: '900', tag: 'bench', timeZone: 'Europe/Moscow' },
    });
  return compare('api-write', (add) => {
    add('ours', ours, '"userErrors":[]');
    add('PostGraphile', postgraphile, '"rowId"');
  });
}

type Add = (name: string, next: () => string, mark: string) => void;

async function compare(name: 'api-list' | 'api-write', describe: (add: Add) => void): Promise<BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setStage());
  await makeMailings(stage, 200);
  // PostGraphile learns of the relation by a foreign key; ours needs none.
  await stage.database.rows('alter table mailing_statistics add foreign key (mailing_id) references mailing');
  const env = { DATABASE_URL: stage.databaseUrl, NODE_ENV: 'production', GRAPHILE_ENV: 'production' };
  const start = async (of: string): Promise<Program> => {
    if (of === 'ours') return startServiceProcess({ ...env, ROLE: 'api', CALLER_REQUESTS_PER_SECOND: '0' });
    return startProgram(reference(`api-${of.toLowerCase()}`), { env });
  };
  const described: Parameters<Add>[] = [];
  describe((...contender) => described.push(contender));
  const contenders: Contender[] = [];
  for (const [of, next, mark] of described) {
    const program = stack.use(await start(of));
    const origin = of === 'ours' ? new URL(String(program.said['url'])).origin : `http://127.0.0.1:${String(program.said['port'])}`;
    const pool = new Pool(origin, { connections: concurrency, pipelining: 1 });
    stack.defer(async () => pool.close());
    contenders.push({ name: of, program, pool, next, mark, perSecond: [], cpu: [] });
  }
  console.log(`${name}: ${concurrency} requests open, ${rounds} rounds of ${seconds} s each`);
  for (let round = 0; round <= rounds; round += 1) {
    const told: string[] = [];
    for (const contender of contenders) {
      const { perSecond, cpuUs } = await load(contender);
      if (round > 0) {
        contender.perSecond.push(perSecond);
        contender.cpu.push(cpuUs);
      }
      told.push(`${contender.name} ${perSecond.toFixed(0)}/s (${cpuUs.toFixed(0)} us)`);
    }
    if (round > 0) console.log(`  round ${round}: ${told.join(', ')}`);
  }
  const [ours, ...others] = contenders;
  if (ours === undefined) throw new Error('nobody to compare');
  return others.map((other) => ({
    name: `${name} (requests/s)`,
    ours: `${median(ours.perSecond).toFixed(0)}/s, ${median(ours.cpu).toFixed(0)} us CPU`,
    reference: `${other.name} ${median(other.perSecond).toFixed(0)}/s, ${median(other.cpu).toFixed(0)} us CPU`,
    ratio: median(ours.perSecond) / median(other.perSecond),
    aim: name === 'api-list' ? (other.name === 'PostGraphile' ? '>= 2.00' : '> 1.00') : '>= 1.00',
  }));
}

/** CPU of the server's own process; PostgreSQL works for all alike. */
async function load({ program, pool, next, mark }: Contender): Promise<{ perSecond: number; cpuUs: number }> {
  const cpu = await cpuSecondsOf(program.process.pid);
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  let answers = 0;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (performance.now() < endsAt) {
        const { statusCode, body: answer } = await pool.request({
          path: '/graphql',
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/json' },
          body: next(),
        });
        const said = await answer.text();
        if (statusCode !== 200 || !said.includes(mark) || said.includes('"errors"')) throw new Error(`${statusCode} ${said.slice(0, 500)}`);
        answers += 1;
      }
    }),
  );
  const wall = (performance.now() - startedAt) / 1_000;
  return { perSecond: answers / wall, cpuUs: (((await cpuSecondsOf(program.process.pid)) - cpu) / answers) * 1e6 };
}

function body(query: string, variables: object = {}): string {
  return JSON.stringify({ query, variables });
}
