// A client who moves to another time zone: unsent messages go to the hours there, also while a lane holds them, and never twice.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { extendLeases, freeExpiredLeases, leaseBatch, nextDue, readPortion, releaseBatch } from '../../src/database/batch-queries.ts';
import type { LeasedBatch } from '../../src/database/batch-queries.ts';
import type { Database } from '../../src/database/database.ts';
import { settleAccepted, settleMixed } from '../../src/database/settle-queries.ts';
import { addMailing, clearEngine, countsOf, faultsOfCounters, given, statusOf } from '../support/engine-seed.ts';
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

  describe('while a lane holds the batch', () => {
    async function held(mailing: Parameters<typeof addMailing>[1] = {}) {
      const [ann, bob] = [await storeClient(db.pool), await storeClient(db.pool)];
      const id = await addMailing(db.pool, { endsInMs: 48 * hour, ...mailing });
      await addMessages(db.pool, id, [ann, bob]);
      const batch = await lease(id);
      const messageIds = given(given(await readPortion(api.database, batch, '0')).ids);
      valueOf(await api.updateClient(ann, { timeZone: 'Asia/Vladivostok' }, null));
      return { id, ann, bob, batch, messageIds };
    }

    test('leaves the lane’s next portion, and nobody else gets it while the lane may have its request under way', async () => {
      const { id, batch, messageIds } = await held();
      expect(given(await readPortion(api.database, batch, '0')).ids).toEqual(messageIds.slice(1));
      expect(await leaseBatch(api.database, id, leaseMs, guardMs)).toBeNull();
      expect((await nextDue(api.database, id, guardMs)).dueAt).toBeNull();
      await expectExactCounters();
    });

    test('stays the lane’s for as long as the lane extends its lease', async () => {
      const { id, batch } = await held();
      await stopClock(db.pool, '2026-03-10T12:00:50Z');
      expect(await extendLeases(api.database, [batch], leaseMs)).toContain(batch.id);
      expect((await batchesOf(db.pool, id)).map((row) => row.leaseUntil)).toEqual(['2026-03-10T12:01:50Z', '2026-03-10T12:01:50Z']);
    });

    test('is sent in the hours there as soon as the lane has given the batch back without having sent it', async () => {
      const { id, batch, messageIds } = await held();
      await settleAccepted(api.database, batch, messageIds.slice(1), leaseMs);
      await releaseBatch(api.database, batch);
      const moved = await lease(id);
      expect(moved).toMatchObject({ timeZone: 'Asia/Vladivostok', rescues: 0 });
      expect(given(await readPortion(api.database, moved, '0')).ids).toEqual(messageIds.slice(0, 1));
      expect((await batchesOf(db.pool, id)).length).toBe(1);
      await expectExactCounters();
    });

    test('keeps the true outcome of the request that was under way', async () => {
      const { id, batch, messageIds } = await held();
      await settleAccepted(api.database, batch, messageIds, leaseMs);
      expect(await countsOf(db.pool, id)).toMatchObject({ pending: 0, sent: 2 });
      await expectExactCounters();
      await releaseBatch(api.database, batch);
      expect(await batchesOf(db.pool, id)).toEqual([]);
    });

    test('is not ended by the finisher where the window never opens, until the outcome is known', async () => {
      const { id, batch, messageIds } = await held({ window, endsInMs: 2 * hour });
      await api.finishMailing(id);
      expect(await statuses(id)).toEqual(['PENDING', 'PENDING']);
      await settleAccepted(api.database, batch, messageIds, leaseMs);
      await releaseBatch(api.database, batch);
      await api.finishMailing(id);
      expect(await statuses(id)).toEqual(['SENT', 'SENT']);
    });

    test('is EXPIRED where the window never opens, when the lane gives it back unsent', async () => {
      const { id, batch, messageIds } = await held({ window, endsInMs: 2 * hour });
      await settleAccepted(api.database, batch, messageIds.slice(1), leaseMs);
      await releaseBatch(api.database, batch);
      await api.finishMailing(id);
      expect(await statuses(id)).toEqual(['EXPIRED', 'SENT']);
      await expectExactCounters();
    });

    test('counts as rescued when the lane is lost: the provider may have taken it', async () => {
      const { id } = await held({ window, endsInMs: 2 * hour });
      await stopClock(db.pool, '2026-03-10T12:02:00Z');
      expect((await freeExpiredLeases(api.database)).map((freed) => freed.rescues)).toEqual([1, 1]);
      await api.finishMailing(id);
      expect(await statuses(id)).toEqual(['UNCONFIRMED', 'PENDING']);
      await expectExactCounters();
    });

    test('moves on again, and is still the lane’s', async () => {
      const { id, ann, batch, messageIds } = await held();
      valueOf(await api.updateClient(ann, { timeZone: 'UTC' }, null));
      expect((await batchesOf(db.pool, id)).map(({ timeZone, pending, leaseToken }) => [timeZone, pending, leaseToken])).toEqual([
        ['Europe/Moscow', 1, batch.token],
        ['Asia/Vladivostok', 0, batch.token],
        ['UTC', 1, batch.token],
      ]);
      await settleAccepted(api.database, batch, messageIds.slice(0, 1), leaseMs);
      await expectExactCounters();
      await releaseBatch(api.database, batch);
      expect((await batchesOf(db.pool, id)).map(({ timeZone, leaseToken }) => [timeZone, leaseToken])).toEqual([['Europe/Moscow', null]]);
    });

    test('moves on again at the moment its outcome is settled, and is counted exactly', async () => {
      const { id, ann, batch, messageIds } = await held();
      // The second move has written its rows and waits for the job that the first one left.
      await inTheWay(db.pool, 'select from graphile_worker._private_jobs where key = $1 for update', `send:${id}:0`, [
        async () => api.updateClient(ann, { timeZone: 'UTC' }, null),
        async () => settleAccepted(api.database, batch, messageIds, leaseMs),
      ]);
      expect(await statuses(id)).toEqual(['SENT', 'SENT']);
      expect((await batchesOf(db.pool, id)).map(({ timeZone, pending }) => [timeZone, pending])).toEqual([
        ['Europe/Moscow', 0],
        ['Asia/Vladivostok', 0],
        ['UTC', 0],
      ]);
      await expectExactCounters();
    });

    test.each([
      ['opts out', async (id: string) => api.updateClient(id, { optedOut: true }, null)],
      ['is deleted', async (id: string) => api.deleteClient(id)],
      ['moves on', async (id: string) => api.updateClient(id, { timeZone: 'UTC' }, null)],
    ] as const)('whose client %s while its outcome is being settled: neither gets in the other’s way', async (_, change) => {
      const { id, ann, batch, messageIds } = await held();
      const steps = [async () => settleAccepted(api.database, batch, messageIds, leaseMs), async () => change(ann)];
      await inTheWay(db.pool, 'select from message where id = $1 for update', given(messageIds[0]), steps, { patient: true });
      expect(await statuses(id)).toEqual(['SENT', 'SENT']);
      await expectExactCounters();
    });

    test('at the very moment the lane gives it back, is not left behind under the lease', async () => {
      const [ann, bob] = [await storeClient(db.pool), await storeClient(db.pool)];
      const id = await addMailing(db.pool, { endsInMs: 48 * hour });
      await addMessages(db.pool, id, [ann, bob]);
      const batch = await lease(id);
      const move = async (): Promise<unknown> => api.updateClient(ann, { timeZone: 'UTC' }, null);
      await inTheWay(db.pool, 'select from batch where id = $1 for update', batch.id, [
        move,
        async () => releaseBatch(api.database, batch),
      ]);
      expect((await batchesOf(db.pool, id)).map(({ timeZone, leaseToken }) => [timeZone, leaseToken])).toEqual([
        ['Europe/Moscow', null],
        ['UTC', null],
      ]);
    });
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
