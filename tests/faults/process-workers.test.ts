// Several workers at once, and what is left of those that die: jobs repeated, jobs locked for ever, an api that is killed.
import { describe, expect, test } from 'vitest';
import { repeated, senderOf } from '../support/crash-oracle.ts';
import { eventually } from '../support/eventually.ts';
import { subscribeTo } from '../support/graphql-client.ts';
import { expectAllSent, frozen, useProcessBench } from '../support/process-bench.ts';
import { addClients, createMailing, finished, inMs, readStatistics, statisticsFields } from '../support/scenario.ts';
import { accept } from '../support/stub-behaviours.ts';

const bench = useProcessBench();

describe('several workers', () => {
  test('of which one is killed: the others send everything of every mailing', async () => {
    await addClients(bench.database.pool, 2_000);
    bench.stub.behave(() => accept({ delayMs: 30 }));
    const workers = await Promise.all(['one', 'two', 'three'].map(async (name) => bench.start(name)));
    const texts = ['first of three', 'second of three', 'third of three'];
    const ids = await Promise.all(texts.map(async (text) => createMailing(bench.api, { text })));
    await eventually(() => expect(new Set(bench.stub.ledger.slice(-1_000).map(senderOf)).size).toBe(3));
    await workers[1]?.end('SIGKILL');
    await bench.noteDeath('two');
    for (const [index, text] of texts.entries()) await expectAllSent(bench, ids[index] ?? '', text, 2_000);
  });

  test('that get every job several times over: nothing is requested twice', async () => {
    await addClients(bench.database.pool, 2_000);
    bench.stub.behave(() => accept({ delayMs: 10 }));
    await Promise.all(['one', 'two'].map(async (name) => bench.start(name)));
    const id = await createMailing(bench.api, { text: 'duplicated' });
    const repeat = async (): Promise<void> => {
      await bench.database.pool.query(
        `select graphile_worker.add_job(task, json_build_object('mailingId', $1::text, 'lane', lane))
         from unnest(array['expand', 'send', 'finish', 'reconcile']) task, generate_series(0, 3) lane`,
        [id],
      );
    };
    const before = bench.stub.ledger.length;
    for (const requests of [1, 300, 900]) {
      await bench.stub.waitForRequests(before + requests);
      await repeat();
    }
    await expectAllSent(bench, id, 'duplicated', 2_000);
    expect(repeated(bench.requestsFor('duplicated'))).toBe(0);
  });
});

test('jobs of dead workers block nothing, and are gone when it is certain that nobody runs them', async () => {
  const { pool } = bench.database;
  await addClients(pool, 600);
  const locked = async (): Promise<number> => {
    const { rows } = await pool.query<{ n: number }>(
      'select count(*)::int as n from graphile_worker._private_jobs where locked_at is not null',
    );
    return rows[0]?.n ?? 0;
  };
  for (const round of [1, 2]) {
    const worker = await bench.start(`dying-${round}`, { FAILPOINT: 'after-lease:kill:1' });
    await createMailing(bench.api, { text: `left behind ${round}` });
    await worker.ended();
  }
  expect(await locked()).toBeGreaterThan(0);
  await bench.start('living');
  const { rows } = await pool.query<{ id: string }>('select id::text as id from mailing');
  for (const { id } of rows) expect(await finished(bench.api, id)).toMatchObject({ sent: 600 });
  expect(await locked()).toBeGreaterThan(0);
  await pool.query("update graphile_worker._private_jobs set locked_at = locked_at - interval '6 minutes' where locked_at is not null");
  await eventually(async () => {
    const left = await pool.query("select from graphile_worker._private_jobs where locked_at < now() - interval '1 minute'");
    expect(left.rowCount).toBe(0);
  });
  await eventually(async () => expect(await locked()).toBe(0));
});

/** Lanes that run now. */
async function busyPlaces(): Promise<number> {
  const { rows } = await bench.database.pool.query<{ n: number }>(
    "select count(*)::int as n from graphile_worker.jobs where locked_at is not null and task_identifier = 'send'",
  );
  return rows[0]?.n ?? 0;
}

test('mailings start and end at their time though every lane waits for requests that hang', async () => {
  await addClients(bench.database.pool, 600);
  bench.stub.holdAll();
  const busy = await bench.start('busy', { PROVIDER_CONNECTIONS: '8', PROVIDER_TIMEOUT_MS: '60000' });
  const hanging = await Promise.all([1, 2, 3, 4, 5, 6].map(async (n) => createMailing(bench.api, { text: `held ${n}` })));
  await eventually(async () => expect(await busyPlaces()).toBe(10));

  const late = await createMailing(bench.api, { text: 'started meanwhile' });
  const short = await createMailing(bench.api, { text: 'over meanwhile', endsAt: inMs(4_000) });
  await eventually(async () => expect(await readStatistics(bench.api, late)).toMatchObject({ mailingStatus: 'RUNNING', total: 600 }));
  await eventually(async () => expect(await readStatistics(bench.api, short)).toMatchObject({ mailingStatus: 'COMPLETED', expired: 600 }));
  expect(await busyPlaces()).toBe(10);
  bench.stub.release();
  for (const id of [...hanging, late]) expect(await finished(bench.api, id)).toMatchObject({ sent: 600 });
  expect(await busy.end('SIGTERM')).toBe(0);
});

test('leases of a dead worker are freed though every lane of the living one waits for requests that hang', async () => {
  const { pool } = bench.database;
  await addClients(pool, 1_200);
  bench.stub.holdAll();
  const busy = await bench.start('busy', { PROVIDER_CONNECTIONS: '8', PROVIDER_TIMEOUT_MS: '60000' });
  const hanging = await Promise.all([1, 2, 3, 4, 5, 6].map(async (n) => createMailing(bench.api, { text: `hanging ${n}` })));
  await eventually(async () => expect(await busyPlaces()).toBe(10));

  const dead = await bench.start('dead', { FAILPOINT: 'after-lease:kill:1' });
  const id = await createMailing(bench.api, { text: 'left by the dead' });
  await dead.ended();
  await bench.noteDeath('dead');
  await eventually(async () => {
    const { rows } = await pool.query<{ rescues: number }>('select max(rescues) as rescues from batch');
    expect(rows[0]?.rescues).toBe(1);
  });
  expect(await busyPlaces()).toBeGreaterThanOrEqual(10);
  bench.stub.release();
  await expectAllSent(bench, id, 'left by the dead', 1_200);
  for (const mailing of hanging) expect(await finished(bench.api, mailing)).toMatchObject({ sent: 1_200 });
  expect(await busy.end('SIGTERM')).toBe(0);
});

test('a reconciler that is frozen at work is replaced by another one', async () => {
  await addClients(bench.database.pool, 600);
  const dead = await bench.start('dead', { FAILPOINT: 'after-lease:kill:1' });
  const id = await createMailing(bench.api, { text: 'frozen reconciler' });
  await dead.ended();
  await bench.noteDeath('dead');
  const reconciler = await bench.start('frozen', { FAILPOINT: 'mid-reconcile:stop' });
  // Only who has freed a lease comes to that place.
  await frozen(reconciler);
  await bench.noteDeath('frozen');
  await bench.start('third');
  await expectAllSent(bench, id, 'frozen reconciler', 600);
  reconciler.signal('SIGCONT');
  expect(await reconciler.end('SIGTERM')).toBe(0);
});

test('kill -9 of an api that people watch: sending goes on as if nothing had happened', async () => {
  await addClients(bench.database.pool, 3_000);
  bench.stub.behave(() => accept({ delayMs: 30 }));
  await bench.start('worker');
  const api = await bench.start('api', { ROLE: 'api' });
  const id = await createMailing(api, { text: 'watched' });
  const watch = `subscription ($id: ID!) { mailingStatistics(mailingId: $id) { ${statisticsFields} } }`;
  const subscribers = Array.from({ length: 20 }, () => subscribeTo<{ mailingStatistics: { sent: number } }>(api.url, watch, { id }));
  for (const subscriber of subscribers) await subscriber.until(({ mailingStatistics }) => mailingStatistics.sent > 100);
  expect(await api.end('SIGKILL')).toBe('SIGKILL');
  await expectAllSent(bench, id, 'watched', 3_000);
  expect(repeated(bench.requestsFor('watched'))).toBe(0);
});
