// What the migrations say of vacuum and free room in pages, held against what the service writes.
import type { Configuration } from '@mikro-orm/core';
import type { AbstractSqlDriver } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { leaseBatch } from '../../src/database/batch-queries.ts';
import type { Sql } from '../../src/database/database.ts';
import { settleAccepted } from '../../src/database/settle-queries.ts';
import { Housekeeping } from '../../migrations/0007-housekeeping.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { addBatch, addMailing, clearEngine, first, given } from '../support/engine-seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let engine: Engine;

beforeAll(async () => {
  db = await createTestDatabase();
  engine = await startEngine(db.url);
});
beforeEach(async () => clearEngine(db.pool));
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await db.drop();
});

async function settingsOf(table: string): Promise<Readonly<Record<string, string>>> {
  const { rows } = await db.pool.query<{ name: string; value: string }>(
    'select option_name as name, option_value as value from pg_class cross join pg_options_to_table(reloptions) where oid = $1::regclass',
    [table],
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

test('every page of messages has room for all its rows to be settled in one go: each acceptance is a HOT update', async () => {
  const mailingId = await addMailing(db.pool);
  const { messageIds } = await addBatch(db.pool, mailingId, { size: 2_000 });
  const batch = given(await leaseBatch(engine.database, mailingId, 60_000, 500));
  const client = await db.pool.connect();
  const sql: Sql = { rows: async (text, values = []) => (await client.query(text, [...values])).rows };
  try {
    await client.query('begin');
    expect((await settleAccepted(sql, batch, messageIds, 60_000))?.settled).toBe(2_000);
    const { rows } = await client.query<{ updates: number; hot: number; pages: number }>(
      `select pg_stat_get_xact_tuples_updated(oid)::int as updates, pg_stat_get_xact_tuples_hot_updated(oid)::int as hot,
         (pg_relation_size(oid) / 8192)::int as pages
       from pg_class where relname = 'message'`,
    );
    const { updates, hot, pages } = first(rows);
    expect([updates, hot]).toEqual([2_000, 2_000]);
    // Not by wasting room: a third row of each three would fit in less than this.
    expect(pages).toBeLessThan(2_000 / 30);
  } finally {
    await client.query('rollback');
    client.release();
  }
});

test.each([
  'client_zone_counter',
  'batch',
  'mailing_statistics',
  'mailing_quarter',
  'mailing_sampling',
  'provider_gate',
  'provider_answers',
  'rate_grant',
])(
  '%s, small and hot, is vacuumed after a few hundred changes, however many rows it has, at once and without taking the table for itself',
  async (table) => {
    expect(await settingsOf(table)).toMatchObject({
      autovacuum_vacuum_scale_factor: '0',
      autovacuum_vacuum_threshold: '200',
      autovacuum_vacuum_cost_delay: '0',
      vacuum_truncate: 'off',
    });
  },
);

test.each(['message', 'message_attempt'])('%s is vacuumed before a tenth of it is dead, and never taken for itself', async (table) => {
  const { vacuum_truncate: truncate, autovacuum_vacuum_scale_factor: share } = await settingsOf(table);
  expect([truncate, Number(share) <= 0.05]).toEqual(['off', true]);
});

describe('messages that were left behind by the deletion of their mailing', () => {
  test('are removed, and those of mailings that exist are not', async () => {
    const [gone, kept, empty] = [await addMailing(db.pool), await addMailing(db.pool), await addMailing(db.pool, { status: 'SCHEDULED' })];
    for (const id of [gone, kept]) await addBatch(db.pool, id, { size: 3 });
    await db.pool.query(`update message set status = 'CANCELLED', finished_at = instant_now() where mailing_id = $1`, [gone]);
    await db.pool.query('delete from mailing where id = $1', [gone]);
    const { rows: before } = await db.pool.query('select * from mailing order by id');
    const migration = new Housekeeping({} as AbstractSqlDriver, {} as Configuration);
    migration.up();
    for (const query of migration.getQueries()) await db.pool.query(query as string);
    await engine.reconcile();
    await engine.remove();
    await engine.remove();
    const { rows: messages } = await db.pool.query('select mailing_id::text as id, count(*)::int as n from message group by mailing_id');
    expect(messages).toEqual([{ id: kept, n: 3 }]);
    expect((await db.pool.query('select * from mailing order by id')).rows).toEqual(before);
    expect(before).toHaveLength(2);
    expect(before.map(({ id }) => String(id))).toEqual([kept, empty]);
  });
});
