// Creating a mailing: what it leaves in the tables and in the job queue, what it costs, and what it is refused for.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { findMailing } from '../../src/database/mailing-queries.ts';
import { readTotals } from '../../src/database/statistics-queries.ts';
import type { NewMailingInput } from '../../src/domain/mailing.ts';
import { eventually } from '../support/eventually.ts';
import { clearEngine, countsOf } from '../support/engine-seed.ts';
import { errorsOf, makeOperations, openOperations, silentChanges, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
import { jobsOf, messagesOf, stopClock } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: OpenedOperations;

const now = '2026-03-10T12:00:00Z';
const nowAt = Date.parse(now);
const hour = 3_600_000;
const hourly: NewMailingInput = { text: 'Hello', startsAt: nowAt + hour, endsAt: nowAt + 2 * hour };

beforeAll(async () => {
  db = await createTestDatabase();
  api = await openOperations(db.url);
});
beforeEach(async () => {
  await clearEngine(db.pool);
  await stopClock(db.pool, now);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});

describe('a new mailing', () => {
  test('is stored with its counters and with the jobs that start and end it', async () => {
    const created = valueOf(
      await api.createMailing(
        {
          ...hourly,
          filter: { operatorCodes: ['916', '925', '916'], tags: ['vip'] },
          sendWindow: { from: '22:00', to: '06:00' },
          ratePerSecond: 7,
        },
        null,
      ),
    );
    expect(created).toEqual({
      id: created.id,
      text: 'Hello',
      operatorCodes: ['916', '925'],
      tags: ['vip'],
      startsAt: nowAt + hour,
      endsAt: nowAt + 2 * hour,
      windowFrom: '22:00',
      windowTo: '06:00',
      ratePerSecond: 7,
      status: 'SCHEDULED',
      startedAt: null,
      finishedAt: null,
      messagesRemovedAt: null,
      createdAt: nowAt,
      updatedAt: nowAt,
      version: 1,
    });
    expect(await findMailing(api.database, created.id)).toEqual(created);
    expect(await jobsOf(db.pool, created.id)).toEqual({ expand: '2026-03-10T13:00:00Z', finish: '2026-03-10T14:00:00Z' });
    expect(await countsOf(db.pool, created.id)).toMatchObject({ total: 0, pending: 0 });
    await eventually(() => api.heard.has(created.id));
  });

  test('whose start is past starts at once', async () => {
    const { id } = valueOf(await api.createMailing({ ...hourly, startsAt: nowAt - hour }, null));
    expect(await jobsOf(db.pool, id)).toMatchObject({ expand: 'now' });
  });

  test('whose commit is lost leaves nothing, no job either', async () => {
    const failing: Database = {
      ...api.database,
      transaction: async (work) =>
        api.database.transaction(async (tx) => {
          await work(tx);
          throw new Error('the connection broke');
        }),
    };
    const operations = makeOperations({
      database: failing,
      changes: silentChanges,
      log: api.log,
    });
    await expect(operations.createMailing(hourly, null)).rejects.toThrow('the connection broke');
    const { rows } = await db.pool.query(
      'select (select count(*) from mailing)::int as mailings, (select count(*) from graphile_worker.jobs)::int as jobs',
    );
    expect(rows).toEqual([{ mailings: 0, jobs: 0 }]);
  });

  test('is refused with every fault at once', async () => {
    const refused = await api.createMailing(
      {
        text: '',
        filter: { operatorCodes: ['91'] },
        startsAt: nowAt - 2 * hour,
        endsAt: nowAt,
        sendWindow: { from: '9:00', to: '18:00' },
        ratePerSecond: 0,
      },
      null,
    );
    expect(errorsOf(refused)).toEqual([
      'INVALID_TEXT input.text',
      'INVALID_FILTER input.filter.operatorCodes.0',
      'INVALID_PERIOD input.endsAt',
      'INVALID_SEND_WINDOW input.sendWindow.from',
      'INVALID_RATE input.ratePerSecond',
    ]);
    expect((await readTotals(api.database)).mailings.total).toBe(0);
  });

  test('costs the same statements for ten thousand matching clients as for none', async () => {
    const statements: string[] = [];
    const counting: Database = {
      ...api.database,
      transaction: async (work) =>
        api.database.transaction(async (tx) =>
          work({
            ...tx,
            rows: async (text, values) => {
              statements.push(text);
              return tx.rows(text, values);
            },
          }),
        ),
    };
    const operations = makeOperations({
      database: counting,
      changes: silentChanges,
      log: api.log,
    });
    valueOf(await operations.createMailing(hourly, null));
    const forNone = statements.splice(0);
    await db.pool.query(
      `insert into client (phone, operator_code, time_zone) select 79000000000 + g, '900', 'UTC' from generate_series(1, 10000) g`,
    );
    const { id } = valueOf(await operations.createMailing(hourly, null));
    expect(statements).toEqual(forNone);
    expect(statements.length).toBeLessThanOrEqual(3);
    expect(statements.filter((text) => /\bclient\b/.test(text))).toEqual([]);
    expect(await messagesOf(db.pool, id)).toEqual([]);
  });
});
