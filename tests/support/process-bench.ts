// Real processes on one database and one stub provider, for tests that end, freeze or mislead them. Each process sends with a token of
// its own, so that the stub's ledger says whose each request was; whatever is still running after a test is killed.
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { inexcusable, senderOf } from './crash-oracle.ts';
import type { Death, Inexcusable } from './crash-oracle.ts';
import { clearEngine, faultsOfCounters } from './engine-seed.ts';
import { eventually } from './eventually.ts';
import { databaseNow, resetClock } from './movable-clock.ts';
import { finished, readStatistics } from './scenario.ts';
import type { Statistics } from './scenario.ts';
import { startTestService } from './service.ts';
import type { TestService } from './service.ts';
import { accept } from './stub-behaviours.ts';
import { startStubProvider } from './stub-provider.ts';
import type { StubEntry, StubProvider } from './stub-provider.ts';
import { createTestDatabase } from './test-database.ts';
import type { TestDatabase } from './test-database.ts';

export interface ProcessBench {
  database: TestDatabase;
  stub: StubProvider;
  /** Creates mailings and reads their counts; never ended by a test. */
  api: TestService;
  /** A process whose requests carry its name. A worker unless `env` says otherwise; leases of 10 s, a look every second. */
  start(name: string, env?: Readonly<Record<string, string>>): Promise<TestService>;
  /** Starts a worker, and another one in its place whenever one ends, named NAME-1, NAME-2 and so on; each end is noted. */
  supervise(name: string, env?: Readonly<Record<string, string>>): Promise<Supervised>;
  /** Call when a process has ended or stands still: what it had not settled by now may be requested once more. */
  noteDeath(name: string): Promise<void>;
  readonly deaths: Death[];
  /** The processes of this test so far, by their names: also those that have ended. */
  readonly started: Map<string, TestService>;
  /** Requests for one mailing, by its text, in order of arrival. */
  requestsFor(text: string): readonly StubEntry[];
}

export interface Supervised {
  /** Of the process that runs now. */
  readonly current: () => TestService;
  /** How often one ended. */
  readonly ends: () => number;
}

/** Call at the top of a file. A lease is longer than any pause of a busy machine, which would end it with its holder alive. */
export function useProcessBench({
  leaseSeconds = 10,
  timeoutMs = 20_000,
}: { readonly leaseSeconds?: number; readonly timeoutMs?: number } = {}): ProcessBench {
  const bench = { deaths: [], started: new Map<string, TestService>() } as unknown as ProcessBench;
  const running: TestService[] = [];
  let stopping = false;
  beforeAll(async () => {
    bench.database = await createTestDatabase();
    bench.stub = await startStubProvider();
    const common = { LEASE_SECONDS: String(leaseSeconds), RECONCILE_SECONDS: '1', PROVIDER_TIMEOUT_MS: String(timeoutMs) };
    const { url: databaseUrl } = bench.database;
    bench.api = await startTestService({ databaseUrl, providerUrl: bench.stub.url, env: { ...common, ROLE: 'api' } });
    bench.start = async (name, env = {}) => {
      const service = await startTestService({
        databaseUrl,
        providerUrl: bench.stub.url,
        env: { ...common, ROLE: 'worker', PROVIDER_TOKEN: name, LOG_LEVEL: 'info', ...env },
      });
      running.push(service);
      bench.started.set(name, service);
      return service;
    };
    bench.supervise = async (name, env = {}) => {
      let ends = 0;
      let current = await bench.start(`${name}-1`, env);
      const follow = async (): Promise<void> => {
        for (;;) {
          await current.ended();
          if (stopping) return;
          ends += 1;
          await bench.noteDeath(`${name}-${ends}`);
          current = await bench.start(`${name}-${ends + 1}`, env);
        }
      };
      // What a restart that failed leaves behind is a mailing that does not end.
      void follow().catch(() => undefined);
      return { current: () => current, ends: () => ends };
    };
    bench.noteDeath = async (name) => {
      const at = await databaseNow(bench.database.pool);
      bench.deaths.push({ name, at, seenAt: Date.now() });
    };
    bench.requestsFor = (text) => bench.stub.ledger.filter((entry) => entry.body?.text === text);
  });
  beforeEach(async () => {
    stopping = false;
    bench.deaths.length = 0;
    bench.started.clear();
    bench.stub.behave(() => accept());
    bench.stub.release();
    await resetClock(bench.database.pool);
    await clearEngine(bench.database.pool);
  });
  const endAll = async (): Promise<void> => {
    stopping = true;
    await Promise.all(running.splice(0).map(async (service) => service[Symbol.asyncDispose]()));
  };
  afterEach(endAll);
  afterAll(async () => {
    await endAll();
    await bench.api?.[Symbol.asyncDispose]();
    await bench.stub?.close();
    await bench.database?.drop();
  });
  return bench;
}

/** Until the operating system has stopped it. */
export async function frozen({ pid }: TestService): Promise<void> {
  await eventually(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') T '), { timeoutMs: 60_000 });
}

/**
 * The mailing ends with every message of `total` SENT; the counters are those of a recount; and no message was requested more often
 * than once, and once more for each death of a process that had requested it and not settled it.
 */
export async function expectAllSent(bench: ProcessBench, id: string, text: string, total: number): Promise<Statistics> {
  const statistics = await finished(bench.api, id, 120_000);
  expect(statistics).toMatchObject({ mailingStatus: 'COMPLETED', total, sent: total });
  await expectAccounted(bench, id, text);
  const requested = new Set(bench.requestsFor(text).map((entry) => entry.body?.phone));
  expect(requested.size).toBe(total);
  return statistics;
}

/** The counters are those of a recount, every request kept the contract, and no request was repeated without a death to excuse it. */
export async function expectAccounted(bench: ProcessBench, id: string, text: string): Promise<void> {
  expect(await faultsOfCounters(bench.database.pool)).toEqual([]);
  const { total, pending, sent, failed, expired, cancelled, unconfirmed } = await readStatistics(bench.api, id);
  expect(pending + sent + failed + expired + cancelled + unconfirmed).toBe(total);
  const requests = bench.requestsFor(text);
  expect(requests.filter((entry) => entry.faults.length > 0)).toEqual([]);
  const { rows } = await bench.database.pool.query<{ id: string; finishedAt: number | null }>(
    'select id::text as id, extract(epoch from finished_at)::float8 * 1000 as "finishedAt" from message where mailing_id = $1',
    [id],
  );
  const repeats = inexcusable(requests, new Map(rows.map((row) => [row.id, row.finishedAt])), bench.deaths);
  if (repeats.length > 0) throw new Error(await explain(bench, repeats));
}

/** What tells a lease that ran out from a request whose time was up, and both from a defect. */
async function explain(bench: ProcessBench, repeats: readonly Inexcusable[]): Promise<string> {
  const ids = repeats.map(({ messageId }) => messageId);
  const { rows: attempts } = await bench.database.pool.query(
    'select message_id::text, at, outcome, code, latency_ms from message_attempt where message_id = any($1::bigint[]) order by id',
    [ids],
  );
  const requests = bench.stub.ledger.filter(({ msgId }) => ids.includes(msgId));
  const senders = [...new Set(repeats.flatMap((repeat) => repeat.senders))];
  return [
    `${repeats.length} messages were requested again without a death to excuse it:`,
    ...requests.map((entry) => `${entry.msgId} at ${entry.at} by ${senderOf(entry)}, answered at ${entry.answeredAt ?? 'no time'}`),
    `attempts that did not end well: ${JSON.stringify(attempts)}`,
    `deaths: ${JSON.stringify(bench.deaths)}`,
    ...senders.map((name) => bench.started.get(name)?.story() ?? `nothing is known of ${name}`),
  ].join('\n');
}
