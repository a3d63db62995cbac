// What becomes of a client's messages when the client opts out, is deleted, or gets another phone or time zone.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freeExpiredLeases, leaseBatch, nextDue, readPortion, releaseBatch } from '../../src/database/batch-queries.ts';
import type { LeasedBatch } from '../../src/database/batch-queries.ts';
import type { Database } from '../../src/database/database.ts';
import { settleAccepted, settleMixed } from '../../src/database/settle-queries.ts';
import { makeFinishMailing } from '../../src/operations/finish-mailing.ts';
import { eventually } from '../support/eventually.ts';
import { addMailing, clearEngine, countsOf, faultsOfCounters, first, given, statusOf } from '../support/engine-seed.ts';
import { makeOperations, openOperations, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
import {
  addMessages,
  batchesOf,
  inTheWay,
  jobsOf,
  messagesOf,
  removeJobs,
  statisticsVersion,
  stopClock,
  storeClients,
} from '../support/seed.ts';
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

const silent = { changed: () => undefined, [Symbol.asyncDispose]: async () => undefined };

type Leave = (clientId: string) => Promise<unknown>;
const optOut: Leave = async (id) => valueOf(await api.updateClient(id, { optedOut: true }, null));
const remove: Leave = async (id) => valueOf(await api.deleteClient(id));
const leavings: readonly (readonly [string, Leave])[] = [
  ['opts out', optOut],
  ['is deleted', remove],
];

describe.each(leavings)('a client who %s', (_, leave) => {
  test('gets nothing more from any mailing, and what others get and what is past stays as it is', async () => {
    const [ann, bob] = [await storeClient(db.pool), await storeClient(db.pool)];
    const running = await addMailing(db.pool);
    await addMessages(db.pool, running, [ann, bob]);
    const paused = await addMailing(db.pool, { status: 'PAUSED' });
    await addMessages(db.pool, paused, [ann, bob], { dueAt: '2026-03-11T06:00:00Z' });
    const sent = await addMailing(db.pool, { status: 'COMPLETED' });
    await addMessages(db.pool, sent, [ann, bob], { status: 'SENT' });
    const failed = await addMailing(db.pool);
    await addMessages(db.pool, failed, [ann], { status: 'FAILED' });
    await addMessages(db.pool, failed, [bob]);

    await leave(ann);

    expect(await statuses(running)).toEqual(['CANCELLED', 'PENDING']);
    expect(await statuses(paused)).toEqual(['CANCELLED', 'PENDING']);
    expect(await statuses(sent)).toEqual(['SENT', 'SENT']);
    expect(await statuses(failed)).toEqual(['FAILED', 'PENDING']);
    expect(await countsOf(db.pool, running)).toMatchObject({ total: 2, pending: 1, cancelled: 1 });
    expect(await countsOf(db.pool, paused)).toMatchObject({ total: 2, pending: 1, cancelled: 1 });
    expect((await messagesOf(db.pool, running))[0]?.finishedAt).toBe(now);
    await expectExactCounters();
  });

  test('is a new version of the statistics of those mailings alone, and they are told', async () => {
    const ann = await storeClient(db.pool);
    const [concerned, other] = [await addMailing(db.pool), await addMailing(db.pool)];
    await addMessages(db.pool, concerned, [ann]);
    await addMessages(db.pool, other, [ann], { status: 'SENT' });
    const before = await statisticsVersion(db.pool, concerned);
    await leave(ann);
    expect(await statisticsVersion(db.pool, concerned)).toBeGreaterThan(before);
    expect(await statisticsVersion(db.pool, other)).toBe(1);
    await eventually(() => api.heard.has(concerned));
    expect(api.heard.has(other)).toBe(false);
  });

  test('empties a mailing that then is over at once', async () => {
    const [ann, bob] = [await storeClient(db.pool), await storeClient(db.pool)];
    const id = await addMailing(db.pool);
    await addMessages(db.pool, id, [ann, bob]);
    await leave(ann);
    expect(await jobsOf(db.pool, id)).toEqual({});
    await leave(bob);
    expect(await jobsOf(db.pool, id)).toEqual({ finish: 'now' });
    await api.finishMailing(id);
    expect(await statusOf(db.pool, id)).toBe('COMPLETED');
    expect(await countsOf(db.pool, id)).toMatchObject({ total: 2, pending: 0, cancelled: 2 });
    expect(await batchesOf(db.pool, id)).toEqual([]);
    await expectExactCounters();
  });

  test('empties a mailing just when the finisher puts off its next look: the look that this needs is not put off', async () => {
    const ann = await storeClient(db.pool);
    const id = await addMailing(db.pool);
    await addMessages(db.pool, id, [ann]);
    let left: Promise<unknown> | null = null;
    const database: Database = {
      ...api.database,
      rows: async (text, values) => {
        if (text.includes('add_job')) await (left ??= leave(ann));
        return api.database.rows(text, values);
      },
    };
    await makeFinishMailing({ database, changes: silent, log: api.log })(id);
    expect(await countsOf(db.pool, id)).toMatchObject({ pending: 0 });
    expect(await jobsOf(db.pool, id)).toEqual({ finish: 'now' });
  });

  test('keeps a mailing open that is still selecting its recipients', async () => {
    const ann = await storeClient(db.pool);
    const id = await addMailing(db.pool, { expanded: false });
    await addMessages(db.pool, id, [ann]);
    await leave(ann);
    await api.finishMailing(id);
    expect(await statusOf(db.pool, id)).toBe('RUNNING');
  });

  test('with a request under way keeps its true outcome, and the counters with it', async () => {
    const [ann, bob] = [await storeClient(db.pool), await storeClient(db.pool)];
    const id = await addMailing(db.pool);
    await addMessages(db.pool, id, [ann, bob]);
    const batch = await lease(id);
    const { ids } = given(await readPortion(api.database, batch, '0', false));
    await leave(ann);
    expect(given(await readPortion(api.database, batch, '0', false)).ids).toEqual(given(ids).slice(1));
    await settleAccepted(api.database, batch, given(ids), leaseMs);
    expect(await statuses(id)).toEqual(['SENT', 'SENT']);
    expect(await countsOf(db.pool, id)).toMatchObject({ sent: 2, pending: 0, cancelled: 0 });
    await expectExactCounters();
  });

  test.each([
    ['before', 'accepted', 'SENT'],
    ['after', 'accepted', 'SENT'],
    ['before', 'refused', 'FAILED'],
    ['after', 'refused', 'FAILED'],
    ['before', 'retry', 'CANCELLED'],
    ['after', 'retry', 'CANCELLED'],
    ['before', 'ambiguous', 'CANCELLED'],
    ['after', 'ambiguous', 'CANCELLED'],
  ] as const)('at the same moment, just %s its request is settled as %s: %s, counted exactly', async (order, kind, expected) => {
    const [ann, bob] = [await storeClient(db.pool), await storeClient(db.pool)];
    const id = await addMailing(db.pool);
    await addMessages(db.pool, id, [ann, bob]);
    const batch = await lease(id);
    const ids = given(given(await readPortion(api.database, batch, '0', false)).ids);
    const settle = async (): Promise<unknown> =>
      settleMixed(
        api.database,
        batch,
        ids.map((messageId) => ({
          messageId,
          attemptsBefore: 0,
          kind,
          code: kind === 'accepted' ? null : 'HTTP_500',
          message: kind === 'accepted' ? null : 'no',
          httpStatus: null,
          latencyMs: 5,
          delayMs: 2_000,
        })),
        leaseMs,
      );
    const leaving = async (): Promise<unknown> => leave(ann);
    await inTheWay(
      db.pool,
      'select from batch where id = $1 for update',
      batch.id,
      order === 'before' ? [leaving, settle] : [settle, leaving],
    );
    const messages = await messagesOf(db.pool, id);
    expect(messages[0]?.status).toBe(expected);
    expect(messages[1]?.status).toBe(kind === 'retry' || kind === 'ambiguous' ? 'PENDING' : expected);
    await expectExactCounters();
    await releaseBatch(api.database, batch);
    await expectExactCounters();
    expect((await batchesOf(db.pool, id)).filter((left) => left.leaseToken !== null)).toEqual([]);
  });
});

describe('an opt-out', () => {
  test('that is taken back brings nothing back', async () => {
    const ann = await storeClient(db.pool);
    const id = await addMailing(db.pool);
    await addMessages(db.pool, id, [ann]);
    await optOut(ann);
    valueOf(await api.updateClient(ann, { optedOut: false }, null));
    expect(await statuses(id)).toEqual(['CANCELLED']);
  });

  test('together with a new phone and zone is an opt-out: nothing moves any more', async () => {
    const ann = await storeClient(db.pool, { phone: '79160000001' });
    const id = await addMailing(db.pool);
    const { batchId } = await addMessages(db.pool, id, [ann]);
    valueOf(await api.updateClient(ann, { optedOut: true, phone: '79160000002', timeZone: 'Asia/Vladivostok' }, null));
    expect(await messagesOf(db.pool, id)).toMatchObject([{ status: 'CANCELLED', phone: '79160000001', batchId }]);
    await expectExactCounters();
  });
});

test('a deletion takes client and phone from every message of the client, and the messages stay', async () => {
  const ann = await storeClient(db.pool);
  const expected = ['PENDING', 'SENT', 'FAILED', 'EXPIRED', 'CANCELLED', 'UNCONFIRMED'] as const;
  const mailings: string[] = [];
  for (const status of expected) {
    const id = await addMailing(db.pool);
    await addMessages(db.pool, id, [ann], { status });
    mailings.push(id);
  }
  await remove(ann);
  for (const [index, id] of mailings.entries()) {
    const status = expected[index] === 'PENDING' ? 'CANCELLED' : expected[index];
    expect(await messagesOf(db.pool, id)).toMatchObject([{ clientId: null, phone: null, status }]);
  }
  await expectExactCounters();
});

test('a new phone is where unsent messages go, also those in a lane’s hands; past ones keep the number they went to', async () => {
  const ann = await storeClient(db.pool, { phone: '79160000001' });
  const [waiting, held, past] = [await addMailing(db.pool), await addMailing(db.pool), await addMailing(db.pool)];
  await addMessages(db.pool, waiting, [ann]);
  await addMessages(db.pool, held, [ann]);
  await addMessages(db.pool, past, [ann], { status: 'SENT' });
  const batch = await lease(held);
  valueOf(await api.updateClient(ann, { phone: '+7 925 000 00 01' }, null));
  expect((await messagesOf(db.pool, waiting))[0]?.phone).toBe('79250000001');
  expect(given(await readPortion(api.database, batch, '0', false)).phones).toEqual(['79250000001']);
  expect((await messagesOf(db.pool, past))[0]?.phone).toBe('79160000001');
  await expectExactCounters();
});

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
      const messageIds = given(given(await readPortion(api.database, batch, '0', false)).ids);
      valueOf(await api.updateClient(ann, { timeZone: 'Asia/Vladivostok' }, null));
      return { id, ann, bob, batch, messageIds };
    }

    test('leaves the lane’s next portion, and nobody else gets it while the lane may have its request under way', async () => {
      const { id, batch, messageIds } = await held();
      expect(given(await readPortion(api.database, batch, '0', false)).ids).toEqual(messageIds.slice(1));
      expect(await leaseBatch(api.database, id, leaseMs, guardMs)).toBeNull();
      expect((await nextDue(api.database, id, guardMs)).dueAt).toBeNull();
      await expectExactCounters();
    });

    test('is sent in the hours there as soon as the lane has given the batch back without having sent it', async () => {
      const { id, batch, messageIds } = await held();
      await settleAccepted(api.database, batch, messageIds.slice(1), leaseMs);
      await releaseBatch(api.database, batch);
      const moved = await lease(id);
      expect(moved).toMatchObject({ timeZone: 'Asia/Vladivostok', rescues: 0 });
      expect(given(await readPortion(api.database, moved, '0', false)).ids).toEqual(messageIds.slice(0, 1));
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
      ['opts out', optOut],
      ['is deleted', remove],
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
    const ids = given(given(await readPortion(api.database, batch, '0', false)).ids);
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
    const messageId = given(given(await readPortion(api.database, batch, '0', false)).ids?.[0]);
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
    const { updateClient } = makeOperations({ database, changes: silent, log: api.log });
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

describe('a change of a client while recipients are being selected', () => {
  test.each([
    ['opts out', optOut, []],
    ['is deleted', remove, []],
    ['moves', async (id: string) => api.updateClient(id, { timeZone: 'UTC' }, null), ['UTC']],
    ['gets another phone', async (id: string) => api.updateClient(id, { phone: '79990000009' }, null), ['Europe/Moscow']],
  ] as const)('a client who %s at that moment is taken as they are afterwards, or their message follows', async (_, change, zones) => {
    for (const chunkFirst of [true, false]) {
      await clearEngine(db.pool);
      const ann = await storeClient(db.pool);
      const id = await addMailing(db.pool, { expanded: false, endsInMs: 48 * hour });
      const expand = async (): Promise<unknown> => api.expandMailing(id);
      const changed = async (): Promise<unknown> => change(ann);
      // The chunk writes its counters last: it has chosen its clients when it waits for them. A change waits for the client's row first.
      if (chunkFirst) await inTheWay(db.pool, 'select from mailing_statistics where mailing_id = $1 for update', id, [expand, changed]);
      else await inTheWay(db.pool, 'select from client where id = $1 for update', ann, [changed, expand]);
      const pending = (await messagesOf(db.pool, id)).filter((message) => message.status === 'PENDING');
      const places = await batchesOf(db.pool, id);
      expect(pending.map((message) => places.find((place) => place.id === message.batchId)?.timeZone)).toEqual(zones);
      const { rows } = await db.pool.query<{ phone: string }>('select phone::text from client');
      for (const message of pending) expect(message.phone).toBe(first(rows).phone);
      await expectExactCounters();
    }
  });
});

test('a client with messages in many mailings leaves all of them in one go', async () => {
  const [ann, ...others] = await storeClients(db.pool, 5);
  const mailings: string[] = [];
  for (let n = 0; n < 30; n += 1) {
    const id = await addMailing(db.pool);
    await addMessages(db.pool, id, [given(ann), ...others]);
    mailings.push(id);
  }
  await removeJobs(db.pool);
  await Promise.all([optOut(given(ann)), ...others.slice(0, 2).map(remove)]);
  for (const id of mailings) expect(await countsOf(db.pool, id)).toMatchObject({ pending: 2, cancelled: 3 });
  await expectExactCounters();
});
