// A client who moves to another time zone: unsent messages go to the hours there, also at the moment of another change.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { leaseBatch, readPortion, releaseBatch } from '../../src/database/batch-queries.ts';
import type { LeasedBatch } from '../../src/database/batch-queries.ts';
import type { Database } from '../../src/database/database.ts';
import { settleMixed } from '../../src/database/settle-queries.ts';
import { addMailing, clearEngine, faultsOfCounters, given, statusOf } from '../support/engine-seed.ts';
import { makeOperations, openOperations, silentChanges, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
import { addMessages, batchesOf, inTheWay, jobsOf, messagesOf, statisticsVersion, stopClock } from '../support/seed.ts';
import { storeClient } from '../support/stored-rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: OpenedOperations;

// Tuesday: 15:00 in Moscow, 22:00 in Vladivostok, 08:00 in New York.
const now = '2026-03-10T12:00:00Z';
const hour = 3_600_000;
const leaseMs = 60_000;
const guardMs = 500;

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

const lease = async (mailingId: string): Promise<LeasedBatch> => given(await leaseBatch(api.database, mailingId, leaseMs, guardMs));
const statuses = async (mailingId: string): Promise<string[]> => (await messagesOf(db.pool, mailingId)).map((message) => message.status);
const expectExactCounters = async (): Promise<void> => expect(await faultsOfCounters(db.pool)).toEqual([]);

describe('a client who moves to another time zone', () => {
  const window = ['09:00', '18:00'] as const;
  // 9 in the morning of Wednesday in Vladivostok, and 18 in the evening.
  const opens = '2026-03-10T23:00:00Z';
  const closes = '2026-03-11T08:00:00Z';

  test('takes the unsent messages to the hours there; others of the batch stay', async () => {
    const [ann, bob] = [await storeClient(db.pool), await storeClient(db.pool)];
    const id = await addMailing(db.pool, { window, endsInMs: 48 * hour });
    const { batchId } = await addMessages(db.pool, id, [ann, bob], { closeAt: '2026-03-10T15:00:00Z' });
    const version = await statisticsVersion(db.pool, id);

    valueOf(await api.updateClient(ann, { timeZone: 'asia/vladivostok' }, null));

    const [stayed, moved] = await batchesOf(db.pool, id);
    expect(stayed).toMatchObject({ id: batchId, pending: 1, timeZone: 'Europe/Moscow', closeAt: '2026-03-10T15:00:00Z' });
    expect(moved).toMatchObject({
      pending: 1,
      timeZone: 'Asia/Vladivostok',
      dueAt: opens,
      closeAt: closes,
      leaseToken: null,
      notBefore: null,
    });
    expect((await messagesOf(db.pool, id)).map((message) => message.batchId)).toEqual([moved?.id, batchId]);
    expect(await jobsOf(db.pool, id)).toEqual({ send: opens, finish: closes });
    expect(await statisticsVersion(db.pool, id)).toBe(version);
    await expectExactCounters();
  });

  test('each mailing by its own hours; without hours at once, until its end', async () => {
    const ann = await storeClient(db.pool);
    const [day, night, always] = [
      await addMailing(db.pool, { window, endsInMs: 48 * hour }),
      await addMailing(db.pool, { window: ['21:00', '23:30'], endsInMs: 48 * hour }),
      await addMailing(db.pool, { endsInMs: 48 * hour }),
    ];
    for (const id of [day, night, always]) await addMessages(db.pool, id, [ann]);
    valueOf(await api.updateClient(ann, { timeZone: 'Asia/Vladivostok' }, null));
    expect((await batchesOf(db.pool, day))[1]).toMatchObject({ dueAt: opens, closeAt: closes });
    expect((await batchesOf(db.pool, night))[1]).toMatchObject({ dueAt: now, closeAt: '2026-03-10T13:30:00Z' });
    expect((await batchesOf(db.pool, always))[1]).toMatchObject({ dueAt: now, closeAt: '2026-03-12T12:00:00Z' });
    await expectExactCounters();
  });

  test('keeps the wait before a retry', async () => {
    const ann = await storeClient(db.pool);
    const id = await addMailing(db.pool, { endsInMs: 48 * hour });
    await addMessages(db.pool, id, [ann], { dueAt: '2026-03-10T12:05:00Z', notBefore: '2026-03-10T12:05:00Z' });
    valueOf(await api.updateClient(ann, { timeZone: 'UTC' }, null));
    expect((await batchesOf(db.pool, id))[1]).toMatchObject({
      dueAt: '2026-03-10T12:05:00Z',
      notBefore: '2026-03-10T12:05:00Z',
      timeZone: 'UTC',
    });
  });

  test('leaves alone what is past, what is over, and what is already there', async () => {
    const ann = await storeClient(db.pool);
    const [sent, cancelled, there] = [
      await addMailing(db.pool, { window }),
      await addMailing(db.pool, { window, status: 'CANCELLED' }),
      await addMailing(db.pool, { window }),
    ];
    await addMessages(db.pool, sent, [ann], { status: 'SENT' });
    await addMessages(db.pool, cancelled, [ann]);
    await addMessages(db.pool, there, [ann], { timeZone: 'Asia/Vladivostok' });
    const before = [await batchesOf(db.pool, sent), await batchesOf(db.pool, cancelled), await batchesOf(db.pool, there)];
    valueOf(await api.updateClient(ann, { timeZone: 'Asia/Vladivostok' }, null));
    expect([await batchesOf(db.pool, sent), await batchesOf(db.pool, cancelled), await batchesOf(db.pool, there)]).toEqual(before);
  });

  test('where the window never opens before the end: EXPIRED as soon as the finisher looks, which is at once', async () => {
    const ann = await storeClient(db.pool);
    const id = await addMailing(db.pool, { window, endsInMs: 2 * hour });
    await addMessages(db.pool, id, [ann]);
    valueOf(await api.updateClient(ann, { timeZone: 'Asia/Vladivostok' }, null));
    expect(await jobsOf(db.pool, id)).toMatchObject({ finish: 'now' });
    await api.finishMailing(id);
    expect(await statuses(id)).toEqual(['EXPIRED']);
    expect(await statusOf(db.pool, id)).toBe('COMPLETED');
    await expectExactCounters();
  });

  test('takes what is known of a batch that was rescued before along', async () => {
    const ann = await storeClient(db.pool);
    const id = await addMailing(db.pool, { window, endsInMs: 2 * hour });
    await addMessages(db.pool, id, [ann], { rescues: 1 });
    valueOf(await api.updateClient(ann, { timeZone: 'Asia/Vladivostok' }, null));
    await api.finishMailing(id);
    expect(await statuses(id)).toEqual(['UNCONFIRMED']);
  });

  test.each(['before', 'after'])('at the same moment, just %s its retry is settled, is counted exactly and in one batch', async (order) => {
    const [ann, bob] = [await storeClient(db.pool), await storeClient(db.pool)];
    const id = await addMailing(db.pool, { window, endsInMs: 48 * hour });
    await addMessages(db.pool, id, [ann, bob], { closeAt: '2026-03-10T15:00:00Z' });
    const batch = await lease(id);
    const ids = given(given(await readPortion(api.database, batch, '0')).ids);
    const outcome = {
      attemptsBefore: 0,
      kind: 'retry',
      code: 'HTTP_500',
      message: 'no',
      httpStatus: 500,
      latencyMs: 5,
      delayMs: 2_000,
    } as const;
    const settle = async (): Promise<unknown> =>
      settleMixed(
        api.database,
        batch,
        ids.map((messageId) => ({ messageId, ...outcome })),
        leaseMs,
      );
    const move = async (): Promise<unknown> => api.updateClient(ann, { timeZone: 'Asia/Vladivostok' }, null);
    await inTheWay(db.pool, 'select from batch where id = $1 for update', batch.id, order === 'before' ? [move, settle] : [settle, move]);
    await expectExactCounters();
    await releaseBatch(api.database, batch);
    const place = new Map((await batchesOf(db.pool, id)).map((row) => [row.id, row]));
    const [annsMessage, bobsMessage] = (await messagesOf(db.pool, id)).map((message) => place.get(message.batchId ?? ''));
    expect(annsMessage).toMatchObject({ timeZone: 'Asia/Vladivostok', dueAt: opens, closeAt: closes, leaseToken: null });
    expect(bobsMessage).toMatchObject({ timeZone: 'Europe/Moscow', dueAt: '2026-03-10T12:00:02Z', leaseToken: null });
  });

  test('is nobody else’s while it moves, also when its message went to another batch at that moment', async () => {
    const ann = await storeClient(db.pool);
    const id = await addMailing(db.pool);
    await addMessages(db.pool, id, [ann]);
    const batch = await lease(id);
    const messageId = given(given(await readPortion(api.database, batch, '0')).ids?.[0]);
    const retry = {
      messageId,
      attemptsBefore: 0,
      kind: 'retry',
      code: 'HTTP_500',
      message: 'no',
      httpStatus: 500,
      latencyMs: 5,
      delayMs: 0,
    } as const;
    let leased: LeasedBatch | null = null;
    const database: Database = {
      ...api.database,
      transaction: async (work) =>
        api.database.transaction(async (tx) => {
          const rows: typeof tx.rows = async (text, values) => {
            // The retry is due: a lane asks for it just before it moves.
            if (text.includes('insert into batch')) leased = await leaseBatch(api.database, id, leaseMs, guardMs);
            return tx.rows(text, values);
          };
          return work({ ...tx, rows });
        }),
    };
    const { updateClient } = makeOperations({ database, changes: silentChanges, log: api.log });
    await inTheWay(db.pool, 'select from batch where id = $1 for update', batch.id, [
      async () => settleMixed(api.database, batch, [retry], leaseMs),
      async () => updateClient(ann, { timeZone: 'UTC' }, null),
    ]);
    expect(leased).toBeNull();
    expect((await batchesOf(db.pool, id)).map(({ timeZone, pending }) => [timeZone, pending])).toEqual([
      ['Europe/Moscow', 0],
      ['Europe/Moscow', 0],
      ['UTC', 1],
    ]);
  });

  test('while somebody changes the mailing’s hours, ends up in the new ones, whoever comes first', async () => {
    for (const order of [0, 1]) {
      await clearEngine(db.pool);
      const [ann, bob] = [await storeClient(db.pool), await storeClient(db.pool)];
      const id = await addMailing(db.pool, { window, endsInMs: 48 * hour });
      await addMessages(db.pool, id, [ann, bob], { closeAt: '2026-03-10T15:00:00Z' });
      const steps = [
        async () => api.updateClient(ann, { timeZone: 'Asia/Vladivostok' }, null),
        async () => api.updateMailing(id, { sendWindow: { from: '10:00', to: '11:00' } }, null),
      ];
      await inTheWay(db.pool, 'select from batch where mailing_id = $1 for update', id, order === 0 ? steps : steps.toReversed());
      const [moscow, vladivostok] = await batchesOf(db.pool, id);
      expect(moscow).toMatchObject({ dueAt: '2026-03-11T07:00:00Z', closeAt: '2026-03-11T08:00:00Z', pending: 1 });
      expect(vladivostok).toMatchObject({ dueAt: '2026-03-11T00:00:00Z', closeAt: '2026-03-11T01:00:00Z', pending: 1 });
      await expectExactCounters();
    }
  });
});
