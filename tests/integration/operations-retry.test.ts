// Retrying: messages that failed, or that nobody knows about, go back in line under their ids, as long as their mailing's period lasts.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { leaseBatch, readPortion, releaseBatch } from '../../src/database/batch-queries.ts';
import { findMailing } from '../../src/database/mailing-queries.ts';
import { settleAccepted } from '../../src/database/settle-queries.ts';
import { CarillonError } from '../../src/domain/errors.ts';
import type { MessageStatus } from '../../src/domain/message.ts';
import { eventually } from '../support/eventually.ts';
import { addMailing, clearEngine, countsOf, faultsOfCounters, given, statusOf } from '../support/engine-seed.ts';
import { errorsOf, openOperations, valueOf } from '../support/operations.ts';
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

// 15:00 in Moscow, 22:00 in Vladivostok.
const now = '2026-03-10T12:00:00Z';
const hour = 3_600_000;

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

const retry = async (id: string, ...statuses: MessageStatus[]): Promise<number> => valueOf(await api.retryMessages(id, statuses)).retried;
const statuses = async (id: string): Promise<string[]> => (await messagesOf(db.pool, id)).map((message) => message.status);

describe('messages that failed', () => {
  test('go back in line under their ids, and are leased and sent as at first', async () => {
    const id = await addMailing(db.pool);
    const clients = await storeClients(db.pool, 3);
    const { messageIds } = await addMessages(db.pool, id, clients.slice(0, 2), { status: 'FAILED', attempts: 3 });
    await addMessages(db.pool, id, clients.slice(2), { status: 'SENT' });
    const version = await statisticsVersion(db.pool, id);

    expect(await retry(id, 'FAILED')).toBe(2);

    expect(await statuses(id)).toEqual(['PENDING', 'PENDING', 'SENT']);
    expect((await messagesOf(db.pool, id))[0]).toMatchObject({ id: messageIds[0], attempts: 3, finishedAt: null });
    expect(await countsOf(db.pool, id)).toMatchObject({ total: 3, pending: 2, failed: 0, sent: 1 });
    expect(await statisticsVersion(db.pool, id)).toBeGreaterThan(version);
    expect(await jobsOf(db.pool, id)).toEqual({ send: 'now', finish: '2026-03-10T13:00:00Z' });
    await eventually(() => api.heard.has(id));
    const batch = given(await leaseBatch(api.database, id, 60_000, 500));
    expect(await readPortion(api.database, batch, '0')).toMatchObject({ ids: messageIds, attempts: [3, 3] });
    await settleAccepted(api.database, batch, messageIds, 60_000);
    await releaseBatch(api.database, batch);
    expect(await countsOf(db.pool, id)).toMatchObject({ sent: 3, pending: 0 });
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test('and those nobody knows about, each only when asked for', async () => {
    const id = await addMailing(db.pool);
    const clients = await storeClients(db.pool, 5);
    await addMessages(db.pool, id, clients.slice(0, 2), { status: 'FAILED' });
    await addMessages(db.pool, id, clients.slice(2), { status: 'UNCONFIRMED' });
    expect(await retry(id, 'UNCONFIRMED')).toBe(3);
    expect(await countsOf(db.pool, id)).toMatchObject({ pending: 3, failed: 2, unconfirmed: 0 });
    expect(await retry(id, 'UNCONFIRMED', 'FAILED', 'FAILED')).toBe(2);
    expect(await countsOf(db.pool, id)).toMatchObject({ pending: 5, failed: 0, unconfirmed: 0 });
    expect(await retry(id, 'FAILED', 'UNCONFIRMED')).toBe(0);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test('of both kinds at once are one call', async () => {
    const id = await addMailing(db.pool);
    const clients = await storeClients(db.pool, 4);
    await addMessages(db.pool, id, clients.slice(0, 1), { status: 'UNCONFIRMED' });
    await addMessages(db.pool, id, clients.slice(1), { status: 'FAILED' });
    expect(await retry(id, 'FAILED', 'UNCONFIRMED')).toBe(4);
    expect(await countsOf(db.pool, id)).toMatchObject({ pending: 4, failed: 0, unconfirmed: 0 });
  });

  test('go to the number and into the hours that their clients have now, in a batch for each zone', async () => {
    const id = await addMailing(db.pool, { window: ['09:00', '18:00'], endsInMs: 36 * hour });
    const moved = await storeClient(db.pool, { phone: '79160000001' });
    const stayed = await storeClient(db.pool, { phone: '79160000002' });
    await addMessages(db.pool, id, [moved, stayed], { status: 'FAILED' });
    valueOf(await api.updateClient(moved, { phone: '79250000001', timeZone: 'Asia/Vladivostok' }, null));
    expect(await retry(id, 'FAILED')).toBe(2);
    const places = new Map((await batchesOf(db.pool, id)).map((batch) => [batch.id, batch]));
    const messages = await messagesOf(db.pool, id);
    expect(messages.map((message) => message.phone)).toEqual(['79250000001', '79160000002']);
    expect(messages.map((message) => places.get(message.batchId ?? ''))).toMatchObject([
      { timeZone: 'Asia/Vladivostok', dueAt: '2026-03-10T23:00:00Z', closeAt: '2026-03-11T08:00:00Z', pending: 1 },
      { timeZone: 'Europe/Moscow', dueAt: now, closeAt: '2026-03-10T15:00:00Z', pending: 1 },
    ]);
    expect(await jobsOf(db.pool, id)).toEqual({ send: 'now', finish: '2026-03-10T15:00:00Z' });
  });

  test('stay as they are when their clients are gone, have opted out, or cannot be reached before the end', async () => {
    const id = await addMailing(db.pool, { window: ['09:00', '18:00'], endsInMs: 3 * hour });
    const clients = await storeClients(db.pool, 4);
    const [gone, out, away, here] = [given(clients[0]), given(clients[1]), given(clients[2]), given(clients[3])];
    await addMessages(db.pool, id, [gone, out, away, here], { status: 'FAILED' });
    valueOf(await api.deleteClient(gone));
    valueOf(await api.updateClient(out, { optedOut: true }, null));
    valueOf(await api.updateClient(away, { timeZone: 'Asia/Vladivostok' }, null));
    expect(await retry(id, 'FAILED')).toBe(1);
    expect(await statuses(id)).toEqual(['FAILED', 'FAILED', 'FAILED', 'PENDING']);
    expect(await countsOf(db.pool, id)).toMatchObject({ failed: 3, pending: 1 });
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test('in their thousands become several batches of at most 500, over more than one chunk', async () => {
    const count = 21_234;
    await db.pool.query(
      `insert into client (phone, operator_code, time_zone) select 79100000000 + g, '910', case when g % 10 = 0 then 'UTC' else 'Europe/Moscow' end from generate_series(1, $1::int) g`,
      [count],
    );
    const { rows } = await db.pool.query<{ id: string }>('select id::text from client');
    const id = await addMailing(db.pool, { status: 'COMPLETED' });
    await addMessages(
      db.pool,
      id,
      rows.map((row) => row.id),
      { status: 'FAILED' },
    );
    expect(await retry(id, 'FAILED')).toBe(count);
    const batches = await batchesOf(db.pool, id);
    expect(batches.reduce((sum, batch) => sum + batch.pending, 0)).toBe(count);
    expect(Math.max(...batches.map((batch) => batch.pending))).toBe(500);
    expect(batches.length).toBeLessThanOrEqual(Math.ceil(count / 500) + 4);
    expect(await countsOf(db.pool, id)).toMatchObject({ total: count, pending: count, failed: 0 });
    expect(await statusOf(db.pool, id)).toBe('RUNNING');
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });
});

describe('a completed mailing', () => {
  test('runs again while its period lasts, ends again, and its status is news', async () => {
    const id = await addMailing(db.pool, { status: 'COMPLETED' });
    const { messageIds } = await addMessages(db.pool, id, await storeClients(db.pool, 2), { status: 'FAILED' });
    const [before, version] = [given(await findMailing(api.database, id)), await statisticsVersion(db.pool, id)];
    expect(await retry(id, 'FAILED')).toBe(2);
    expect(await findMailing(api.database, id)).toMatchObject({
      status: 'RUNNING',
      finishedAt: null,
      startedAt: before.startedAt,
      version: before.version + 1,
    });
    expect(await statisticsVersion(db.pool, id)).toBeGreaterThan(version);
    const batch = given(await leaseBatch(api.database, id, 60_000, 500));
    await settleAccepted(api.database, batch, messageIds, 60_000);
    await releaseBatch(api.database, batch);
    await stopClock(db.pool, '2026-03-10T12:30:00Z');
    await api.finishMailing(id);
    expect(await findMailing(api.database, id)).toMatchObject({ status: 'COMPLETED', finishedAt: Date.parse('2026-03-10T12:30:00Z') });
  });

  test('stays completed when there is nothing to retry', async () => {
    const id = await addMailing(db.pool, { status: 'COMPLETED' });
    const [gone] = await storeClients(db.pool, 1);
    await addMessages(db.pool, id, [given(gone)], { status: 'FAILED' });
    valueOf(await api.deleteClient(given(gone)));
    const version = await statisticsVersion(db.pool, id);
    await removeJobs(db.pool);
    expect(await retry(id, 'FAILED', 'UNCONFIRMED')).toBe(0);
    expect(await findMailing(api.database, id)).toMatchObject({ status: 'COMPLETED', version: 1 });
    expect(await statisticsVersion(db.pool, id)).toBe(version);
    expect(await jobsOf(db.pool, id)).toEqual({});
  });

  test('whose counters were proven is proven again after a retry', async () => {
    const id = await addMailing(db.pool, { status: 'COMPLETED' });
    await addMessages(db.pool, id, await storeClients(db.pool, 1), { status: 'FAILED' });
    await db.pool.query('update mailing_statistics set audited_at = instant_now() where mailing_id = $1', [id]);
    await retry(id, 'FAILED');
    const { rows } = await db.pool.query('select audited_at from mailing_statistics where mailing_id = $1', [id]);
    expect(rows).toEqual([{ audited_at: null }]);
  });
});

describe('a retry', () => {
  test.each(['SCHEDULED', 'RUNNING', 'PAUSED'] as const)('of a %s mailing leaves its status and version as they are', async (status) => {
    const id = await addMailing(db.pool, { status });
    const failed = status === 'SCHEDULED' ? 0 : 2;
    if (failed > 0) await addMessages(db.pool, id, await storeClients(db.pool, failed), { status: 'FAILED' });
    expect(await retry(id, 'FAILED')).toBe(failed);
    expect(await findMailing(api.database, id)).toMatchObject({ status, version: 1 });
  });

  test('of a mailing that was cancelled or whose end has come is too late, and of one that is not there or deleted NOT_FOUND', async () => {
    const cancelled = await addMailing(db.pool, { status: 'CANCELLED' });
    const over = await addMailing(db.pool, { status: 'COMPLETED', startsInMs: -2 * hour, endsInMs: 0 });
    const ending = await addMailing(db.pool, { status: 'RUNNING', startsInMs: -2 * hour, endsInMs: 0 });
    for (const id of [cancelled, over, ending]) {
      await addMessages(db.pool, id, await storeClients(db.pool, 1), { status: 'FAILED' });
      expect(errorsOf(await api.retryMessages(id, ['FAILED']))).toEqual(['MAILING_FINISHED mailingId']);
      expect(await countsOf(db.pool, id)).toMatchObject({ failed: 1, pending: 0 });
    }
    const deleted = await addMailing(db.pool, { status: 'COMPLETED', deleted: true });
    for (const id of [deleted, '123456789', 'x'])
      expect(errorsOf(await api.retryMessages(id, ['FAILED']))).toEqual(['NOT_FOUND mailingId']);
  });

  test.each([[['SENT']], [['FAILED', 'CANCELLED']], [['PENDING']], [['EXPIRED']], [[]]] as MessageStatus[][][])(
    'of %j is an error of the request, and nothing happens',
    async (wrong) => {
      const id = await addMailing(db.pool);
      await addMessages(db.pool, id, await storeClients(db.pool, 1), { status: 'FAILED' });
      const refused = await api.retryMessages(id, wrong).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(CarillonError);
      expect(refused).toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringContaining(wrong.at(-1) ?? 'empty') });
      expect(await statuses(id)).toEqual(['FAILED']);
    },
  );

  test('by several people at once retries each message once', async () => {
    const id = await addMailing(db.pool, { status: 'COMPLETED' });
    await addMessages(db.pool, id, await storeClients(db.pool, 4), { status: 'FAILED' });
    const retried = await Promise.all([retry(id, 'FAILED'), retry(id, 'FAILED'), retry(id, 'FAILED')]);
    expect(retried.toSorted((a, b) => a - b)).toEqual([0, 0, 4]);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test('at the moment a client opts out, is deleted or moves, has them as they are afterwards', async () => {
    const changes = [
      [async (id: string) => api.updateClient(id, { optedOut: true }, null), ['FAILED', 'CANCELLED']],
      [async (id: string) => api.deleteClient(id), ['FAILED', 'CANCELLED']],
      [async (id: string) => api.updateClient(id, { timeZone: 'UTC' }, null), ['PENDING', 'PENDING']],
    ] as const;
    for (const [change, expected] of changes) {
      for (const order of [0, 1]) {
        await clearEngine(db.pool);
        const id = await addMailing(db.pool);
        const [ann] = await storeClients(db.pool, 1);
        await addMessages(db.pool, id, [given(ann)], { status: 'FAILED' });
        const steps: (() => Promise<unknown>)[] = [async () => change(given(ann)), async () => api.retryMessages(id, ['FAILED'])];
        // The change waits for the client; the retry, when it is first, for the mailing. Each then holds what the other waits for.
        const row = order === 0 ? given(ann) : id;
        await inTheWay(
          db.pool,
          `select from ${order === 0 ? 'client' : 'mailing'} where id = $1 for update`,
          row,
          order === 0 ? steps : steps.toReversed(),
        );
        expect(await statuses(id)).toEqual([expected[order]]);
        const zones = (await batchesOf(db.pool, id)).filter((batch) => batch.pending > 0).map((batch) => batch.timeZone);
        expect(zones).toEqual(expected[order] === 'PENDING' ? ['UTC'] : []);
        expect(await faultsOfCounters(db.pool)).toEqual([]);
      }
    }
  });

  test('at the moment the mailing completes, is paused or cancelled, comes wholly before or after', async () => {
    for (const order of [0, 1]) {
      await clearEngine(db.pool);
      const id = await addMailing(db.pool);
      await addMessages(db.pool, id, await storeClients(db.pool, 2), { status: 'FAILED' });
      const steps = [async () => api.retryMessages(id, ['FAILED']), async () => api.finishMailing(id)];
      await inTheWay(db.pool, 'select from mailing where id = $1 for update', id, order === 0 ? steps : steps.toReversed());
      expect(await statusOf(db.pool, id)).toBe('RUNNING');
      expect(await countsOf(db.pool, id)).toMatchObject({ pending: 2, failed: 0 });

      valueOf(await api.cancelMailing(id));
      expect(errorsOf(await api.retryMessages(id, ['FAILED']))).toEqual(['MAILING_FINISHED mailingId']);
      await api.finishMailing(id);
      expect(await countsOf(db.pool, id)).toMatchObject({ pending: 0, cancelled: 2 });
      expect(await faultsOfCounters(db.pool)).toEqual([]);
    }
  });
});
