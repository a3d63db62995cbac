// Clients who change while their messages are born: no message is born from what a client no longer is.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { CLIENT_DIRECTORY_LOCK } from '../../src/database/locks.ts';
import { makeDeleteClient } from '../../src/operations/delete-client.ts';
import { makeUpdateClient } from '../../src/operations/update-client.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { addMailing, clearEngine, countsOf, faultsOfCounters, first, setClock, waitForLock } from '../support/engine-seed.ts';
import type { SeededMailing } from '../support/engine-seed.ts';
import { addClients } from '../support/scenario.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let engine: Engine;

beforeAll(async () => {
  db = await createTestDatabase();
  engine = await startEngine(db.url);
});
beforeEach(async () => {
  await clearEngine(db.pool);
  await setClock(db.pool, '2027-06-15T09:00:00Z');
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await db.drop();
});

const hour = 3_600_000;
const scheduled = async (mailing: SeededMailing = {}): Promise<string> => addMailing(db.pool, { status: 'SCHEDULED', ...mailing });

async function phonesOf(mailingId: string): Promise<string[]> {
  const { rows } = await db.pool.query<{ phone: string }>('select phone::text from message where mailing_id = $1 order by phone', [
    mailingId,
  ]);
  return rows.map((row) => row.phone);
}

test('a client who opts out before the messages are born gets none', async () => {
  await addClients(db.pool, 3);
  const mailingId = await scheduled();
  const person = await db.pool.connect();
  await person.query('begin');
  await person.query('select pg_advisory_xact_lock($1)', [CLIENT_DIRECTORY_LOCK]);
  await person.query('update client set opted_out_at = instant_now() where phone = 79000000001');
  const expanding = engine.expand(mailingId);
  await waitForLock(db.pool);
  await person.query('commit');
  person.release();
  await expanding;
  expect(await phonesOf(mailingId)).toEqual(['79000000000', '79000000002']);
});

test('the message of a client who opts out right after its birth is cancelled', async () => {
  await addClients(db.pool, 3);
  const mailingId = await scheduled();
  const born = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const hold = async (): Promise<void> => {
    born.resolve();
    await goOn.promise;
  };
  await using slow = await startEngine(db.url, { through: beforeEachCommit(hold) });
  const expanding = slow.expand(mailingId);
  await Promise.race([born.promise, expanding]);
  const { rows } = await db.pool.query<{ id: string }>('select id::text from client where phone = 79000000001');
  const optingOut = makeUpdateClient(engine)(first(rows).id, { optedOut: true }, null);
  await waitForLock(db.pool);
  goOn.resolve();
  await Promise.all([expanding, optingOut]);
  expect(await countsOf(db.pool, mailingId)).toMatchObject({ total: 3, pending: 2, cancelled: 1 });
  expect(await faultsOfCounters(db.pool)).toEqual([]);
});

test('clients who opt out, leave or move while messages are born have none that should not be, however many they are', async () => {
  await addClients(db.pool, 2_000);
  const mailingId = await scheduled({ window: ['12:00', '20:00'], endsInMs: 24 * hour });
  const { rows } = await db.pool.query<{ id: string }>('select id::text from client order by id limit 60');
  const updateClient = makeUpdateClient(engine);
  const deleteClient = makeDeleteClient(engine);
  const changes = rows.map(async ({ id }, n) => {
    if (n % 3 === 0) await updateClient(id, { optedOut: true }, null);
    else if (n % 3 === 1) await deleteClient(id);
    else await updateClient(id, { timeZone: 'Asia/Tokyo' }, null);
  });
  await Promise.all([engine.expand(mailingId), ...changes]);
  const wrong = await db.pool.query(
    `select g.id from message g left join client c on c.id = g.client_id left join batch b on b.id = g.batch_id
     where g.status = 'PENDING' and (c.id is null or c.opted_out_at is not null or b.time_zone <> c.time_zone)`,
  );
  expect(wrong.rows).toEqual([]);
  expect((await countsOf(db.pool, mailingId)).pending).toBe(1_960);
  expect(await faultsOfCounters(db.pool)).toEqual([]);
});

function beforeEachCommit(step: () => Promise<void>): (database: Database) => Database {
  return (database) => ({
    ...database,
    transaction: async (work) =>
      database.transaction(async (tx) => {
        const result = await work(tx);
        await step();
        return result;
      }),
  });
}
