// What a mailing leaves in tables, indexes and the write-ahead log, as PostgreSQL itself counts it.
import type { Database } from '../src/database/database.ts';

/** Of one or a few rows for a mailing, changed all the time while it is sent. */
export const hotTables = [
  'batch',
  'mailing_statistics',
  'mailing_quarter',
  'mailing_sampling',
  'provider_gate',
  'provider_answers',
  'rate_grant',
] as const;

/** The tables that a mailing writes. */
const tables = ['message', ...hotTables, '_private_jobs'];

export interface TableFigures {
  readonly name: string;
  readonly live: number;
  readonly dead: number;
  readonly heapBytes: number;
  readonly indexBytes: number;
  readonly updates: number;
  readonly hot: number;
  readonly autovacuums: number;
  readonly autovacuumMs: number;
}

/** pgstattuple counts rows exactly, pg_walinspect takes the log apart. The log must be kept: `keptLog` among the server's parameters. */
export async function addInspection(database: Database): Promise<void> {
  await database.rows('create extension if not exists pgstattuple');
  await database.rows('create extension if not exists pg_walinspect');
}

export const keptLog = { wal_keep_size: '16GB' };

/** Rows by looking at every page; updates by the cumulative statistics, which backends report within ten seconds. */
export async function readTables(database: Database): Promise<TableFigures[]> {
  return database.rows<TableFigures>(
    `select s.relname as name, t.tuple_count::float8 as live, t.dead_tuple_count::float8 as dead, pg_relation_size(s.relid)::float8 as "heapBytes",
       pg_indexes_size(s.relid)::float8 as "indexBytes", s.n_tup_upd::float8 as updates, s.n_tup_hot_upd::float8 as hot,
       s.autovacuum_count::float8 as autovacuums, s.total_autovacuum_time as "autovacuumMs"
     from unnest($1::text[]) with ordinality as wanted(name, place)
     join pg_stat_user_tables s on s.relname = wanted.name
     cross join lateral pgstattuple(s.relid) t
     order by wanted.place`,
    [tables],
  );
}

/** Waits until the updates of that many rows of message have been reported. */
export async function reportedUpdates(database: Database, least: number): Promise<void> {
  for (;;) {
    const [row] = await database.rows<{ n: number }>(`select n_tup_upd::float8 as n from pg_stat_user_tables where relname = 'message'`);
    if ((row?.n ?? 0) >= least) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Where the write-ahead log ends now. */
export async function logEnd(database: Database): Promise<string> {
  const [row] = await database.rows<{ lsn: string }>('select pg_current_wal_flush_lsn()::text as lsn');
  if (row === undefined) throw new Error('a statement without from always returns a row');
  return row.lsn;
}

export interface LogFigures {
  readonly records: number;
  /** Of records without the images of whole pages in them. */
  readonly bytes: number;
  /** Of whole pages, written at the first change after a checkpoint. */
  readonly pageBytes: number;
}

/** What was written to the log from `start` to `end`. */
export async function readLog(database: Database, start: string, end: string): Promise<LogFigures> {
  const [row] = await database.rows<LogFigures>(
    `select coalesce(sum(count), 0)::float8 as records, coalesce(sum(record_size), 0)::float8 as bytes, coalesce(sum(fpi_size), 0)::float8 as "pageBytes"
     from pg_get_wal_stats($1::pg_lsn, $2::pg_lsn)`,
    [start, end],
  );
  if (row === undefined) throw new Error('an aggregate gave no row');
  return row;
}

export function mebibytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(bytes < 10_485_760 ? 2 : 0);
}

/** Per cent of updates; nothing when there were none. */
export function hotShare({ updates, hot }: Pick<TableFigures, 'updates' | 'hot'>): string {
  return updates === 0 ? '' : ((hot / updates) * 100).toFixed(1);
}
