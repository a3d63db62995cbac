// The plans of the engine's statements on 100,000 clients and messages: through an index, whether PostgreSQL knows the parameters (custom
// plan) or not (the generic plan that prepared statements are given after a while).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as batchQueries from '../../src/database/batch-queries.ts';
import type { LeasedBatch } from '../../src/database/batch-queries.ts';
import type { Database, Sql, Transaction } from '../../src/database/database.ts';
import { CHUNK_SIZE, expandChunk } from '../../src/database/expansion-queries.ts';
import * as finishQueries from '../../src/database/finish-queries.ts';
import { takeSamples } from '../../src/database/sample-queries.ts';
import { settleAccepted, settleMixed } from '../../src/database/settle-queries.ts';
import { readQueueState } from '../../src/database/queue-state-queries.ts';
import type { Settled } from '../../src/database/settle-queries.ts';
import { first } from '../support/engine-seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
const batch: LeasedBatch = { id: '700', mailingId: '7', timeZone: 'UTC', token: '1700', pending: 500, rescues: 0 };

beforeAll(async () => {
  db = await createTestDatabase();
  // Ten large mailings in the middle of sending among 2,000 that are over; every 20th batch is somebody's.
  await db.pool.query(`
    insert into client (phone, operator_code, tag, time_zone, opted_out_at)
      select 79000000000 + n, (900 + n % 100)::text, case when n % 5 = 0 then 'tag' || n % 1000 end, (array['Europe/Moscow', 'Asia/Omsk', '+03:00'])[n % 3 + 1],
        case when n % 1000 = 0 then instant_now() end
      from generate_series(1, 100000) n;
    insert into mailing (text, starts_at, ends_at, status, started_at, finished_at, expansion_ceiling, expansion_cursor, expanded_at)
      select 'text', '2026-01-01Z', '2099-01-01Z', case when n <= 10 then 'RUNNING' else 'COMPLETED' end::mailing_status, instant_now(),
        case when n > 10 then instant_now() end, 100000, 50000, case when n > 10 then instant_now() end
      from generate_series(1, 2000) n;
    insert into mailing_statistics (mailing_id) select id from mailing;
    insert into batch (id, mailing_id, time_zone, due_at, close_at, pending, lease_token, lease_until)
      select n, n % 10 + 1, 'UTC', instant_now() + (n % 100 - 50) * interval '1 minute', instant_now() + (n % 200 + 50) * interval '1 minute', 50,
        case when n % 20 = 0 then 1000 + n end, case when n % 20 = 0 then instant_now() + interval '1 minute' end
      from generate_series(1, 2000) n;
    insert into message (mailing_id, client_id, phone, batch_id, status, finished_at)
      select n / 50 % 10 + 1, n, 79000000000 + n, case when n < 100000 then n / 50 + 1 else 2000 end,
        case when n % 3 = 0 then 'SENT' else 'PENDING' end::message_status, case when n % 3 = 0 then instant_now() end
      from generate_series(1, 100000) n;`);
  await db.pool.query('vacuum analyze');
});
afterAll(async () => db.drop());

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

interface Usage {
  readonly indexes: ReadonlySet<string>;
  readonly scannedWhole: ReadonlySet<string>;
}

/** The statements that a query function asks, unasked. */
async function statementsOf(ask: (sql: Transaction) => Promise<unknown>): Promise<{ text: string; values: readonly unknown[] }[]> {
  const asked: { text: string; values: readonly unknown[] }[] = [];
  const rows: Sql['rows'] = async (text, values = []) => {
    asked.push({ text, values });
    return [];
  };
  // Nothing is answered: a function that needs an answer gives up after its first statement.
  await ask({ rows } as Transaction).catch(() => undefined);
  return asked;
}

async function usagesOf(ask: (sql: Transaction) => Promise<unknown>): Promise<Usage[]> {
  const usages: Usage[] = [];
  for (const { text, values } of await statementsOf(ask)) {
    const custom = await db.pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>({
      text: `explain (format json) ${text}`,
      values: [...values],
    });
    const generic = await db.pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(`explain (format json, generic_plan) ${text}`);
    usages.push(toUsage(first(custom.rows)['QUERY PLAN'][0].Plan), toUsage(first(generic.rows)['QUERY PLAN'][0].Plan));
  }
  return usages;
}

function toUsage(plan: PlanNode): Usage {
  const indexes = new Set<string>();
  const scannedWhole = new Set<string>();
  const visit = (node: PlanNode): void => {
    if (node['Index Name'] !== undefined) indexes.add(node['Index Name']);
    if (node['Node Type'] === 'Seq Scan') scannedWhole.add(node['Relation Name'] ?? '?');
    node.Plans?.forEach(visit);
  };
  visit(plan);
  return { indexes, scannedWhole };
}

/** Says yes to the first statement, so that the second is asked. */
const answering = (sql: Transaction): Transaction => ({
  ...sql,
  rows: async <Row extends object>(text: string, values?: readonly unknown[]) => {
    if (text.includes('pg_try_advisory_xact_lock')) return [{ locked: true } as unknown as Row];
    return sql.rows<Row>(text, values);
  },
});

const ids = Array.from({ length: 250 }, (_, n) => String(35_000 + n));
const outcomes = ids.map((messageId, n): Settled => {
  const base = { messageId, attemptsBefore: 0, latencyMs: 5, delayMs: 2_000 };
  return n % 2 === 0
    ? { ...base, kind: 'accepted', code: null, message: null, httpStatus: null }
    : { ...base, kind: 'retry', code: 'X', message: 'x', httpStatus: 500 };
});
const intervals = new Map(
  ['Europe/Moscow', 'Asia/Omsk', '+03:00'].map((zone) => [zone, { opensAt: Date.now(), closesAt: Date.now() + 3_600_000 }]),
);
const expansion = (operatorCodes: string[], tags: string[]) => async (tx: Transaction) =>
  expandChunk(tx, '7', { operatorCodes, tags }, intervals, CHUNK_SIZE);

describe.each<[string, (sql: Transaction) => Promise<unknown>, readonly string[]]>([
  ['leasing a batch', async (sql) => batchQueries.leaseBatch(sql, '7', 60_000, 500), ['batch_due', 'batch_pkey', 'mailing_pkey']],
  ['reading a portion', async (sql) => batchQueries.readPortion(sql, batch, '35000'), ['batch_pkey', 'message_batch']],
  ['reading a portion again', async (sql) => batchQueries.recheckPortion(sql, batch, ids.slice(0, 84)), ['batch_pkey', 'message_']],
  [
    'extending leases',
    async (sql) => batchQueries.extendLeases(sql, [batch, { ...batch, id: '720', token: '1720' }], 60_000),
    ['batch_leased'],
  ],
  ['releasing a batch', async (sql) => batchQueries.releaseBatch(sql, batch), ['batch_leased', 'batch_pkey']],
  [
    'keeping a part of a batch',
    async (sql) => batchQueries.releaseAllBut(sql, batch, ids.slice(0, 10), '9000', 60_000),
    ['batch_pkey', 'message_'],
  ],
  ['looking for what is due next', async (sql) => batchQueries.nextDue(sql, '7', 500), ['batch_due']],
  ['freeing leases that ran out', async (sql) => batchQueries.freeExpiredLeases(sql), ['batch_leased', 'batch_pkey']],
  [
    'settling acceptances',
    async (sql) => settleAccepted(sql, batch, ids, 60_000),
    ['batch_pkey', 'message_pkey', 'mailing_statistics_pkey'],
  ],
  [
    'settling mixed outcomes',
    async (sql) => settleMixed(sql, batch, outcomes, 60_000),
    ['batch_pkey', 'message_pkey', 'mailing_statistics_pkey'],
  ],
  ['expanding to everybody', expansion([], []), ['client_pkey', 'mailing_pkey']],
  ['expanding to an operator', expansion(['917'], []), ['client_']],
  ['expanding to some operators', expansion(['917', '918', '919'], []), ['client_']],
  ['expanding to a tag', expansion([], ['tag5']), ['client_tag']],
  ['expanding to an operator with a tag', expansion(['905', '910'], ['tag5', 'tag10']), ['client_']],
  ['reading what there is to finish', async (sql) => finishQueries.readFinishFacts(sql, '7'), ['batch_']],
  ['ending batches', async (sql) => finishQueries.endBatches(sql, '7', 'EXPIRED', null), ['batch_', 'message_batch']],
  ['finding closed batches', async (sql) => finishQueries.closedBatches(sql, '7'), ['batch_close']],
  [
    'moving batches to the next opening',
    async (sql) => finishQueries.rollBatches(sql, [{ id: '7', closedAt: 1, dueAt: 2, closeAt: 3 }]),
    ['batch_pkey'],
  ],
  [
    'sampling',
    async (sql) => takeSamples({ ...({} as Database), transaction: async (work) => work(answering(sql)) }, 1_500),
    ['mailing_pkey', 'mailing_statistics_pkey'],
  ],
  ['looking at the queue for the metrics', readQueueState, ['batch_due', 'batch_leased', 'mailing_unfinished']],
  ['completing a mailing', async (sql) => finishQueries.completeMailing(sql, '7'), ['mailing_pkey', 'mailing_statistics_pkey']],
])('%s', (_, ask, expected) => {
  test('goes through its indexes and scans neither messages nor clients nor batches', async () => {
    const usages = await usagesOf(ask);
    expect(usages.length).toBeGreaterThanOrEqual(2);
    const whole = usages.map(({ scannedWhole }) => ['message', 'client', 'batch'].filter((table) => scannedWhole.has(table)));
    expect(whole).toEqual(usages.map(() => []));
    for (const { indexes } of usages) {
      for (const name of expected)
        expect(
          [...indexes].filter((index) => index.startsWith(name)),
          `${name} of ${[...indexes].join()}`,
        ).not.toEqual([]);
    }
  });
});
