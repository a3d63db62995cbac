// Retrying by error code: what failed for one reason, and nothing else.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { nextRetryChunk, requeueMessages } from '../../src/database/mailing-queries.ts';
import type { Transaction } from '../../src/database/database.ts';
import { addMailing, clearEngine, countsOf, faultsOfCounters } from '../support/engine-seed.ts';
import { openOperations, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
import { addMessages, messagesOf, storeClients } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: OpenedOperations;
beforeAll(async () => {
  db = await createTestDatabase();
  api = await openOperations(db.url);
});
beforeEach(async () => clearEngine(db.pool));
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});

/** Five messages: FAILED with A, A, B and UNCONFIRMED with A, B. */
async function failing(): Promise<string> {
  const id = await addMailing(db.pool);
  const clients = await storeClients(db.pool, 5);
  const failed = await addMessages(db.pool, id, clients.slice(0, 3), { status: 'FAILED' });
  const unconfirmed = await addMessages(db.pool, id, clients.slice(3), { status: 'UNCONFIRMED' });
  const ids = [...failed.messageIds, ...unconfirmed.messageIds];
  for (const [index, code] of ['A', 'A', 'B', 'A', 'B'].entries()) {
    await db.pool.query('update message set error_code = $2 where id = $1', [ids[index], code]);
  }
  return id;
}
const statuses = async (id: string): Promise<string[]> => (await messagesOf(db.pool, id)).map(({ status }) => status);
const retriedIn = async (id: string): Promise<unknown[]> => {
  const { rows } = await db.pool.query<{ retried: string }>(
    `select retried::int from mailing_event where mailing_id = $1 and kind = 'MESSAGES_RETRIED'`,
    [id],
  );
  return rows.map(({ retried }) => retried);
};

describe('with codes', () => {
  test('only messages that ended on one of them are retried, in the statuses asked for, and counted in one event', async () => {
    const id = await failing();
    expect(valueOf(await api.retryMessages(id, ['FAILED', 'UNCONFIRMED'], ['A']))).toEqual({ retried: 3 });
    expect(await statuses(id)).toEqual(['PENDING', 'PENDING', 'FAILED', 'PENDING', 'UNCONFIRMED']);
    expect(await retriedIn(id)).toEqual([3]);
    expect(await countsOf(db.pool, id)).toMatchObject({ pending: 3, failed: 1, unconfirmed: 1 });
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test('several codes are one call, the same code twice is once, and one that nothing ended on changes nothing', async () => {
    const id = await failing();
    expect(valueOf(await api.retryMessages(id, ['FAILED'], ['C']))).toEqual({ retried: 0 });
    expect(await retriedIn(id)).toEqual([]);
    expect(valueOf(await api.retryMessages(id, ['FAILED'], ['B', 'A', 'B', 'C']))).toEqual({ retried: 3 });
    expect(await retriedIn(id)).toEqual([3]);
    expect(await statuses(id)).toEqual(['PENDING', 'PENDING', 'PENDING', 'UNCONFIRMED', 'UNCONFIRMED']);
  });

  test('left out or null, any code will do', async () => {
    const [first, second] = [await failing(), await failing()];
    expect(valueOf(await api.retryMessages(first, ['FAILED']))).toEqual({ retried: 3 });
    expect(valueOf(await api.retryMessages(second, ['FAILED'], null))).toEqual({ retried: 3 });
  });

  test.each([
    ['an empty list', [], 'errorCodes: an empty list names no messages; leave it out to retry whatever the code'],
    ['an empty code', ['A', ''], 'errorCodes: entry 1 cannot be the code of an error; Mailing.errors has those there are'],
    ['NUL', ['A\0'], 'errorCodes: entry 0 cannot be the code of an error; Mailing.errors has those there are'],
    ['half of a pair', ['\uD800'], 'errorCodes: entry 0 cannot be the code of an error; Mailing.errors has those there are'],
    ['more than a hundred', Array.from({ length: 101 }, (_, n) => `E${n}`), 'errorCodes: must have at most 100 entries'],
  ])('%s is refused, and nothing is retried', async (_, codes, message) => {
    const id = await failing();
    await expect(api.retryMessages(id, ['FAILED'], codes)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message });
    expect(await countsOf(db.pool, id)).toMatchObject({ failed: 3, pending: 0 });
  });
});

describe('on a large mailing', () => {
  beforeEach(async () => {
    const id = await addMailing(db.pool);
    await db.pool.query(
      `insert into client (phone, operator_code, time_zone) select 79000000000 + n, '900', 'UTC' from generate_series(1, 50000) n`,
    );
    await db.pool.query(
      `insert into message (mailing_id, client_id, status, finished_at, error_code)
       select $1, c.id, 'FAILED', instant_now(), case when c.id % 1000 = 0 then 'RARE' else 'COMMON' end from client c`,
      [id],
    );
    const other = await addMailing(db.pool);
    await db.pool.query(
      `insert into message (mailing_id, client_id, status, finished_at) select $1, c.id, 'SENT', instant_now() from client c`,
      [other],
    );
    await db.pool.query('analyze message, client');
  });

  test('messages of a code are found by it, whether the parameters are known or not', async () => {
    const { rows } = await db.pool.query<{ id: string }>('select min(id)::text as id from mailing');
    const selection = { mailingId: rows[0]?.id ?? '', status: 'FAILED', errorCode: 'RARE' };
    const texts: { text: string; values: readonly unknown[] }[] = [];
    const asking = {
      rows: async (text: string, values: readonly unknown[] = []) => {
        texts.push({ text, values });
        return [];
      },
    } as unknown as Transaction;
    await nextRetryChunk(asking, selection, '0');
    await requeueMessages(
      asking,
      { ...selection, afterId: '0', lastId: '999999999', timeZones: ['UTC'] },
      new Map([['UTC', { opensAt: 0, closesAt: 1 }]]),
    );
    for (const { text, values } of texts) {
      const known = await db.pool.query<{ 'QUERY PLAN': unknown }>({ text: `explain (format json) ${text}`, values: [...values] });
      const unknown = await db.pool.query<{ 'QUERY PLAN': unknown }>(`explain (format json, generic_plan) ${text}`);
      for (const plan of [known, unknown]) {
        const words = JSON.stringify(plan.rows);
        expect(words).toContain('"message_problem_code"');
        expect(words).not.toMatch(/"Seq Scan"[^}]*"Relation Name":"message"/);
      }
    }
    expect(texts).toHaveLength(2);
  });
});
