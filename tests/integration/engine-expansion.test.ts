// Expansion: a mailing's audience becomes messages and batches, chunk by chunk, each client once, whatever happens in between.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { BATCH_SIZE, CHUNK_SIZE, FIRST_CHUNK_SIZE } from '../../src/database/expansion-queries.ts';
import { about } from '../support/about.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { addMailing, clearEngine, countsOf, faultsOfCounters, first, setClock, statusOf, waitingJobs } from '../support/engine-seed.ts';
import type { SeededMailing } from '../support/engine-seed.ts';
import { addClients } from '../support/scenario.ts';
import { LANES } from '../../src/operations/send-lanes.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let engine: Engine;

beforeAll(async () => {
  db = await createTestDatabase();
  engine = await startEngine(db.url);
});
beforeEach(async () => {
  await clearEngine(db.pool);
  await setClock(db.pool, '2027-06-15T09:00:00Z');
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await db.drop();
});

const hour = 3_600_000;
const scheduled = async (mailing: SeededMailing = {}): Promise<string> => addMailing(db.pool, { status: 'SCHEDULED', ...mailing });

async function phonesOf(mailingId: string): Promise<string[]> {
  const { rows } = await db.pool.query<{ phone: string }>('select phone::text from message where mailing_id = $1 order by phone', [
    mailingId,
  ]);
  return rows.map((row) => row.phone);
}

describe('the audience', () => {
  beforeEach(async () => {
    await addClients(db.pool, 3, { from: 0, operatorCode: '900', tag: 'vip' });
    await addClients(db.pool, 3, { from: 10, operatorCode: '900', tag: 'new' });
    await addClients(db.pool, 3, { from: 20, operatorCode: '901', tag: 'vip' });
    await addClients(db.pool, 3, { from: 30, operatorCode: '901' });
    await db.pool.query('update client set opted_out_at = instant_now() where phone % 10 = 2');
  });

  test.each<[string, readonly string[], readonly string[], readonly number[]]>([
    ['everybody without a filter', [], [], [0, 10, 20, 30]],
    ['an operator', ['900'], [], [0, 10]],
    ['a tag, never a client without one', [], ['vip'], [0, 20]],
    ['several of each: one of the operators and one of the tags', ['900', '901'], ['vip', 'new'], [0, 10, 20]],
    ['both at once', ['901'], ['vip'], [20]],
    ['a tag as it is written', [], ['VIP', 'vi'], []],
    ['an operator nobody has', ['999'], [], []],
  ])('is %s; who has opted out is left out', async (_, operatorCodes, tags, groups) => {
    const mailingId = await scheduled({ operatorCodes, tags });
    await engine.expand(mailingId);
    expect(await phonesOf(mailingId)).toEqual(groups.flatMap((from) => [`${79_000_000_000 + from}`, `${79_000_000_001 + from}`]));
    expect(await countsOf(db.pool, mailingId)).toMatchObject({ total: groups.length * 2, pending: groups.length * 2 });
    expect(await statusOf(db.pool, mailingId)).toBe(groups.length === 0 ? 'COMPLETED' : 'RUNNING');
  });
});

describe('sending hours', () => {
  test('give each zone its own opening: now, later, or never', async () => {
    // 09:00Z is 12:00 in Moscow, 10:00 in London, 15:00 in Omsk, whose noon does not come again before the end.
    await addClients(db.pool, 3, { from: 0, timeZone: 'Europe/Moscow' });
    await addClients(db.pool, 4, { from: 10, timeZone: 'Europe/London' });
    await addClients(db.pool, 5, { from: 20, timeZone: 'Asia/Omsk' });
    const mailingId = await scheduled({ window: ['12:00', '14:00'], endsInMs: 3 * hour });
    await engine.expand(mailingId);
    expect(await countsOf(db.pool, mailingId)).toEqual({
      total: 12,
      pending: 7,
      sent: 0,
      failed: 0,
      expired: 5,
      cancelled: 0,
      unconfirmed: 0,
    });
    const { rows } = await db.pool.query(
      `select time_zone as zone, pending, round(extract(epoch from due_at - '2027-06-15T09:00:00Z') / 60)::int as due,
         round(extract(epoch from close_at - '2027-06-15T09:00:00Z') / 60)::int as close
       from batch order by due_at`,
    );
    expect(rows).toEqual([
      { zone: 'Europe/Moscow', pending: 3, due: 0, close: 120 },
      { zone: 'Europe/London', pending: 4, due: 120, close: 180 },
    ]);
    const expired = await db.pool.query(
      "select count(*)::int as n from message where status = 'EXPIRED' and batch_id is null and finished_at is not null",
    );
    expect(expired.rows).toEqual([{ n: 5 }]);
    expect(await waitingJobs(db.pool)).toEqual([
      { key: `finish:${mailingId}`, inSeconds: about(7_200) },
      { key: `send:${mailingId}:0`, inSeconds: 0 },
      { key: `send:${mailingId}:1`, inSeconds: 0 },
    ]);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });
});

describe('a large audience', () => {
  const size = 2 * CHUNK_SIZE + 1_000;
  const zones = ['Europe/Moscow', 'Asia/Omsk', '+03:00'];
  const addMany = async (): Promise<unknown> =>
    db.pool.query(
      `insert into client (phone, operator_code, time_zone) select 79000000000 + n, '900', ($2::text[])[1 + n % 3] from generate_series(1, $1) n`,
      [size, zones],
    );

  async function expectEachOnce(mailingId: string): Promise<void> {
    const { rows } = await db.pool.query(
      `select count(*)::int as messages, count(distinct client_id)::int as clients,
         count(*) filter (where b.time_zone = c.time_zone and b.mailing_id = g.mailing_id and g.phone = c.phone)::int as right
       from message g join client c on c.id = g.client_id join batch b on b.id = g.batch_id where g.mailing_id = $1`,
      [mailingId],
    );
    expect(rows).toEqual([{ messages: size, clients: size, right: size }]);
    expect(await countsOf(db.pool, mailingId)).toMatchObject({ total: size, pending: size });
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  }

  test('becomes messages in chunks, in full batches of one zone each', async () => {
    await addMany();
    const mailingId = await scheduled();
    await engine.expand(mailingId);
    await expectEachOnce(mailingId);
    const { rows } = await db.pool.query<{ n: number; most: number }>('select count(*)::int as n, max(pending) as most from batch');
    const chunks = 1 + Math.ceil((size - FIRST_CHUNK_SIZE) / CHUNK_SIZE);
    expect(first(rows).most).toBe(BATCH_SIZE);
    expect(first(rows).n).toBeLessThanOrEqual(size / BATCH_SIZE + chunks * zones.length);
    expect(engine.lines.filter((line) => line['event'] === 'expanded' && line['mailingId'] === mailingId)).toHaveLength(chunks);
  });

  test('is expanded by two workers at once without a client twice', async () => {
    await addMany();
    const mailingId = await scheduled();
    await using other = await startEngine(db.url);
    await Promise.all([engine.expand(mailingId), other.expand(mailingId), engine.expand(mailingId)]);
    await expectEachOnce(mailingId);
  });

  test('survives a process that ends in the middle of a chunk and between chunks', async () => {
    await addMany();
    const mailingId = await scheduled();
    const sizes: number[] = [];
    // Ends before its first commit, then after its first commit, then before its second.
    for (const [commits, aborts] of [
      [0, true],
      [1, false],
      [0, true],
    ] as const) {
      await using mortal = await startEngine(db.url, { through: endingAfter(commits, aborts) });
      await expect(mortal.expand(mailingId)).rejects.toThrow('the process ended');
      sizes.push((await countsOf(db.pool, mailingId)).total);
      // Who comes after the launch is not in the audience.
      if (sizes.length > 1) await addClients(db.pool, 1, { from: 900_000 + sizes.length });
      expect(await faultsOfCounters(db.pool)).toEqual([]);
    }
    expect(sizes).toEqual([0, FIRST_CHUNK_SIZE, FIRST_CHUNK_SIZE]);
    expect(await statusOf(db.pool, mailingId)).toBe('RUNNING');
    // The chunk that was written left a job for the rest, and sends its own messages meanwhile.
    const jobs = (await waitingJobs(db.pool)).map((job) => job.key);
    expect(jobs).toEqual([
      `expand:${mailingId}`,
      `finish:${mailingId}`,
      ...Array.from({ length: LANES }, (_, lane) => `send:${mailingId}:${lane}`),
    ]);
    await engine.expand(mailingId);
    await expectEachOnce(mailingId);
  });
});

describe('a mailing', () => {
  test('that is not yet to start waits for its hour', async () => {
    await addClients(db.pool, 3);
    const mailingId = await scheduled({ startsInMs: hour, endsInMs: 2 * hour });
    await engine.expand(mailingId);
    expect(await statusOf(db.pool, mailingId)).toBe('SCHEDULED');
    expect(await waitingJobs(db.pool)).toEqual([{ key: `expand:${mailingId}`, inSeconds: about(3_600) }]);
  });

  test('that is launched after its end is over at once, all EXPIRED', async () => {
    await addClients(db.pool, 3);
    const mailingId = await scheduled({ startsInMs: -2 * hour, endsInMs: -hour });
    await engine.expand(mailingId);
    expect(await statusOf(db.pool, mailingId)).toBe('COMPLETED');
    expect(await countsOf(db.pool, mailingId)).toMatchObject({ total: 3, expired: 3, pending: 0 });
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test.each([
    ['cancelled', "status = 'CANCELLED', finished_at = instant_now()"],
    ['deleted', 'deleted_at = instant_now()'],
  ])('that was %s gets no messages', async (_, change) => {
    await addClients(db.pool, 3);
    const mailingId = await scheduled();
    await db.pool.query(`update mailing set ${change}`);
    await engine.expand(mailingId);
    expect(await countsOf(db.pool, mailingId)).toMatchObject({ total: 0 });
    expect(await waitingJobs(db.pool)).toEqual([]);
  });
});

type Through = (database: Database) => Database;

/** The process ends after so many transactions: before the commit of the next one, or right after the last. */
function endingAfter(commits: number, aborts: boolean): Through {
  return (database) => {
    let left = commits;
    return {
      ...database,
      transaction: async (work) => {
        if (left === 0 && !aborts) throw new Error('the process ended');
        return database.transaction(async (tx) => {
          const result = await work(tx);
          if (left === 0) throw new Error('the process ended');
          left -= 1;
          return result;
        });
      },
    };
  };
}
