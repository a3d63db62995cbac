// The figures of the daily report: exact by quarter hours in any time zone, from the first counter on, and found by indexes.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database, Sql } from '../../src/database/database.ts';
import { settleAccepted, settleMixed } from '../../src/database/settle-queries.ts';
import { endBatches } from '../../src/database/finish-queries.ts';
import type { DailyReport } from '../../src/domain/daily-report.ts';
import { makeReadDailyReport } from '../../src/operations/read-daily-report.ts';
import { makeRetryMessages } from '../../src/operations/retry-messages.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { addBatch, addMailing, clearEngine, first, openEngineDatabase, setClock } from '../support/engine-seed.ts';
import { resetClock } from '../support/movable-clock.ts';
import { stopClock } from '../support/seed.ts';
import { begin, cancel, hold, leaseMs, outcome } from '../support/settling.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let database: Database;
let engine: Engine;

beforeAll(async () => {
  db = await createTestDatabase();
  database = await openEngineDatabase(db.url);
  engine = await startEngine(db.url);
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await db.drop();
});
beforeEach(async () => {
  await resetClock(db.pool);
  await clearEngine(db.pool);
});

const read = async (date: string, timeZone = 'UTC'): Promise<DailyReport> => makeReadDailyReport({ database })(date, timeZone);

/** What the counters say of each quarter is what the messages say that reached their status in it. */
async function faultsOfQuarters(): Promise<readonly object[]> {
  const { rows } = await db.pool.query(`
    with found as (
      select mailing_id, date_bin('15 minutes', finished_at, '2000-01-01Z') as quarter, count(*) filter (where status = 'SENT') as sent,
        count(*) filter (where status = 'FAILED') as failed, count(*) filter (where status = 'EXPIRED') as expired,
        count(*) filter (where status = 'CANCELLED') as cancelled, count(*) filter (where status = 'UNCONFIRMED') as unconfirmed
      from message where finished_at is not null group by 1, 2
    )
    select * from found full join (select * from mailing_quarter where sent + failed + expired + cancelled + unconfirmed <> 0) q using (mailing_id, quarter)
    where (found.sent, found.failed, found.expired, found.cancelled, found.unconfirmed) is distinct from (q.sent, q.failed, q.expired, q.cancelled, q.unconfirmed)`);
  return rows;
}

describe('the figures of a day', () => {
  test('are exact to the quarter, whichever statement brought a message to its end', async () => {
    await setClock(db.pool, '2026-11-20T09:50:00Z');
    const { mailingId, batch, ids } = await hold(db.pool, database, 8);
    await settleAccepted(database, batch, ids.slice(0, 2), leaseMs);
    await setClock(db.pool, '2026-11-20T10:05:00Z');
    await settleMixed(
      database,
      batch,
      [outcome(ids[2], 'accepted'), outcome(ids[3], 'refused'), outcome(ids[4], 'held'), outcome(ids[5], 'retry')],
      leaseMs,
    );
    const person = await begin(db.pool);
    await cancel(person, ids[6]);
    await cancel(person, ids[7]);
    await person.commit();
    // Its request was in flight when it was cancelled.
    await settleAccepted(database, batch, ids.slice(7), leaseMs);
    expect(await faultsOfQuarters()).toEqual([]);

    const report = await read('2026-11-20');
    expect(report.day).toEqual({ created: 8, sent: 4, failed: 1, unconfirmed: 1, expired: 0, cancelled: 1, retried: 0 });
    expect(report.hours.map(({ sent }) => sent)).toEqual([
      ...Array.from({ length: 9 }, () => 0),
      2,
      2,
      ...Array.from({ length: 13 }, () => 0),
    ]);
    expect(report.listed).toMatchObject([{ id: mailingId, sent: 4, failed: 1, cancelled: 1, pending: 1, total: 8, state: 'RUNNING' }]);
    expect(report.errors).toEqual([{ code: 'HTTP_500', requests: 3, refused: 1 }]);
  });

  test('have messages that an end left over, and those put back by a person', async () => {
    await db.pool.query(
      `insert into client (phone, operator_code, time_zone) select 79000000000 + n, '900', 'UTC' from generate_series(1, 3) n`,
    );
    await setClock(db.pool, '2026-11-20T12:00:00Z');
    const { mailingId, batch, ids } = await hold(db.pool, database, 3);
    await db.pool.query(
      `update message g set client_id = c.id from client c where g.mailing_id = $1 and c.id = (select min(id) from client) + g.id - $2`,
      [mailingId, ids[0]],
    );
    await settleMixed(
      database,
      batch,
      ids.map((id) => outcome(id, 'refused')),
      leaseMs,
    );
    await setClock(db.pool, '2026-11-20T12:10:00Z');
    expect(await makeRetryMessages(engine)(mailingId, ['FAILED'])).toMatchObject({ value: { retried: 3 } });
    await setClock(db.pool, '2026-11-21T00:00:01Z');
    await addBatch(db.pool, mailingId, { size: 2 });
    await endBatches(database, mailingId, 'CANCELLED', null);
    expect((await read('2026-11-20')).day).toMatchObject({ failed: 3, retried: 3, cancelled: 0 });
    const next = await read('2026-11-21');
    expect(next.day).toMatchObject({ created: 2, cancelled: 5, failed: 0, retried: 0 });
    expect(next.dayBefore).toMatchObject({ failed: 3, retried: 3 });
  });

  test.each([
    ['Europe/Moscow', '2026-11-20T21:00:00Z', '2026-11-21'],
    ['Asia/Kathmandu', '2026-11-20T18:15:00Z', '2026-11-21'],
    ['America/St_Johns', '2026-11-21T03:30:00Z', '2026-11-21'],
  ])('belong to the day that the clocks of %s show, from its first quarter on', async (timeZone, midnight, day) => {
    await stopClock(db.pool, new Date(Date.parse(midnight) - 1).toISOString());
    const { batch, ids } = await hold(db.pool, database, 5);
    await settleAccepted(database, batch, ids.slice(0, 2), leaseMs);
    await stopClock(db.pool, midnight);
    await settleAccepted(database, batch, ids.slice(2), leaseMs);
    const { day: today, dayBefore } = await read(day, timeZone);
    expect([dayBefore.sent, today.sent]).toEqual([2, 3]);
  });

  test('tell mailings that started, ended and were running at its end, and keep the counts of one deleted since', async () => {
    await setClock(db.pool, '2026-11-19T10:00:00Z');
    const [old, done] = [await addMailing(db.pool), await addMailing(db.pool)];
    await setClock(db.pool, '2026-11-20T10:00:00Z');
    await db.pool.query(`update mailing set status = 'COMPLETED', finished_at = instant_now() where id = $1`, [done]);
    const { mailingId, batch, ids } = await hold(db.pool, database, 4);
    await settleAccepted(database, batch, ids, leaseMs);
    await addMailing(db.pool, { status: 'SCHEDULED' });
    await setClock(db.pool, '2026-11-21T10:00:00Z');
    await db.pool.query(`update mailing set status = 'CANCELLED', finished_at = instant_now() where id = $1`, [old]);
    const report = await read('2026-11-20');
    expect(report.mailings).toEqual({ started: 1, running: 2, completed: 1, cancelled: 0 });
    expect(report.listed.map(({ id, state }) => [id, state])).toEqual([
      [mailingId, 'RUNNING'],
      [done, 'COMPLETED'],
      [old, 'RUNNING'],
    ]);
    expect((await read('2026-11-21')).mailings).toEqual({ started: 0, running: 1, completed: 0, cancelled: 1 });
    await db.pool.query('update mailing set deleted_at = instant_now() where id = $1', [mailingId]);
    expect(await read('2026-11-20')).toMatchObject({ day: { sent: 4 }, mailings: { started: 0, running: 1 } });
  });

  test('list the thirty mailings with most messages and count the others', async () => {
    await setClock(db.pool, '2026-11-20T10:00:00Z');
    for (let nth = 0; nth < 32; nth += 1) await addMailing(db.pool);
    const report = await read('2026-11-20');
    expect([report.listed.length, report.unlisted, report.mailings.started]).toEqual([30, 2, 32]);
  });

  test('cost an acceptance no more than a HOT update of one row', async () => {
    await setClock(db.pool, '2026-11-20T10:00:00Z');
    const { batch, ids } = await hold(db.pool, database, 60);
    const client = await db.pool.connect();
    const updates = async (): Promise<{ updates: number; hot: number }> => {
      const { rows } = await client.query<{ updates: number; hot: number }>(
        `select pg_stat_get_xact_tuples_updated(oid)::int as updates, pg_stat_get_xact_tuples_hot_updated(oid)::int as hot from pg_class where relname = 'mailing_quarter'`,
      );
      return first(rows);
    };
    const sql: Sql = { rows: async (text, values = []) => (await client.query(text, [...values])).rows };
    await client.query('begin');
    const before = await updates();
    for (const id of ids) await settleAccepted(sql, batch, [id], leaseMs);
    const after = await updates();
    await client.query('commit');
    client.release();
    expect([after.updates - before.updates, after.hot - before.hot]).toEqual([60, 60]);
  });
});

test('the statements find a day among millions by their indexes', async () => {
  await db.pool.query(`
    insert into mailing (text, starts_at, ends_at, status, started_at, finished_at, expansion_ceiling, expanded_at)
      select 'x', '2020-01-01Z', '2030-01-01Z', 'COMPLETED', timestamptz '2026-01-01Z' + n * interval '1 minute', timestamptz '2026-01-01Z' + n * interval '1 minute', 0, now() from generate_series(1, 50000) n;
    insert into mailing_statistics (mailing_id) select id from mailing;
    insert into mailing_quarter (quarter, mailing_id, sent) select timestamptz '2026-01-01Z' + n / 20 * interval '15 minutes', n % 20, 5 from generate_series(0, 199999) n;
    insert into message_attempt (message_id, mailing_id, attempt, at, outcome, code, message, latency_ms)
      select n, 1, 1, timestamptz '2026-01-01Z' + n * interval '30 seconds', 'retry', 'HTTP_500', 'no', 1 from generate_series(1, 300000) n;`);
  await db.pool.query('vacuum analyze mailing, mailing_quarter, message_attempt, mailing_statistics');
  const whole: string[] = [];
  const explaining = {
    rows: async <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
      for (const explain of ['explain (format text)', 'explain (format text, generic_plan)']) {
        const { rows } = await db.pool.query<Record<string, string>>(`${explain} ${text}`, explain.includes('generic') ? [] : [...values]);
        whole.push(
          ...rows
            .map((row) => String(row['QUERY PLAN']))
            .filter((line) => /Seq Scan on (mailing_quarter|mailing|message_attempt|mailing_statistics)\b/.test(line)),
        );
      }
      const answer = await db.pool.query(text, [...values]);
      return answer.rows as Row[];
    },
  };
  await makeReadDailyReport({ database: { ...database, rows: explaining.rows } })('2026-01-15', 'Europe/Moscow');
  expect(whole).toEqual([]);
});
