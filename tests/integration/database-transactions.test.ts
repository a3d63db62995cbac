// Transactions on connections that PostgreSQL has cut: the pool must not lose one of its places each time.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/database/database.ts';
import type { Database } from '../../src/database/database.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await openDatabase({
    url: testDatabase.url,
    connections: 2,
    applicationName: 'cut',
    statementTimeoutMs: 0,
    onConnectionLost: () => undefined,
  });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await testDatabase.drop();
});

test('a transaction whose beginning fails gives its connection back, however often', async () => {
  let failures = 0;
  for (let round = 0; round < 12; round += 1) {
    // In one turn with the next beginning: the pool has not yet heard of the cut.
    const cut = testDatabase.pool.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut'");
    await Promise.all([
      cut,
      ...[1, 2].map(async () =>
        database
          .transaction(async (tx) => tx.rows('select pg_sleep(0.01)'))
          .catch(() => {
            failures += 1;
          }),
      ),
    ]);
  }
  expect(failures).toBeGreaterThan(2);
  // The last cut may only be noticed by whoever begins next.
  await eventually(async () => expect(await database.transaction(async (tx) => tx.rows('select 1 as one'))).toEqual([{ one: 1 }]));
});
