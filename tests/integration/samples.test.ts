// The sampler: which mailings it looks at, how often it keeps what it sees, and what it makes of all of them together.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { purgeSamples, takeSamples } from '../../src/database/sample-queries.ts';
import { addBatch, addMailing, clearEngine, openEngineDatabase, waitForLock } from '../support/engine-seed.ts';
import type { SeededMailing } from '../support/engine-seed.ts';
import { openOperations, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
import { clearSamples, clockAt, endMailing, sampledMailings, samplesOf, sendingOf, settle } from '../support/samples.ts';
import { addMessages, storeClients } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let database: Database;
let api: OpenedOperations;
beforeAll(async () => {
  db = await createTestDatabase();
  database = await openEngineDatabase(db.url);
  api = await openOperations(db.url);
});
beforeEach(async () => {
  await clearEngine(db.pool);
  await clockAt(db.pool, 0);
  await clearSamples(db.pool);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await db.drop();
});

/** Between two looks at most this often. */
const apartMs = 1_500;
const lookAt = async (seconds: number): Promise<boolean> => {
  await clockAt(db.pool, seconds);
  return takeSamples(database, apartMs);
};
/** With so many messages that wait, begun at the clock's instant. */
const running = async (messages: number, mailing: SeededMailing = {}): Promise<string> => {
  const id = await addMailing(db.pool, { endsInMs: 100 * 24 * 3_600_000, ...mailing });
  await addBatch(db.pool, id, { size: messages, closeInMs: 100 * 24 * 3_600_000 });
  return id;
};
const timesOf = async (id: string): Promise<number[]> => (await samplesOf(db.pool, id)).map(({ at }) => at);
const day = 24 * 3_600;

describe('a mailing', () => {
  test('has a sample of its start, then one whenever its counters have changed, and none when they have not', async () => {
    const id = await running(10);
    for (const seconds of [2, 4]) await lookAt(seconds);
    await settle(db.pool, id, { sent: 3, failed: 1 });
    for (const seconds of [6, 8, 10]) await lookAt(seconds);
    expect(await samplesOf(db.pool, id)).toEqual([
      { at: 2, pending: 10, sent: 0, failed: 0 },
      { at: 6, pending: 6, sent: 3, failed: 1 },
    ]);
  });

  test('that is old has one for each 300th of its age, so that they grow with the logarithm of its duration', async () => {
    const id = await running(1_000);
    await lookAt(2);
    for (const seconds of [9 * day, 9 * day + 2, 9 * day + 2_500, 9 * day + 2_700]) {
      await settle(db.pool, id, { sent: 1 });
      await lookAt(seconds);
    }
    expect(await timesOf(id)).toEqual([2, 9 * day, 9 * day + 2_700]);
  });

  test('that is over has a last one at once, and is looked at no longer', async () => {
    const id = await running(5);
    await lookAt(9 * day);
    await settle(db.pool, id, { sent: 5 });
    await lookAt(9 * day + 2);
    await endMailing(db.pool, id, 'COMPLETED');
    for (const after of [4, 6, 20]) await lookAt(9 * day + after);
    expect(await timesOf(id)).toEqual([9 * day, 9 * day + 4]);
    expect(await sampledMailings(db.pool)).toEqual([id]);
    await lookAt(9 * day + 40);
    expect(await sampledMailings(db.pool)).toEqual([]);
  });

  test('that is cancelled is followed until nothing of it is in flight', async () => {
    const id = await running(5);
    await endMailing(db.pool, id, 'CANCELLED');
    await settle(db.pool, id, { cancelled: 3 });
    for (const seconds of [2, 60]) await lookAt(seconds);
    await settle(db.pool, id, { sent: 1, cancelled: 1 });
    for (const seconds of [62, 64]) await lookAt(seconds);
    expect(await samplesOf(db.pool, id)).toEqual([
      { at: 2, pending: 2, sent: 0, failed: 0 },
      { at: 62, pending: 0, sent: 1, failed: 0 },
    ]);
    expect(await sampledMailings(db.pool)).toEqual([]);
  });

  test('is looked at from the moment it runs, scheduled ones and those that never ran are not', async () => {
    const id = await addMailing(db.pool, { status: 'SCHEDULED' });
    const never = await addMailing(db.pool, { status: 'SCHEDULED' });
    valueOf(await api.cancelMailing(never));
    expect(await sampledMailings(db.pool)).toEqual([]);
    await db.pool.query(`update mailing set starts_at = instant_now() - interval '1 second' where id = $1`, [id]);
    await api.expandMailing(id);
    expect(await sampledMailings(db.pool)).toEqual([id]);
    await lookAt(2);
    expect(await timesOf(id)).toEqual([2]);
  });

  test('that is deleted leaves no sample behind', async () => {
    const [id, other] = [await running(3), await running(3)];
    await lookAt(2);
    valueOf(await api.deleteMailing(id));
    await lookAt(4);
    await api.finishMailing(id);
    await api.removeMessages();
    expect(await samplesOf(db.pool, id)).toEqual([]);
    expect(await sampledMailings(db.pool)).toEqual([other]);
    expect(await timesOf(other)).toEqual([2]);
  });

  test('that is purged while a look has it in hand leaves no sample behind either', async () => {
    const id = await running(3);
    await clockAt(db.pool, 2);
    const purging = await database.transaction(async (tx) => {
      await takeSamples({ ...database, transaction: async (work) => work(tx) }, apartMs);
      const purge = purgeSamples(database, id);
      await waitForLock(db.pool);
      return { purge };
    });
    await purging.purge;
    expect([await samplesOf(db.pool, id), await sampledMailings(db.pool)]).toEqual([[], []]);
  });
});

describe('all mailings together', () => {
  test('are counted by what ended since the last look: sent, failed and unconfirmed, not what was cancelled', async () => {
    const [first, second] = [await running(50), await running(50)];
    await settle(db.pool, first, { sent: 10, failed: 2 });
    await lookAt(2);
    await settle(db.pool, first, { sent: 5, cancelled: 4 });
    await settle(db.pool, second, { failed: 1 });
    await lookAt(4);
    await lookAt(6.5);
    expect(await sendingOf(db.pool)).toEqual([
      { at: 2, seconds: 2, messages: 12 },
      { at: 4, seconds: 2, messages: 6 },
      { at: 6.5, seconds: 2.5, messages: 0 },
    ]);
  });

  test('count a mailing that was over before anybody looked, and what was sent while nobody could look', async () => {
    const id = await running(7);
    await settle(db.pool, id, { sent: 7 });
    await endMailing(db.pool, id, 'COMPLETED');
    await lookAt(600);
    expect(await sendingOf(db.pool)).toEqual([{ at: 600, seconds: 600, messages: 7 }]);
    expect(await samplesOf(db.pool, id)).toMatchObject([{ sent: 7 }]);
  });

  test('count a message that is retried once more', async () => {
    const id = await addMailing(db.pool);
    await addMessages(db.pool, id, await storeClients(db.pool, 4), { status: 'FAILED' });
    await lookAt(2);
    await endMailing(db.pool, id, 'COMPLETED');
    await lookAt(60);
    expect(await sampledMailings(db.pool)).toEqual([]);
    expect(valueOf(await api.retryMessages(id, ['FAILED']))).toEqual({ retried: 4 });
    await settle(db.pool, id, { sent: 3 });
    await lookAt(62);
    await settle(db.pool, id, { failed: 1 });
    await lookAt(64);
    expect((await sendingOf(db.pool)).map(({ messages }) => messages)).toEqual([4, 0, 3, 1]);
  });

  test('are kept for an hour, and the last of them until there is another', async () => {
    for (const seconds of [2, 4, 3_603, 9_000]) await lookAt(seconds);
    expect((await sendingOf(db.pool)).map(({ at, seconds }) => [at, seconds])).toEqual([
      [3_603, 3_599],
      [9_000, 5_397],
    ]);
  });

  test('start anew when the clock was set back', async () => {
    const id = await running(9);
    await lookAt(100);
    await settle(db.pool, id, { sent: 4 });
    expect(await lookAt(50)).toBe(true);
    expect(await sendingOf(db.pool)).toEqual([{ at: 50, seconds: 50, messages: 4 }]);
    await settle(db.pool, id, { sent: 1 });
    expect(await lookAt(52)).toBe(true);
    expect((await sendingOf(db.pool)).at(-1)).toEqual({ at: 52, seconds: 2, messages: 1 });
  });
});

describe('looking', () => {
  test('is one worker’s business at a time, and at most once in the interval', async () => {
    const id = await running(9);
    await clockAt(db.pool, 2);
    const looks = await Promise.all(Array.from({ length: 6 }, async () => takeSamples(database, apartMs)));
    expect(looks.filter(Boolean)).toHaveLength(1);
    expect(await lookAt(3.4)).toBe(false);
    expect(await lookAt(3.5)).toBe(true);
    expect(await timesOf(id)).toEqual([2]);
  });

  test('waits for nobody: what a retry holds is counted at the next look, and counters that are being settled are read as they are', async () => {
    const [held, settling] = [await running(9), await running(9)];
    await lookAt(2);
    await settle(db.pool, held, { sent: 2 });
    await settle(db.pool, settling, { sent: 3 });
    const holder = await db.pool.connect();
    try {
      await holder.query('begin');
      await holder.query('select from mailing_sampling where mailing_id = $1 for update', [held]);
      await holder.query('select from mailing_statistics for update');
      await holder.query('select from mailing for update');
      expect(await lookAt(4)).toBe(true);
    } finally {
      await holder.query('rollback');
      holder.release();
    }
    await lookAt(6);
    expect((await sendingOf(db.pool)).map(({ messages }) => messages)).toEqual([0, 3, 2]);
    expect([await timesOf(held), await timesOf(settling)]).toEqual([
      [2, 6],
      [2, 4],
    ]);
  });
});
