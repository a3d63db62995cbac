// What becomes of a client's messages when the client opts out, is deleted, or gets another phone. Moving has a file of its own.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { leaseBatch, readPortion, releaseBatch } from '../../src/database/batch-queries.ts';
import type { LeasedBatch } from '../../src/database/batch-queries.ts';
import type { Database } from '../../src/database/database.ts';
import { settleAccepted, settleMixed } from '../../src/database/settle-queries.ts';
import { makeFinishMailing } from '../../src/operations/finish-mailing.ts';
import { eventually } from '../support/eventually.ts';
import { addMailing, clearEngine, countsOf, faultsOfCounters, first, given, statusOf } from '../support/engine-seed.ts';
import { openOperations, silentChanges, valueOf } from '../support/operations.ts';
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
    await makeFinishMailing({ database, changes: silentChanges, log: api.log })(id);
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
    const { ids } = given(await readPortion(api.database, batch, '0'));
    await leave(ann);
    expect(given(await readPortion(api.database, batch, '0')).ids).toEqual(given(ids).slice(1));
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
    const ids = given(given(await readPortion(api.database, batch, '0')).ids);
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
  expect(given(await readPortion(api.database, batch, '0')).phones).toEqual(['79250000001']);
  expect((await messagesOf(db.pool, past))[0]?.phone).toBe('79160000001');
  await expectExactCounters();
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
