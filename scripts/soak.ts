// npm run soak -- --minutes 20 --seed 7: two workers and two api processes on a PostgreSQL of their own, mailings and faults all the time,
// and every promise checked against the provider's ledger and recounts. Ends with 1 and the broken promise, or with 0 and what was measured.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { migrate } from '../src/database/migrate.ts';
import { startTestServer } from '../tests/support/postgres-server.ts';
import { startStubProvider } from '../tests/support/stub-provider.ts';
import { makeCall } from './soak/calls.ts';
import { checkDatabase, checkEnd, readTotals } from './soak/database-check.ts';
import { makeDraws } from './soak/draws.ts';
import { makeJournal, watchOwnPauses } from './soak/journal.ts';
import { makeLedgerCheck } from './soak/ledger-check.ts';
import { makeMeasurements } from './soak/measurements.ts';
import { readSoakOptions } from './soak/options.ts';
import type { SoakOptions } from './soak/options.ts';
import { createMailings, fillDirectory, meddle } from './soak/people.ts';
import { makePlan } from './soak/plan.ts';
import { makeProcess } from './soak/processes.ts';
import { makeWeather } from './soak/provider-weather.ts';
import { progressLine, summary } from './soak/report.ts';
import type { Findings } from './soak/report.ts';
import { makeTrouble } from './soak/trouble.ts';
import { makeWatchers } from './soak/watchers.ts';

const leaseMs = 4_000;
const progressEveryMs = 5_000;
/** Mailings that are in no hurry end so long after the last fault: time for retries that wait. */
const quietTailMs = 20_000;
/** After the last end: a minute and a quarter, as after any crash. */
const overWithinMs = 75_000;
/** The ledger is read so much behind: answers and what people were told have arrived by then. */
const ledgerLagMs = 8_000;

const options = readSoakOptions(process.argv.slice(2));
if (typeof options === 'string') {
  console.error(`${options}\nnpm run soak -- --minutes 20 --seed 7`);
  process.exit(2);
}
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort());
process.exitCode = await soak(options, stop.signal);
process.exit();

/** The exit code. */
async function soak({ minutes, seed }: SoakOptions, interrupted: AbortSignal): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'carillon-soak-'));
  console.log(`soak: ${minutes} minutes, seed ${seed}; logs of the processes in ${folder}`);
  const journal = makeJournal();
  stack.defer(watchOwnPauses(journal));
  const stub = stack.adopt(await startStubProvider(), async (one) => one.close());
  const server = stack.use(await startTestServer({ log_min_messages: 'fatal' }));
  await migrate(server.url);
  const pool = stack.adopt(new pg.Pool({ connectionString: server.url, max: 4 }), async (one) => one.end());
  // The soak cuts its own connections too; the pool replaces them.
  pool.on('error', () => undefined);

  const ending = new AbortController();
  const env = {
    DATABASE_URL: server.url,
    PROVIDER_URL: stub.url,
    PROVIDER_TOKEN: 'soak',
    PROVIDER_TIMEOUT_MS: '2000',
    PROVIDER_CONNECTIONS: '32',
    LEASE_SECONDS: String(leaseMs / 1_000),
    RECONCILE_SECONDS: '1',
  };
  const processes = (['worker', 'api'] as const).flatMap((role) =>
    [1, 2].map((number) => {
      const name = `${role}-${number}`;
      return makeProcess({ name, role, env, logFile: join(folder, `${name}.log`), journal, signal: ending.signal });
    }),
  );
  stack.defer(async () => {
    ending.abort();
    for (const one of processes) one.thaw();
    await Promise.all(processes.map(async (one) => one.kill()));
  });
  await Promise.all(processes.map(async (one) => one.start()));

  const startedAt = Date.now();
  const faultsEndAt = startedAt + minutes * 60_000;
  const over = new AbortController();
  const lastEndAt = faultsEndAt + quietTailMs;
  const plan = makePlan();
  const weather = makeWeather(stub, makeDraws(seed, 'weather'), makeDraws(seed, 'answers'), journal);
  const ledger = makeLedgerCheck(stub.ledger, weather.clearlyAccepted, plan, journal);
  const apis = processes.filter(({ role }) => role === 'api');
  const watchers = makeWatchers(apis, journal);
  const measurements = makeMeasurements(processes, pool, journal);
  const urls = (): string[] => apis.flatMap((api) => api.url() ?? []);
  const callFor = (stream: string) => makeCall(urls, makeDraws(seed, stream), journal, interrupted);
  const created = ({ id }: { readonly id: string }): void => watchers.watchMailing(id);
  const peopleFor = (stream: string) => ({ call: callFor(stream), plan, draws: makeDraws(seed, stream), lastEndAt, seed, created });
  const findings: Findings = {
    minutes,
    seed,
    journal,
    plan,
    weather,
    ledger,
    watchers,
    measurements,
    unfinished: 0,
    totals: null,
    interrupted: false,
  };

  const look = async (): Promise<void> => {
    ledger.look(Date.now() - ledgerLagMs);
    await checkDatabase(pool, journal, 60);
    await measurements.take();
    findings.unfinished = (await readTotals(pool).catch(() => null))?.unfinished ?? findings.unfinished;
    console.log(progressLine(findings, Date.now() - startedAt));
  };
  const keepLooking = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await delay(progressEveryMs, undefined, { signal }).catch(() => undefined);
      await look();
      if (journal.violations.length > 0 || interrupted.aborted || Date.now() >= faultsEndAt) over.abort();
    }
  };

  await fillDirectory(callFor('directory'));
  const ground = { processes, pool, leaseMs, draws: makeDraws(seed, 'trouble'), journal };
  await Promise.all([
    createMailings(peopleFor('mailings'), over.signal),
    meddle(peopleFor('people'), over.signal),
    weather.run(over.signal),
    makeTrouble(ground, over.signal),
    keepLooking(over.signal),
  ]);

  while (journal.violations.length === 0 && !interrupted.aborted) {
    await look();
    const totals = await readTotals(pool);
    if (totals.unfinished === 0) break;
    if (Date.now() > lastEndAt + overWithinMs)
      journal.violated(`${totals.unfinished} mailings are not over ${overWithinMs / 1_000} s after their end`);
    else await delay(progressEveryMs, undefined, { signal: interrupted }).catch(() => undefined);
  }
  await watchers.stop();
  await Promise.all(processes.map(async (one) => one.drain()));
  ledger.look(Infinity);
  if (journal.violations.length === 0 && !interrupted.aborted) await checkEnd(pool, plan, ledger, journal);
  findings.totals = await readTotals(pool).catch(() => null);
  findings.interrupted = interrupted.aborted;
  console.log(summary(findings));
  if (journal.violations.length > 0) return 1;
  await rm(folder, { recursive: true, force: true });
  return interrupted.aborted ? 1 : 0;
}
