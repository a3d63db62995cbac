// A client who moves to another time zone while a lane holds the message: the lane’s outcome counts, and nobody else sends it meanwhile.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { extendLeases, freeExpiredLeases, leaseBatch, nextDue, readPortion, releaseBatch } from '../../src/database/batch-queries.ts';
import type { LeasedBatch } from '../../src/database/batch-queries.ts';
import { settleAccepted } from '../../src/database/settle-queries.ts';
import { addMailing, clearEngine, countsOf, faultsOfCounters, given } from '../support/engine-seed.ts';
import { openOperations, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
import { addMessages, batchesOf, inTheWay, messagesOf, stopClock } from '../support/seed.ts';
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

describe('a client who moves to another time zone while a lane holds the batch', () => {
  const window = ['09:00', '18:00'] as const;

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
    expect((await extendLeases(api.database, [batch], leaseMs)).extended).toContain(batch.id);
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
    await inTheWay(db.pool, 'select from batch where id = $1 for update', batch.id, [move, async () => releaseBatch(api.database, batch)]);
    expect((await batchesOf(db.pool, id)).map(({ timeZone, leaseToken }) => [timeZone, leaseToken])).toEqual([
      ['Europe/Moscow', null],
      ['UTC', null],
    ]);
  });
});
