// Faults of processes and of the database, one after the other, drawn by the seed.
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Draws } from './draws.ts';
import type { Journal } from './journal.ts';
import type { SoakProcess } from './processes.ts';

const faults = [
  'kill a worker',
  'kill a worker',
  'kill an api',
  'freeze a worker',
  'freeze an api',
  'drain a worker',
  'drain an api',
  'cut connections',
  'cut connections again and again',
  'restart the database',
  'crash the database',
] as const;

/** A worker that lost its lease or its database is over it by then: well below the promised 30 s. */
const recoveryMs = 10_000;
const killTailMs = 2_000;

interface Ground {
  readonly processes: readonly SoakProcess[];
  readonly pool: pg.Pool;
  readonly leaseMs: number;
  readonly draws: Draws;
  readonly journal: Journal;
}

/** Injects until aborted; every fault is over when this resolves. */
export async function makeTrouble(ground: Ground, signal: AbortSignal): Promise<void> {
  const { draws } = ground;
  while (!signal.aborted) {
    await delay(draws.between(3_000, 9_000), undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await inject(draws.pick(faults), ground);
  }
}

async function inject(fault: (typeof faults)[number], { processes, pool, leaseMs, draws, journal }: Ground): Promise<void> {
  const role = fault.endsWith('api') ? 'api' : 'worker';
  const [first, second] = processes.filter((process) => process.role === role);
  if (first === undefined || second === undefined) return;
  const victim = draws.pick([first, second]);
  switch (fault) {
    case 'kill a worker':
    case 'kill an api': {
      const over = journal.disturb(fault, killTailMs);
      await victim.kill();
      over();
      await delay(draws.between(0, 3_000));
      return victim.start();
    }
    case 'drain a worker':
    case 'drain an api':
      journal.harmless(fault);
      await victim.drain();
      return victim.start();
    case 'freeze a worker':
    case 'freeze an api': {
      const over = journal.disturb(fault, recoveryMs);
      victim.freeze();
      await delay(role === 'worker' ? leaseMs + draws.between(500, 3_000) : draws.between(1_000, 3_000));
      victim.thaw();
      return over();
    }
    case 'cut connections':
    case 'cut connections again and again': {
      const over = journal.disturb(fault, recoveryMs);
      for (let left = fault === 'cut connections' ? 1 : 10; left > 0; left -= 1) {
        await quietly(
          pool.query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname is not null'),
        );
        if (left > 1) await delay(200);
      }
      return over();
    }
    case 'restart the database':
    case 'crash the database': {
      const over = journal.disturb(fault, recoveryMs);
      await endDatabase(pool, fault === 'restart the database' ? 'SIGINT' : 'SIGQUIT');
      while (!(await quietly(pool.query('select 1')))) await delay(100);
      return over();
    }
    default:
      return fault satisfies never;
  }
}

/** SIGINT: fast shutdown. SIGQUIT: as a crash, replayed from the log at the next start, which follows by itself. */
async function endDatabase(pool: pg.Pool, by: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  const { rows } = await pool.query<{ file: string }>("select pg_read_file('postmaster.pid') as file").catch(() => ({ rows: [] }));
  const pid = Number.parseInt(rows[0]?.file ?? '', 10);
  if (pid > 1) process.kill(pid, by);
  await delay(300);
}

async function quietly(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
