import { afterAll, expect, test } from 'vitest';
import { createTestDatabase } from '../support/test-database.ts';

const database = await createTestDatabase();
afterAll(database.drop);

test('a test database is a migrated copy of the template', async () => {
  const { rows } = await database.pool.query<{ name: string | null }>(`select to_regclass('message')::text as name`);
  expect(rows[0]?.name).toBe('message');
});

test('databases of two files share nothing', async () => {
  await using other = await createTestDatabase();
  await database.pool.query('create table only_here ()');
  const { rows } = await other.pool.query<{ name: string | null }>(`select to_regclass('only_here')::text as name`);
  expect(rows[0]?.name).toBeNull();
});
