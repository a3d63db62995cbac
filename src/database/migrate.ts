// Brings a database to the schema this version needs: our own migrations, then graphile-worker's.
// Safe to run by several processes at once and on every start: an advisory lock lets one through at a time.
import { fileURLToPath } from 'node:url';
import { MikroORM } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import pg from 'pg';
import { entities } from './entities.ts';
import { migrateJobQueue } from './job-queue.ts';

const MIGRATION_LOCK = 4_201_001;

/** The folder of migrations: beside src/ and dist/ alike. They are TypeScript that Node.js runs as it is. */
const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));

/** Applies every pending migration. Idempotent. Throws what PostgreSQL reports when a migration fails; that one is rolled back. */
export async function migrate(databaseUrl: string): Promise<void> {
  const guard = new pg.Client({ connectionString: databaseUrl });
  await guard.connect();
  try {
    await guard.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const orm = await openMigrationOrm(databaseUrl);
    try {
      await orm.migrator.up();
    } finally {
      await orm.close(true);
    }
    await migrateJobQueue(databaseUrl);
  } finally {
    await guard.end();
  }
}

/** Names of migrations that the database does not have yet; empty when it can serve. */
export async function pendingMigrations(databaseUrl: string): Promise<string[]> {
  const orm = await openMigrationOrm(databaseUrl);
  try {
    return (await orm.migrator.getPending()).map((migration) => migration.name);
  } finally {
    await orm.close(true);
  }
}

async function openMigrationOrm(databaseUrl: string): Promise<MikroORM> {
  return MikroORM.init({
    clientUrl: databaseUrl,
    entities,
    extensions: [Migrator],
    migrations: { path: migrationsFolder, pathTs: migrationsFolder, glob: '*.ts', snapshot: false, tableName: 'schema_migration' },
    discovery: { checkDuplicateTableNames: true },
    pool: { min: 0, max: 2 },
    logger: () => {},
  });
}
