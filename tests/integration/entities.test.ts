// The migrations are the truth about the tables; the entities must say the same.
import { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entities } from '../../src/database/entities.ts';
import { migrate, pendingMigrations } from '../../src/database/migrate.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
}

/** Tables that only statements use: no entity stands for them. */
const statementTables = [
  'client_zone_counter',
  'daily_report',
  'mailing_quarter',
  'mailing_sample',
  'mailing_sampling',
  'provider_answers',
  'rate_grant',
  'schema_migration',
  'sending_sample',
  'webhook_delivery',
  'webhook_switch',
];
/** Columns that only an index uses. */
const indexColumns = ['message.problem', 'message.problem_code'];

let database: TestDatabase;
let orm: MikroORM;
let columns: readonly Column[];

beforeAll(async () => {
  database = await createTestDatabase();
  orm = await MikroORM.init({ clientUrl: database.url, entities });
  const rows = await database.pool.query<Column>(
    `select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped`,
  );
  columns = rows.rows;
});
afterAll(async () => {
  await orm.close(true);
  await database.drop();
});

/** PostgreSQL's names for what the entities call otherwise. */
const typeNames: Readonly<Record<string, string>> = {
  'timestamptz(0)': 'timestamp with time zone',
  timestamptz: 'timestamp with time zone',
  int: 'integer',
  // An identity column, in the entities' words.
  bigserial: 'bigint',
  bool: 'boolean',
};

describe('the entities', () => {
  test('have every column of their tables, with its type and nullability, and no other', () => {
    const declared = [...orm.getMetadata()].flatMap((meta) =>
      meta.props
        .filter((property) => property.persist !== false)
        .map((property): Column => {
          const [column = ''] = property.fieldNames;
          const [type = ''] = property.columnTypes;
          return { table: meta.tableName, column, type: typeNames[type] ?? type, nullable: property.nullable === true };
        }),
    );
    const stored = columns.filter(({ table, column }) => !statementTables.includes(table) && !indexColumns.includes(`${table}.${column}`));
    const inOrder = (list: readonly Column[]): string[] =>
      list.map(({ table, column, type, nullable }) => `${table}.${column} ${type}${nullable ? ' null' : ''}`).toSorted();
    expect(inOrder(declared)).toEqual(inOrder(stored));
    expect(declared.length).toBeGreaterThan(60);
  });

  test('are all the tables there are, but for those that only statements use', () => {
    const tables = new Set(columns.map(({ table }) => table));
    const declared = [...orm.getMetadata()].map((meta) => meta.tableName);
    expect([...tables].toSorted()).toEqual([...declared, ...statementTables].toSorted());
  });
});

describe('migrating', () => {
  test('an empty database makes it ready, and doing it again or twice at once changes nothing', async () => {
    await using empty = await createTestDatabase({ migrated: false });
    expect(await pendingMigrations(empty.url)).not.toEqual([]);
    await Promise.all([migrate(empty.url), migrate(empty.url)]);
    expect(await pendingMigrations(empty.url)).toEqual([]);
    await migrate(empty.url);
    const jobs = await empty.pool.query<{ n: number }>('select count(*)::int as n from graphile_worker.jobs');
    expect(jobs.rows[0]).toEqual({ n: 0 });
  });
});
