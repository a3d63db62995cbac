// The counters of clients by time zone, held against a count of the clients after whatever changes them.
import type { Configuration } from '@mikro-orm/core';
import type { AbstractSqlDriver } from '@mikro-orm/postgresql';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ClientsByZone } from '../../migrations/0008-clients-by-zone.ts';
import { clearEngine } from '../support/engine-seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
beforeEach(async () => clearEngine(db.pool));
afterAll(async () => db.drop());

const zones = ['Europe/Moscow', 'Asia/Omsk', '+03:00', 'Asia/Kamchatka'];

/** In random order, so that no two statements meet the zones in the same one. */
const addClients = `
  insert into client (phone, operator_code, tag, time_zone, opted_out_at)
  select 79000000000 + $1::int + n, '900', $2, ($3::text[])[1 + n % 4], case when n % 5 = 0 then now() end from generate_series(1, 20) n order by random()`;

async function expectTrue(): Promise<void> {
  const { rows: counted } = await db.pool.query(
    'select time_zone, sum(clients)::int as clients, sum(opted_out)::int as out from client_zone_counter group by 1 having sum(clients) <> 0 or sum(opted_out) <> 0 order by 1',
  );
  const { rows: there } = await db.pool.query(
    'select time_zone, count(*)::int as clients, count(opted_out_at)::int as out from client group by 1 order by 1',
  );
  expect(counted).toEqual(there);
  const { rows: before } = await db.pool.query<{ clients: number }>('select sum(clients)::int as clients from client_counter');
  expect(before[0]?.clients ?? 0, 'what the version before reads').toBe(
    there.reduce((sum: number, row: { clients: number }) => sum + row.clients, 0),
  );
}

/** Each makes its changes to clients of one tag, some of which are there. */
const changes = {
  'new ones': addClients,
  'new ones, the others as they are': `${addClients} on conflict (phone) do nothing`,
  'new ones, the others moved': `${addClients} on conflict (phone) do update set time_zone = 'Asia/Tokyo'`,
  'all moved': `update client set time_zone = ($3::text[])[1 + (phone / 7 + $1::int) % 4] where tag = $2`,
  'nobody moved': 'update client set operator_code = ($1::int % 900 + 100)::text where tag = $2 and $3::text[] is not null',
  'some opted out': 'update client set opted_out_at = now() where tag = $2 and phone % 3 = $1::int % 3 and $3::text[] is not null',
  'all opted in': 'update client set opted_out_at = null where tag = $2 and $1::int is not null and $3::text[] is not null',
  'some gone': 'delete from client where tag = $2 and phone % 4 = $1::int % 4 and $3::text[] is not null',
} as const;

const step = fc.record({
  what: fc.constantFrom(...(Object.keys(changes) as (keyof typeof changes)[])),
  from: fc.integer({ min: 0, max: 60 }),
  keeps: fc.boolean(),
});

test('whatever is written, changed, taken back or deleted, the counters say what is there', async () => {
  await fc.assert(
    fc
      .asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        for (const { what, from, keeps } of steps) {
          await inTransaction(async (client) => {
            await client.query('savepoint before');
            // A phone that is there already: nothing of the statement stays.
            await client.query(changes[what], [from, 'one', zones]).catch(async () => client.query('rollback to before'));
            return keeps;
          });
        }
        await expectTrue();
      })
      .beforeEach(async () => clearEngine(db.pool)),
    { numRuns: 30 },
  );
});

test('twenty at once, more than there are shards, never wait for each other in a circle', async () => {
  const crowd = Array.from({ length: 20 }, (_, index) => index);
  await Promise.all(
    crowd.map(async (index) => {
      const connection = new pg.Client({ connectionString: db.url });
      await connection.connect();
      try {
        for (let round = 0; round < 5; round += 1) {
          await connection.query('begin');
          for (const what of ['new ones, the others moved', 'all moved', 'some opted out', 'some gone'] as const) {
            await connection.query(changes[what], [index * 1_000 + round * 7, `of ${index}`, [...zones].sort(() => Math.random() - 0.5)]);
          }
          await connection.query('commit');
        }
      } finally {
        await connection.end();
      }
    }),
  );
  await expectTrue();
});

test('a change that moves nobody waits for no shard', async () => {
  await db.pool.query(addClients, [0, 'one', zones]);
  await inTransaction(async (holder) => {
    await holder.query('select pg_advisory_xact_lock(4201005, shard) from generate_series(0, 15) shard');
    await inTransaction(async (client) => {
      await client.query(`set local lock_timeout = '300ms'`);
      await client.query(`update client set tag = 'two'`);
      await client.query(`delete from client where tag = 'nobody'`);
      await expect(client.query(`update client set time_zone = 'Asia/Tokyo' where tag = 'two'`)).rejects.toThrow('lock timeout');
      return false;
    });
    return false;
  });
});

test('the migration counts the clients that are there', async () => {
  await db.pool.query(addClients, [0, 'one', zones]);
  await db.pool.query(`
    drop table client_zone_counter cascade;
    drop trigger client_updated on client;
    create table client_counter (shard smallint primary key, clients bigint not null);`);
  const migration = new ClientsByZone({} as AbstractSqlDriver, {} as Configuration);
  migration.up();
  for (const query of migration.getQueries()) await db.pool.query(query as string);
  await expectTrue();
  await db.pool.query(addClients, [100, 'two', zones]);
  await expectTrue();
});

/** Committed when `work` says so. */
async function inTransaction(work: (client: pg.PoolClient) => Promise<boolean>): Promise<void> {
  const client = await db.pool.connect();
  try {
    await client.query('begin');
    await client.query((await work(client)) ? 'commit' : 'rollback');
  } finally {
    client.release(true);
  }
}
