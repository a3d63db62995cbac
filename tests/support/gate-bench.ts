// Several workers' gates on one row, with providers that are never asked, by a database's clock that goes on only when it is told to.
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type pg from 'pg';
import type { Database } from '../../src/database/database.ts';
import type { Provider, SendOutcome } from '../../src/domain/send-outcome.ts';
import { makeProviderGate } from '../../src/operations/provider-gate.ts';
import type { ProviderGate } from '../../src/operations/provider-gate.ts';
import { given, openEngineDatabase } from './engine-seed.ts';
import { readGateRow, resetGate } from './gate.ts';
import { silentChanges } from './operations.ts';
import { stopClock } from './seed.ts';
import { createTestDatabase } from './test-database.ts';

export interface GateBench {
  database: Database;
  pool: pg.Pool;
  /** One worker's gate; `token` is the generation of its token. */
  worker(token?: { generation: number }): ProviderGate;
  /** How often lanes were told to look again. */
  wakes: number;
  /** What the gates told of themselves. */
  notices: (string | null)[];
  state(): Promise<string>;
  /** The database's clock stands still; so many milliseconds pass at once. */
  passes(ms: number): Promise<void>;
  /** How long the gate stays closed. */
  pauseSeconds(): Promise<number>;
}

/** Call at the top of a file; every test begins with an open gate that remembers nothing. */
export function useGates(): GateBench {
  const gates: ProviderGate[] = [];
  let now = 0;
  const bench = {
    worker: (token = { generation: 0 }) => {
      const provider: Provider = {
        send: async () => Promise.reject(new Error('nobody sends here')),
        tokenGeneration: () => token.generation,
        giveUp: () => undefined,
        close: async () => undefined,
      };
      const wakeSenders = async (): Promise<void> => {
        bench.wakes += 1;
      };
      const gate = makeProviderGate({
        database: bench.database,
        provider,
        probeMs: 10_000,
        wakeSenders,
        changes: { ...silentChanges, changed: (subject) => bench.notices.push(subject) },
        log: pino({ level: 'silent' }),
      });
      gates.push(gate);
      return gate;
    },
    passes: async (ms) => {
      now += ms;
      await stopClock(bench.pool, new Date(now).toISOString());
    },
    state: async () => (await readGateRow(bench.pool)).state,
    pauseSeconds: async () => Math.round(given((await readGateRow(bench.pool)).blockedForMs) / 1_000),
  } as GateBench;
  const stack = new AsyncDisposableStack();
  beforeAll(async () => {
    const db = stack.use(await createTestDatabase());
    bench.pool = db.pool;
    bench.database = stack.use(await openEngineDatabase(db.url));
  });
  beforeEach(async () => {
    now = Date.parse('2027-06-15T09:00:00Z');
    await bench.passes(0);
    await resetGate(bench.pool);
    bench.wakes = 0;
    bench.notices = [];
  });
  afterEach(async () => {
    await Promise.all(gates.splice(0).map(async (gate) => gate[Symbol.asyncDispose]()));
  });
  afterAll(async () => stack.disposeAsync());
  return bench;
}

/** So many requests of this worker ended so. */
export function answer(gate: ProviderGate, outcome: SendOutcome, times: number): void {
  for (let time = 0; time < times; time += 1) gate.answered(outcome, 0);
}

/** A test of the provider that ends so; the pause must be over. */
export async function probe(gate: ProviderGate, outcome: SendOutcome): Promise<void> {
  const token = await gate.beginProbe();
  if (token === null) throw new Error('the probe is not to be had');
  await gate.endProbe(token, outcome, 0);
}

/** What a request may end in. */
export const outcomes = {
  good: { kind: 'accepted' },
  bad: { kind: 'retry', code: 'HTTP_500', message: 'The provider answered 500', httpStatus: 500 },
  refused: { kind: 'refused', code: 'REJECTED', message: 'no such number' },
  unclear: { kind: 'ambiguous', code: 'TIMEOUT', message: 'No whole answer' },
  throttled: (retryAfterMs: number) => ({ kind: 'throttled', retryAfterMs, code: 'HTTP_429', message: 'slow down' }),
  tokenRefused: { kind: 'token-refused', code: 'HTTP_401', message: 'The provider refused the token with 401' },
} as const satisfies Readonly<Record<string, SendOutcome | ((retryAfterMs: number) => SendOutcome)>>;
