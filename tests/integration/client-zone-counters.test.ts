// The counters of clients by time zone, held against a count of the clients after whatever changes them.
import { setTimeout } from 'node:timers/promises';
import type { Configuration } from '@mikro-orm/core';
import type { AbstractSqlDriver } from '@mikro-orm/postgresql';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { violatedUniqueConstraint } from '../../src/database/database-faults.ts';
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

const addClients = `
  insert into client (phone, operator_code, tag, time_zone, opted_out_at)
  select 79000000000 + $1::int + n, '900', $2, ($3::text[])[1 + n % 4], case when n % 5 = 0 then now() end from generate_series(1, 20) n`;

async function expectTrue(): Promise<void> {
  const { rows: counted } = await db.pool.query(
    'select time_zone, sum(clients)::int as clients, sum(opted_out)::int as out from client_zone_counter group by 1 having sum(clients) <> 0 or sum(opted_out) <> 0 order by 1',
  );
  const { rows: there } = await db.pool.query(
    'select time_zone, count(*)::int as clients, count(opted_out_at)::int as out from client group by 1 order by 1',
  );
  expect(counted).toEqual(there);
  const { rows: before } = await db.pool.query<{ clients: number }>('select sum(clients)::int as clients from client_counter');
  expect(before[0]?.clients, 'what the version before reads').toBe(
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
            try {
              await client.query(changes[what], [from, 'one', zones]);
            } catch (error) {
              if (violatedUniqueConstraint(error) === null) throw error;
              await client.query('rollback to before');
            }
            return keeps;
          });
        }
        await expectTrue();
      })
      .beforeEach(async () => clearEngine(db.pool)),
    { numRuns: 30 },
  );
});

test('two of one shard that meet the zones in different orders do not wait for each other in a circle', async () => {
  await db.pool.query(addClients, [0, 'one', zones]);
  const pair = await twoOfOneShard();
  try {
    const orders = [
      ['Europe/Moscow', 'Asia/Omsk'],
      ['Asia/Omsk', 'Europe/Moscow'],
    ];
    const move = (index: number, turn: number): Promise<unknown> | undefined =>
      pair[index]?.query('insert into client (phone, operator_code, time_zone) values ($1, $2, $3)', [
        79_100_000_000 + index * 10 + turn,
        '910',
        orders[index]?.[turn],
      ]);
    for (const connection of pair) await connection.query('begin');
    await move(0, 0);
    const other = move(1, 0)
      ?.then(async () => move(1, 1))
      .then(async () => pair[1]?.query('commit'));
    await setTimeout(100);
    await move(0, 1);
    await pair[0]?.query('commit');
    await other;
  } finally {
    for (const connection of pair) await connection.end();
  }
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

test('the migration counts the clients that are there, and those of whoever writes meanwhile', async () => {
  await db.pool.query(addClients, [0, 'one', zones]);
  await db.pool.query(`
    drop table client_zone_counter cascade;
    drop trigger client_updated on client;
    drop trigger client_inserted on client;
    create table client_counter (shard smallint primary key, clients bigint not null);`);
  const migration = new ClientsByZone({} as AbstractSqlDriver, {} as Configuration);
  migration.up();
  const during: Promise<unknown>[] = [];
  await inTransaction(async (early) => {
    await early.query(addClients, [100, 'two', zones]);
    during.push(
      inTransaction(async (migrating) => {
        for (const query of migration.getQueries()) {
          await migrating.query(query as string);
          // Whoever comes now waits for it.
          if (during.length === 1) during.push(db.pool.query(addClients, [200, 'three', zones]));
        }
        await migrating.query(
          'create trigger client_inserted after insert on client referencing new table as changed for each statement execute function count_clients()',
        );
        return true;
      }),
    );
    await setTimeout(200);
    return true;
  });
  await Promise.all(during);
  await expectTrue();
});

test('a directory without clients has none, for the version before as well', expectTrue);

/** Connected, with places among the shards that are the same. */
async function twoOfOneShard(): Promise<[pg.Client, pg.Client]> {
  const byShard = new Map<number, pg.Client>();
  for (;;) {
    const client = new pg.Client({ connectionString: db.url });
    await client.connect();
    const { rows } = await client.query<{ shard: number }>('select pg_backend_pid() % 16 as shard');
    const shard = rows[0]?.shard ?? 0;
    const other = byShard.get(shard);
    if (other !== undefined) {
      byShard.delete(shard);
      for (const unused of byShard.values()) await unused.end();
      return [other, client];
    }
    byShard.set(shard, client);
  }
}

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
