// What most end-to-end tests say: clients in the directory, a mailing to them, its statistics, and the proof at the end.
import { expect } from 'vitest';
import type pg from 'pg';
import type { StubEntry, StubProvider } from './stub-provider.ts';
import type { TestService } from './service.ts';
import { eventually } from './eventually.ts';

export interface Statistics {
  readonly mailingStatus: string;
  readonly total: number;
  readonly pending: number;
  readonly sent: number;
  readonly failed: number;
  readonly expired: number;
  readonly cancelled: number;
  readonly unconfirmed: number;
  readonly version: number;
}

export const statisticsFields = 'mailingStatus total pending sent failed expired cancelled unconfirmed version';

/** Clients 0 to count - 1 with phone 79000000000 + i, straight into the table: the API's own way is tested elsewhere. */
export async function addClients(
  pool: pg.Pool,
  count: number,
  {
    from = 0,
    tag = null,
    timeZone = 'Europe/Moscow',
    operatorCode = '900',
  }: { from?: number; tag?: string | null; timeZone?: string; operatorCode?: string } = {},
): Promise<void> {
  await pool.query(
    `insert into client (phone, operator_code, tag, time_zone) select 79000000000 + g, $3, $4, $5 from generate_series($1::bigint, $1::bigint + $2::bigint - 1) g`,
    [from, count, operatorCode, tag, timeZone],
  );
}

export const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** Creates a mailing that runs for an hour from now unless told otherwise; returns its id. */
export async function createMailing(service: TestService, input: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const { createMailing: payload } = await service.query<{ createMailing: { mailing: { id: string } | null; userErrors: unknown[] } }>(
    'mutation ($input: CreateMailingInput!) { createMailing(input: $input) { mailing { id } userErrors { code field message } } }',
    { input: { text: 'Hello', startsAt: inMs(-1_000), endsAt: inMs(3_600_000), ...input } },
  );
  if (payload.mailing === null) throw new Error(JSON.stringify(payload.userErrors));
  return payload.mailing.id;
}

export async function readStatistics(service: TestService, id: string): Promise<Statistics> {
  const { mailing } = await service.query<{ mailing: { statistics: Statistics } | null }>(
    `query ($id: ID!) { mailing(id: $id) { statistics { ${statisticsFields} } } }`,
    {
      id,
    },
  );
  if (mailing === null) throw new Error(`no mailing ${id}`);
  return mailing.statistics;
}

/** Waits until the mailing is over, and returns its last counts. */
export async function finished(service: TestService, id: string, timeoutMs = 120_000): Promise<Statistics> {
  return eventually(
    async () => {
      const statistics = await readStatistics(service, id);
      return ['COMPLETED', 'CANCELLED'].includes(statistics.mailingStatus) && statistics.pending === 0 ? statistics : false;
    },
    { timeoutMs, everyMs: 100 },
  );
}

/** Calls a mutation that takes an id (pauseMailing, cancelMailing, ...); throws when it answers userErrors. */
export async function mutate(service: TestService, field: string, id: string): Promise<void> {
  const answer = await service.query<Record<string, { userErrors: unknown[] }>>(
    `mutation ($id: ID!) { ${field}(id: $id) { userErrors { code field message } } }`,
    { id },
  );
  expect(answer[field]?.userErrors).toEqual([]);
}

/** Every request kept the contract, and nothing was taken twice. */
export function expectOnceEach(stub: StubProvider, count: number): void {
  expect(stub.ledger.filter((entry) => entry.faults.length > 0)).toEqual([]);
  expect(stub.accepted().length).toBe(count);
  expect(new Set(stub.accepted().map((entry) => entry.body?.phone)).size).toBe(count);
}

/** When the last request of the ledger arrived, epoch milliseconds; not how late it was read. */
export function lastRequestAt(ledger: readonly StubEntry[]): number {
  return Math.max(...ledger.map((entry) => entry.since));
}
