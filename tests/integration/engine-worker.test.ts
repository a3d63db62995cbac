// A whole worker from the mailing's start to its end: every message once, people obeyed on the way, and nothing lost when it has to go.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addJobs, jobKey } from '../../src/database/job-queue.ts';
import { makeCreateMailing } from '../../src/operations/create-mailing.ts';
import { makePauseMailing } from '../../src/operations/pause-mailing.ts';
import { makeResumeMailing } from '../../src/operations/resume-mailing.ts';
import { makeUpdateMailing } from '../../src/operations/update-mailing.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { clearEngine, countsOf, faultsOfCounters, statusOf } from '../support/engine-seed.ts';
import { startTestWorker } from '../support/engine-worker.ts';
import { eventually } from '../support/eventually.ts';
import { valueOf } from '../support/operations.ts';
import { addClients, expectOnceEach } from '../support/scenario.ts';
import { accept } from '../support/stub-behaviours.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import type { StubEntry, StubProvider } from '../support/stub-provider.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let people: Engine;
let stub: StubProvider;

beforeAll(async () => {
  db = await createTestDatabase();
  people = await startEngine(db.url);
});
beforeEach(async () => {
  await clearEngine(db.pool);
  stub = await startStubProvider();
});
afterEach(async () => stub.close());
afterAll(async () => {
  await people[Symbol.asyncDispose]();
  await db.drop();
});

/** A mailing to every client that starts at once and lasts an hour. */
async function start(text = 'Hello'): Promise<string> {
  const now = Date.now();
  return valueOf(await makeCreateMailing(people)({ text, startsAt: now - 1_000, endsAt: now + 3_600_000 }, null)).id;
}

async function completed(mailingId: string, timeoutMs = 50_000): Promise<void> {
  await eventually(async () => (await statusOf(db.pool, mailingId)) === 'COMPLETED', { timeoutMs });
  expect(await faultsOfCounters(db.pool)).toEqual([]);
}

const requestsFor = (text: string): StubEntry[] => stub.ledger.filter((entry) => entry.body?.text === text);

test('2,000 messages are sent once each, as the contract says', async () => {
  await addClients(db.pool, 2_000);
  await using worker = await startTestWorker(db.url, stub.url);
  const mailingId = await start();
  await completed(mailingId);
  expect(await countsOf(db.pool, mailingId)).toMatchObject({ total: 2_000, sent: 2_000 });
  expect(stub.ledger).toHaveLength(2_000);
  expectOnceEach(stub, 2_000);
  expect(stub.ledger.every((entry) => entry.headers.authorization === 'Bearer test-token')).toBe(true);
  const { rows } = await db.pool.query(
    'select count(*)::int as n from message where status = $1 and attempts = 1 and finished_at is not null',
    ['SENT'],
  );
  expect(rows).toEqual([{ n: 2_000 }]);
  // Nothing went wrong that would have to be told.
  expect(worker.lines.filter(({ level }) => level !== 'info' && level !== 'debug')).toEqual([]);
});

describe('a change in the middle', () => {
  /** What 20 connections bring at 60 ms each, and the first of each. A pause of the whole process counts for nothing. */
  const arrivalsInASecond = Math.ceil((20 * 1_000) / 60) + 20;

  test('of the text reaches every message that is not on its way', async () => {
    await addClients(db.pool, 1_000);
    stub.behave(() => accept({ delayMs: 60 }));
    await using _ = await startTestWorker(db.url, stub.url, { PROVIDER_CONNECTIONS: '20' });
    const mailingId = await start('before');
    await stub.waitForRequests(100);
    const updated = await makeUpdateMailing(people)(mailingId, { text: 'after' }, null);
    expect(updated.ok).toBe(true);
    const updatedAt = Date.now();
    await completed(mailingId);
    expectOnceEach(stub, 1_000);
    expect(requestsFor('after').length).toBeGreaterThan(100);
    expect(requestsFor('before').filter((entry) => entry.at > updatedAt).length).toBeLessThan(arrivalsInASecond);
    expect(requestsFor('before').filter((entry) => entry.since > updatedAt + 1_000)).toEqual([]);
  });

  test('to paused stops sending until it is resumed', async () => {
    await addClients(db.pool, 1_000);
    stub.behave(() => accept({ delayMs: 60 }));
    await using _ = await startTestWorker(db.url, stub.url, { PROVIDER_CONNECTIONS: '20' });
    const mailingId = await start();
    await stub.waitForRequests(100);
    await makePauseMailing(people)(mailingId);
    const pausedAt = Date.now();
    // Every lane is at rest when nothing is leased any more.
    await eventually(async () => (await db.pool.query('select from batch where lease_token is not null')).rowCount === 0);
    const sent = stub.ledger.length;
    expect(sent).toBeLessThan(1_000);
    expect(stub.ledger.filter((entry) => entry.at > pausedAt).length).toBeLessThan(arrivalsInASecond);
    expect(stub.ledger.filter((entry) => entry.since > pausedAt + 1_000)).toEqual([]);
    expect(await countsOf(db.pool, mailingId)).toMatchObject({ sent, pending: 1_000 - sent });
    await makeResumeMailing(people)(mailingId);
    await completed(mailingId);
    expectOnceEach(stub, 1_000);
  });
});

test('a worker that has to go gives back what it has not started, and the next one finishes without a repeat', async () => {
  await addClients(db.pool, 2_000);
  stub.behave(() => accept({ delayMs: 60 }));
  const first = await startTestWorker(db.url, stub.url, { LEASE_SECONDS: '60', PROVIDER_CONNECTIONS: '40' });
  const mailingId = await start();
  await stub.waitForRequests(300);
  await first[Symbol.asyncDispose]();
  expect((await db.pool.query('select from batch where lease_token is not null')).rowCount).toBe(0);
  expect(await countsOf(db.pool, mailingId)).toMatchObject({ sent: stub.ledger.length });
  expect(stub.ledger.length).toBeLessThan(2_000);
  await using _ = await startTestWorker(db.url, stub.url);
  await completed(mailingId);
  expect(stub.ledger).toHaveLength(2_000);
  expectOnceEach(stub, 2_000);
});

test('a worker that is asked to go while it is starting goes', async () => {
  for (let turn = 0; turn < 3; turn += 1) {
    const worker = await startTestWorker(db.url, stub.url);
    await worker[Symbol.asyncDispose]();
    expect(worker.lines.filter((line) => line['level'] === 'error' || line['level'] === 'fatal')).toEqual([]);
  }
});

test('a worker whose connections are cut at its very first look for jobs gets jobs afterwards', async () => {
  await addClients(db.pool, 10);
  const mailingId = await start();
  await using lock = await db.pool.connect().then((session) => ({ session, [Symbol.asyncDispose]: async () => session.release(true) }));
  await lock.session.query('begin; lock table graphile_worker._private_tasks in access exclusive mode');
  await using worker = await startTestWorker(db.url, stub.url);
  const restarted = (): number => worker.lines.filter(({ msg }) => msg === 'the job runner ended; it is started again').length;
  // Each place of its two runners waits for the tasks that it asked for first.
  await eventually(async () => {
    await db.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'carillon jobs' and wait_event_type = 'Lock'`,
    );
    return restarted() >= 2;
  });
  await lock.session.query('rollback');
  await completed(mailingId);
  expectOnceEach(stub, 10);
  expect(new Set(worker.lines.flatMap((line) => line['runner'] ?? []))).toEqual(new Set(['lanes', 'others']));
});

test('two workers share a mailing, each message once', async () => {
  await addClients(db.pool, 3_000);
  stub.behave(() => accept({ delayMs: 20 }));
  await using one = await startTestWorker(db.url, stub.url, { PROVIDER_CONNECTIONS: '16' });
  await using two = await startTestWorker(db.url, stub.url, { PROVIDER_CONNECTIONS: '16' });
  const mailingId = await start();
  await completed(mailingId);
  expectOnceEach(stub, 3_000);
  expect(stub.ledger).toHaveLength(3_000);
  for (const worker of [one, two]) expect(worker.lines.filter((line) => line['msg'] === 'attempt').length).toBeGreaterThan(0);
});

test('an expansion takes turns with lanes, so that a mailing begins although others keep every lane busy', async () => {
  const mailingId = '1';
  const job = { mailingId, runAt: null };
  await addJobs(people.database, [
    { ...job, task: 'send', key: jobKey.send(mailingId, 0), lane: 0 },
    { ...job, task: 'expand', key: jobKey.expand(mailingId) },
    { ...job, task: 'finish', key: jobKey.finish(mailingId) },
  ]);
  const { rows } = await db.pool.query('select task_identifier as task, priority from graphile_worker.jobs order by priority, task');
  expect(rows).toEqual([
    { task: 'finish', priority: -2 },
    { task: 'expand', priority: 0 },
    { task: 'send', priority: 0 },
  ]);
});
