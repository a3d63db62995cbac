// What every benchmark of sending is made of: the stub in place of the provider, a worker in this process, and one mailing from the
// answer of createMailing to COMPLETED, with what it cost.
import { fileURLToPath } from 'node:url';
import type { Config } from '../src/config.ts';
import { readConfig } from '../src/config.ts';
import { makeCreateMailing } from '../src/operations/create-mailing.ts';
import type { Program } from './processes.ts';
import { cpuSecondsOf, startProgram } from './processes.ts';
import type { Stage } from './stage.ts';

export const connections = 64;
const text = 'Hello there, this is a test message';

export interface Stub extends AsyncDisposable {
  /** Up to and including /v1. */
  readonly url: string;
  /** Of its process so far. */
  cpuSeconds(): Promise<number>;
}

export async function startStub(delayMs = 0): Promise<Stub> {
  const program: Program = await startProgram(fileURLToPath(new URL('provider-stub.ts', import.meta.url)), { args: [String(delayMs)] });
  return {
    url: `http://127.0.0.1:${String(program.said['port'])}/v1`,
    cpuSeconds: async () => cpuSecondsOf(program.process.pid),
    [Symbol.asyncDispose]: async () => program[Symbol.asyncDispose](),
  };
}

export function workerConfig(): Config {
  const result = readConfig({ PROVIDER_CONNECTIONS: String(connections), PROVIDER_TOKEN: 'bench-token' });
  if (!result.ok) throw new Error(result.faults.join('\n'));
  return result.config;
}

export interface Sent {
  readonly perSecond: number;
  /** Of this process, the sender. */
  readonly cpuSeconds: number;
  /** Of PostgreSQL's backends. */
  readonly databaseCpuSeconds: number;
  readonly peakMiB: number;
}

/** Creates a mailing to all clients with the tag, or to all, that starts at once and has a day; its id. */
export async function beginMailing(stage: Stage, tag: string | null): Promise<string> {
  const now = Date.now();
  const filter = { operatorCodes: [], tags: tag === null ? [] : [tag] };
  const created = await makeCreateMailing(stage)({ text, filter, startsAt: now - 1_000, endsAt: now + 86_400_000 }, null);
  if (!created.ok) throw new Error(JSON.stringify(created.errors));
  return created.value.id;
}

/** Sends one mailing to all clients with the tag, and sees to it that all `messages` were sent. */
export async function sendMailing(stage: Stage, messages: number, tag: string): Promise<Sent> {
  const { database } = stage;
  const backendsBefore = await backendCpu(database);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const id = await beginMailing(stage, tag);
  let peakMiB = 0;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    peakMiB = Math.max(peakMiB, process.memoryUsage.rss() / 1_048_576);
    const [state] = await database.rows<{ status: string; sent: number; total: number }>(
      `select m.status::text as status, s.sent::float8 as sent, s.total::float8 as total
       from mailing m join mailing_statistics s on s.mailing_id = m.id where m.id = $1::bigint`,
      [id],
    );
    if (state?.status !== 'COMPLETED') continue;
    if (state.sent !== messages || state.total !== messages) throw new Error(`sent ${state.sent} of ${state.total}, expected ${messages}`);
    break;
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const used = process.cpuUsage(cpu);
  const backends = await backendCpu(database);
  let databaseCpuSeconds = 0;
  for (const [pid, after] of backends) databaseCpuSeconds += after - (backendsBefore.get(pid) ?? 0);
  return { perSecond: messages / seconds, cpuSeconds: (used.user + used.system) / 1e6, databaseCpuSeconds, peakMiB };
}

/** Backends that end in the middle take what they used with them: those of the worker's pool do not. */
export async function backendCpu(database: Stage['database']): Promise<Map<number, number>> {
  const rows = await database.rows<{ pid: number }>('select pid from pg_stat_activity where pid is not null');
  const used = new Map<number, number>();
  for (const { pid } of rows) {
    const seconds = await cpuSecondsOf(pid);
    // A worker of autovacuum that has ended since has nothing to tell.
    if (!Number.isNaN(seconds)) used.set(pid, seconds);
  }
  return used;
}

/** Microseconds of CPU per message. */
export function perMessage(cpuSeconds: number, messages: number): string {
  return `${((cpuSeconds / messages) * 1e6).toFixed(1)} us`;
}
