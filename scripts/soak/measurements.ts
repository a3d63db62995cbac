// What must not grow: memory of the processes, dead rows and sizes of the tables.
import type pg from 'pg';
import type { Journal } from './journal.ts';
import type { SoakProcess } from './processes.ts';

interface Range {
  first: number;
  most: number;
  last: number;
}

export interface Measurements {
  readonly memory: ReadonlyMap<string, Range>;
  readonly tables: ReadonlyMap<string, { readonly deadRows: Range; readonly megabytes: Range }>;
  readonly take: () => Promise<void>;
}

/** Several times what a process needs: a leak passes it, a busy minute does not. */
const mostMemoryMb = 700;

export function makeMeasurements(processes: readonly SoakProcess[], pool: pg.Pool, journal: Journal): Measurements {
  const memory = new Map<string, Range>();
  const tables = new Map<string, { deadRows: Range; megabytes: Range }>();
  return {
    memory,
    tables,
    take: async () => {
      for (const process of processes) {
        const megabytes = await process.memoryMb();
        if (megabytes === null) continue;
        memory.set(process.name, extend(memory.get(process.name), megabytes));
        if (megabytes > mostMemoryMb) journal.violated(`${process.name} takes ${megabytes} MB of memory`);
      }
      const { rows } = await pool
        .query<{ name: string; dead: number; megabytes: number }>(
          `select relname as name, n_dead_tup::int as dead, round(pg_total_relation_size(relid) / 1048576.0, 1)::float8 as megabytes
           from pg_stat_user_tables where relname in ('message', 'batch', 'mailing_statistics', 'message_attempt', '_private_jobs')`,
        )
        .catch(() => ({ rows: [] }));
      for (const { name, dead, megabytes } of rows) {
        const known = tables.get(name);
        tables.set(name, { deadRows: extend(known?.deadRows, dead), megabytes: extend(known?.megabytes, megabytes) });
      }
    },
  };
}

function extend(range: Range | undefined, value: number): Range {
  return { first: range?.first ?? value, most: Math.max(range?.most ?? value, value), last: value };
}
