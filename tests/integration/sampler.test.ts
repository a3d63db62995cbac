// The sampler as workers run it: several at once, through outages, until it is disposed. And the tables it finds in a database of before.
import { MikroORM } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../src/database/database.ts';
import type { Database } from '../../src/database/database.ts';
import { takeSamples } from '../../src/database/sample-queries.ts';
import { makeSampler } from '../../src/operations/sample-mailings.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import type { DatabaseProxy } from '../support/database-proxy.ts';
import { recordLog } from '../support/engine.ts';
import type { RecordedLog } from '../support/engine.ts';
import { addBatch, addMailing, clearEngine, openEngineDatabase } from '../support/engine-seed.ts';
import { eventually } from '../support/eventually.ts';
import { resetClock } from '../support/movable-clock.ts';
import { clearSamples, sampledMailings, samplesOf, sendingOf, settle } from '../support/samples.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let proxy: DatabaseProxy;
let databases: Database[];
let recorded: RecordedLog;
let samplers: AsyncDisposable[];
beforeAll(async () => {
  db = await createTestDatabase();
  proxy = await startDatabaseProxy(db.url);
  databases = await Promise.all([1, 2, 3].map(async () => openEngineDatabase(proxy.url, 2)));
});
beforeEach(async () => {
  await clearEngine(db.pool);
  await resetClock(db.pool);
  await clearSamples(db.pool);
  recorded = recordLog();
  samplers = [];
});
afterEach(async () => {
  await Promise.all(samplers.map(async (sampler) => sampler[Symbol.asyncDispose]()));
});
afterAll(async () => {
  await Promise.all(databases.map(async (database) => database[Symbol.asyncDispose]()));
  await proxy[Symbol.asyncDispose]();
  await db.drop();
});

const start = (everyMs: number): void => {
  for (const database of databases) samplers.push(makeSampler({ database, log: recorded.log, everyMs }));
};
const sentSoFar = async (): Promise<number> => (await sendingOf(db.pool)).reduce((sum, { messages }) => sum + messages, 0);
const warnings = () => recorded.lines.filter(({ level }) => level === 'warn').length;

test('several workers count everything once', async () => {
  const ids = [await addMailing(db.pool), await addMailing(db.pool)];
  for (const id of ids) await addBatch(db.pool, id, { size: 500 });
  start(10);
  for (let round = 0; round < 100; round += 1) await Promise.all(ids.map(async (id) => settle(db.pool, id, { sent: 4, failed: 1 })));
  await eventually(async () => expect(await sentSoFar()).toBe(1_000));
  const looks = (await sendingOf(db.pool)).length;
  await eventually(async () => expect((await sendingOf(db.pool)).length).toBeGreaterThan(looks + 3));

  expect(await sentSoFar()).toBe(1_000);
  for (const id of ids) {
    await eventually(async () => expect((await samplesOf(db.pool, id)).at(-1)).toMatchObject({ pending: 0, sent: 400, failed: 100 }));
    const samples = await samplesOf(db.pool, id);
    const done = samples.map(({ sent, failed }) => sent + failed);
    expect(done).toEqual([...new Set(done)].toSorted((a, b) => a - b));
  }
  expect(warnings()).toBe(0);
});

test('an outage is one line in the log of each worker and its end another; what was sent in it is counted after it', async () => {
  const id = await addMailing(db.pool);
  await addBatch(db.pool, id, { size: 50 });
  start(10);
  await settle(db.pool, id, { sent: 10 });
  await eventually(async () => expect(await sentSoFar()).toBe(10));

  proxy.refuse();
  await settle(db.pool, id, { sent: 20 });
  await eventually(() => expect(warnings()).toBe(3));
  const looks = (await sendingOf(db.pool)).length;
  proxy.accept();

  await eventually(async () => expect(await sentSoFar()).toBe(30));
  await eventually(() => expect(recorded.lines.filter(({ msg }) => msg === 'samples of mailings are taken again')).toHaveLength(3));
  expect(warnings()).toBe(3);
  expect((await sendingOf(db.pool)).length).toBeGreaterThan(looks);
});

test('when it is disposed, the look in hand is over and no other follows', async () => {
  start(10);
  await eventually(async () => expect((await sendingOf(db.pool)).length).toBeGreaterThan(2));
  await Promise.all(samplers.splice(0).map(async (sampler) => sampler[Symbol.asyncDispose]()));
  const looks = await sendingOf(db.pool);
  await db.pool.query('select pg_sleep(0.1)');
  expect(await sendingOf(db.pool)).toEqual(looks);
});

test('a database that was in use before has its running mailings sampled from now on', async () => {
  await using empty = await createTestDatabase({ migrated: false });
  const folder = new URL('../../migrations', import.meta.url).pathname;
  const migrations = { path: folder, pathTs: folder, glob: '*.ts', snapshot: false, tableName: 'schema_migration' };
  const settings = { clientUrl: empty.url, extensions: [Migrator], migrations, discovery: { warnWhenNoEntities: false }, logger: () => {} };
  const orm = await MikroORM.init(settings);
  try {
    await orm.migrator.up({ to: '0001-initial' });
    const [running] = [await addMailing(empty.pool), await addMailing(empty.pool, { status: 'COMPLETED' })];
    const paused = await addMailing(empty.pool, { status: 'PAUSED' });
    await addMailing(empty.pool, { deleted: true });
    await empty.pool.query('update mailing_statistics set total = 9, sent = 8, pending = 1 where mailing_id = $1', [running]);
    await orm.migrator.up();
    expect(await sampledMailings(empty.pool)).toEqual([running, paused]);

    await using database = await openDatabase({
      url: empty.url,
      connections: 1,
      applicationName: 'test',
      statementTimeoutMs: 0,
      onConnectionLost: () => undefined,
    });
    await empty.pool.query('update mailing_statistics set sent = 9, pending = 0 where mailing_id = $1', [running]);
    expect(await takeSamples(database, 0)).toBe(true);
    expect(await sendingOf(empty.pool)).toMatchObject([{ messages: 1 }]);
  } finally {
    await orm.close(true);
  }
});
