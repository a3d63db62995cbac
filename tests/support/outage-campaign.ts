// One mailing, and an hour in which the provider is down in every way there is, lived through on a moved clock: two workers, an api that
// people use before and during it, and a provider that comes back at the end of the hour.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { faultsOfCounters } from './engine-seed.ts';
import { eventually } from './eventually.ts';
import { readGateRow } from './gate.ts';
import { aheadMs, moveClock } from './movable-clock.ts';
import { addClients, createMailing, inMs, readStatistics } from './scenario.ts';
import type { Statistics } from './scenario.ts';
import { startTestService } from './service.ts';
import type { TestService } from './service.ts';
import { accept, answer, hang, resetBeforeAccepting } from './stub-behaviours.ts';
import type { Behaviour } from './stub-behaviours.ts';
import { startStubProvider } from './stub-provider.ts';
import type { StubProvider } from './stub-provider.ts';

export interface OutageCampaign {
  /** Migrated and empty. */
  readonly databaseUrl: string;
  readonly messages: number;
  /** Requests to the api of which each latency is a figure, before the outage and in it. */
  readonly apiRequests: number;
  readonly onStep?: (line: string) => void;
}

export interface OutageResult {
  readonly statistics: Statistics;
  readonly counterFaults: readonly string[];
  readonly clientsReached: number;
  /** Requests that the provider saw in the hour, and those of them after the gate had first closed: each tested it. */
  readonly during: number;
  readonly tests: number;
  /** Most attempts that any message was charged. */
  readonly mostAttempts: number;
  readonly errorCodes: readonly string[];
  /** 99th percentile of the api's latency, milliseconds. */
  readonly apiBeforeMs: number;
  readonly apiDuringMs: number;
  readonly apiErrors: number;
  /** Requests in each whole second from that of the opening on, by the database's clock; null: the stub stood still, and read them later. */
  readonly afterOpening: readonly (number | null)[];
}

const HOUR_MS = 3_600_000;
/** A jump must not look like a worker that was frozen for its length: shorter than the lease. As long as the longest pause of the gate. */
const STEP_MS = 60_000;
const STEPS = HOUR_MS / STEP_MS;
const PEOPLE = 4;
const TEXT = 'outage';

/** Ends every process it starts. */
export async function runOutageCampaign({ databaseUrl, messages, apiRequests, onStep }: OutageCampaign): Promise<OutageResult> {
  await using stack = new AsyncDisposableStack();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  stack.defer(async () => pool.end());
  // The server may stop while the last connections are still being closed.
  pool.on('error', () => undefined);
  // Slow enough for most messages to be left when people have used the api.
  const stub = await startStubProvider({ script: () => accept({ delayMs: 100 }) });
  stack.defer(async () => stub.close());
  const start = async (env: Readonly<Record<string, string>>): Promise<TestService> =>
    stack.use(
      await startTestService({
        databaseUrl,
        providerUrl: stub.url,
        env: { LEASE_SECONDS: '600', RECONCILE_SECONDS: '1', PROVIDER_TIMEOUT_MS: '2000', LOG_LEVEL: 'info', ...env },
      }),
    );
  const api = await start({ ROLE: 'api' });
  for (const name of ['worker-1', 'worker-2']) await start({ ROLE: 'worker', PROVIDER_TOKEN: name, PROVIDER_CONNECTIONS: '8' });
  await addClients(pool, messages, { tag: TEXT });
  // Warm: what is measured is an api that has answered before.
  await useApi(api, apiRequests / 4);
  const id = await createMailing(api, { text: TEXT, filter: { tags: [TEXT] }, endsAt: inMs(6 * HOUR_MS) });
  await stub.waitForRequests(messages / 20);
  const before = await useApi(api, apiRequests);

  const downFrom = stub.ledger.length;
  stub.behave(trouble);
  await eventually(async () => (await readGateRow(pool)).state === 'CLOSED');
  // Every lane of both workers has seen it.
  await eventually(async () => (await pool.query('select from batch where lease_token is not null')).rowCount === 0);
  const closedFrom = stub.ledger.length;
  onStep?.(`down: the gate closed after ${closedFrom - downFrom} requests`);
  // Not while the clock is moved: that makes PostgreSQL plan every statement anew.
  const during = await useApi(api, apiRequests);
  for (let step = 1; step <= STEPS; step += 1) {
    const { closings } = await readGateRow(pool);
    await letPass(pool, STEP_MS);
    // Until the provider has been tested in vain once more.
    await Promise.all([eventually(async () => (await readGateRow(pool)).closings > closings), readMailings(api)]);
    if (step % 5 === 0) onStep?.(`${(step * STEP_MS) / 60_000} minutes: ${stub.ledger.length - closedFrom} tests so far`);
  }
  const backFrom = stub.ledger.length;
  stub.behave(() => accept({ delayMs: 20 }));
  // The rest of the last pause; from then on the clock runs as it does.
  await letPass(pool, STEP_MS);
  const { openedAt } = await eventually(
    async () => {
      const row = await readGateRow(pool);
      // A test that was answered late closed it again.
      if (row.state === 'CLOSED' && (row.blockedForMs ?? 0) > 1_000) await letPass(pool, STEP_MS);
      return row.state === 'OPEN' ? row : false;
    },
    { timeoutMs: 60_000, everyMs: 200 },
  );
  const ahead = await aheadMs(pool);
  onStep?.('back: the gate is open');
  await eventually(async () => (await readStatistics(api, id)).mailingStatus === 'COMPLETED', { timeoutMs: 180_000, everyMs: 200 });

  const facts = await pool.query<{ most: number; codes: string[] }>(
    `select (select max(attempts) from message where mailing_id = $1) as most,
       (select coalesce(array_agg(distinct code), '{}') from message_attempt where mailing_id = $1) as codes`,
    [id],
  );
  return {
    statistics: await readStatistics(api, id),
    counterFaults: await faultsOfCounters(pool),
    clientsReached: new Set(stub.accepted().map((entry) => entry.body?.phone)).size,
    during: backFrom - downFrom,
    tests: backFrom - closedFrom,
    mostAttempts: facts.rows[0]?.most ?? 0,
    errorCodes: facts.rows[0]?.codes ?? [],
    apiBeforeMs: before.p99Ms,
    apiDuringMs: during.p99Ms,
    apiErrors: before.errors + during.errors,
    afterOpening: requestsPerSecond(stub, openedAt ?? 0, ahead, backFrom),
  };
}

/** The queue's clock is PostgreSQL's own: what waits there is brought nearer by as much, and the workers look. */
async function letPass(pool: pg.Pool, ms: number): Promise<void> {
  await moveClock(pool, ms);
  await pool.query(
    "update graphile_worker._private_jobs set run_at = run_at - $1::float8 * interval '1 ms' where locked_at is null and run_at > now()",
    [ms],
  );
  await pool.query("select graphile_worker.add_job('reconcile', job_key => 'reconcile')");
}

/** 500, a reset, and silence until the request's own time is over. */
function trouble({ msgId }: { readonly msgId: string }): Behaviour {
  const kind = Number(msgId) % 8;
  return kind === 0 ? hang() : kind < 4 ? resetBeforeAccepting() : answer(500);
}

/** What people do: look at a page of mailings with their counts, and now and then write a client. */
async function useApi(api: TestService, requests: number): Promise<{ readonly p99Ms: number; readonly errors: number }> {
  const latencies: number[] = [];
  let errors = 0;
  let next = 0;
  const person = async (): Promise<void> => {
    while (next < requests) {
      next += 1;
      const startedAt = performance.now();
      await (next % 10 === 0 ? writeClient(api) : readMailings(api)).catch(() => {
        errors += 1;
      });
      latencies.push(performance.now() - startedAt);
      await delay(20);
    }
  };
  await Promise.all(Array.from({ length: PEOPLE }, person));
  latencies.sort((a, b) => a - b);
  return { p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN, errors };
}

async function readMailings(api: TestService): Promise<unknown> {
  return api.query(
    '{ mailings(first: 20) { nodes { id text status statistics { total pending sent failed } } } provider { status reason until } }',
  );
}

let clients = 0;
async function writeClient(api: TestService): Promise<unknown> {
  clients += 1;
  const phone = String(79_990_000_000 + clients);
  return api.query('mutation ($input: CreateClientInput!) { createClient(input: $input) { client { id } userErrors { code } } }', {
    input: { phone, timeZone: 'Europe/Moscow' },
  });
}

/** From the second of the opening on; those that tested the provider before it are left out. */
function requestsPerSecond({ ledger, stalledSeconds }: StubProvider, openedAt: number, ahead: number, from: number): (number | null)[] {
  const opening = Math.floor(openedAt / 1_000);
  const seconds: number[] = [];
  for (const { at } of ledger.slice(from)) {
    const second = Math.floor((at + ahead) / 1_000) - opening;
    if (at + ahead >= openedAt) seconds[second] = (seconds[second] ?? 0) + 1;
  }
  // A second of the moved clock lies in two of the stub's.
  const isHeldUp = (second: number): boolean => {
    const own = Math.floor(((opening + second) * 1_000 - ahead) / 1_000);
    return stalledSeconds.has(own) || stalledSeconds.has(own + 1);
  };
  return Array.from(seconds, (count, second) => (isHeldUp(second) ? null : (count ?? 0)));
}
