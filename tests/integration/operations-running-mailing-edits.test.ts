// Editing a mailing that has started: unsent messages follow, also those that a lane holds, and nothing that was under way is lost.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { extendLeases, leaseBatch, readPortion, releaseBatch } from '../../src/database/batch-queries.ts';
import { findMailing } from '../../src/database/mailing-queries.ts';
import { settleAccepted, settleMixed } from '../../src/database/settle-queries.ts';
import type { MailingChangesInput } from '../../src/domain/mailing.ts';
import { eventually } from '../support/eventually.ts';
import { addMailing, clearEngine, countsOf, faultsOfCounters, given, statusOf } from '../support/engine-seed.ts';
import { openOperations, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
import { addMessages, batchesOf, inTheWay, jobsOf, messagesOf, statisticsVersion, stopClock, storeClients } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: OpenedOperations;

// 15:00 in Moscow, 22:00 in Vladivostok.
const now = '2026-03-10T12:00:00Z';
const at = (time: string): number => Date.parse(`2026-03-${time}Z`);
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

const edit = async (id: string, input: MailingChangesInput): Promise<void> => {
  const changed = valueOf(await api.updateMailing(id, input, null));
  // What is answered is what is read.
  expect(await findMailing(api.database, id)).toEqual(changed);
};
const hoursOf = async (id: string): Promise<string[]> =>
  (await batchesOf(db.pool, id)).map(({ timeZone, dueAt, closeAt }) => `${timeZone} ${dueAt.slice(8, 16)}-${closeAt.slice(8, 16)}`);
const statuses = async (id: string): Promise<string[]> => (await messagesOf(db.pool, id)).map((message) => message.status);

describe.each(['RUNNING', 'PAUSED'] as const)('while %s', (status) => {
  test('text and cap are read with the next portion, also by whoever holds a batch', async () => {
    const id = await addMailing(db.pool);
    await addMessages(db.pool, id, await storeClients(db.pool, 2));
    const batch = given(await leaseBatch(api.database, id, leaseMs, guardMs));
    if (status === 'PAUSED') valueOf(await api.pauseMailing(id));
    await edit(id, { text: 'Bye', ratePerSecond: 9 });
    expect(await readPortion(api.database, batch, '0')).toMatchObject({ text: 'Bye', ratePerSecond: 9 });
  });

  test('a new window moves every unsent message to its hours, zone by zone', async () => {
    const id = await addMailing(db.pool, { status, endsInMs: 36 * hour });
    await addMessages(db.pool, id, await storeClients(db.pool, 2));
    await addMessages(db.pool, id, await storeClients(db.pool, 3, { timeZone: 'Asia/Vladivostok' }), { timeZone: 'Asia/Vladivostok' });
    await edit(id, { sendWindow: { from: '16:00', to: '20:00' } });
    expect(await hoursOf(id)).toEqual(['Europe/Moscow 10T13:00-10T17:00', 'Asia/Vladivostok 11T06:00-11T10:00']);
    expect(await jobsOf(db.pool, id)).toEqual({ send: '2026-03-10T13:00:00Z', finish: '2026-03-10T17:00:00Z' });
    await edit(id, { sendWindow: null });
    expect(await hoursOf(id)).toEqual(['Europe/Moscow 10T12:00-12T00:00', 'Asia/Vladivostok 10T12:00-12T00:00']);
    expect(await jobsOf(db.pool, id)).toMatchObject({ send: 'now' });
    expect((await messagesOf(db.pool, id)).length).toBe(5);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test('a later end leaves more time, an earlier one less; past messages are not asked', async () => {
    const id = await addMailing(db.pool, { status, window: ['09:00', '18:00'], endsInMs: 2 * hour });
    await addMessages(db.pool, id, await storeClients(db.pool, 2), { closeAt: '2026-03-10T14:00:00Z' });
    await addMessages(db.pool, id, await storeClients(db.pool, 1), { status: 'EXPIRED' });
    await edit(id, { endsAt: at('12T00:00') });
    expect(await hoursOf(id)).toEqual(['Europe/Moscow 10T12:00-10T15:00']);
    await edit(id, { endsAt: at('10T13:00') });
    expect(await hoursOf(id)).toEqual(['Europe/Moscow 10T12:00-10T13:00']);
    expect(await jobsOf(db.pool, id)).toMatchObject({ finish: '2026-03-10T13:00:00Z' });
    expect(await countsOf(db.pool, id)).toMatchObject({ pending: 2, expired: 1 });
    await stopClock(db.pool, '2026-03-10T13:00:00Z');
    await api.finishMailing(id);
    expect(await countsOf(db.pool, id)).toMatchObject({ pending: 0, expired: 3 });
    expect(await statusOf(db.pool, id)).toBe('COMPLETED');
  });

  test('the wait before a retry stays: nothing becomes due earlier by an edit', async () => {
    const id = await addMailing(db.pool, { status, endsInMs: 2 * hour });
    await addMessages(db.pool, id, await storeClients(db.pool, 1), { dueAt: '2026-03-10T12:05:00Z', notBefore: '2026-03-10T12:05:00Z' });
    await addMessages(db.pool, id, await storeClients(db.pool, 1), { dueAt: '2026-03-10T11:55:00Z', notBefore: '2026-03-10T11:55:00Z' });
    await edit(id, { endsAt: at('10T20:00') });
    expect(await hoursOf(id)).toEqual(['Europe/Moscow 10T12:05-10T20:00', 'Europe/Moscow 10T12:00-10T20:00']);
    await edit(id, { sendWindow: { from: '15:00', to: '16:00' } });
    expect(await hoursOf(id)).toEqual(['Europe/Moscow 10T12:05-10T13:00', 'Europe/Moscow 10T12:00-10T13:00']);
    expect((await batchesOf(db.pool, id)).map((batch) => batch.notBefore)).toEqual(['2026-03-10T12:05:00Z', '2026-03-10T11:55:00Z']);
  });

  test('a window that never opens any more before the end ends those messages at once', async () => {
    const id = await addMailing(db.pool, { status, endsInMs: 3 * hour });
    await addMessages(db.pool, id, await storeClients(db.pool, 2));
    await addMessages(db.pool, id, await storeClients(db.pool, 1, { timeZone: 'UTC' }), { timeZone: 'UTC' });
    await edit(id, { sendWindow: { from: '13:00', to: '14:00' } });
    expect(await jobsOf(db.pool, id)).toMatchObject({ finish: 'now' });
    await api.finishMailing(id);
    expect(await statuses(id)).toEqual(['EXPIRED', 'EXPIRED', 'PENDING']);
    expect(await hoursOf(id)).toEqual(['UTC 10T13:00-10T14:00']);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test('an edit is told to whoever watches, and is no new version of the counters', async () => {
    const id = await addMailing(db.pool, { status });
    const version = await statisticsVersion(db.pool, id);
    await edit(id, { text: 'Bye' });
    await eventually(() => api.heard.has(id));
    expect(await statisticsVersion(db.pool, id)).toBe(version);
  });

  test('recipients that are selected later are so by the new hours', async () => {
    const id = await addMailing(db.pool, { status: 'SCHEDULED', endsInMs: 36 * hour });
    await storeClients(db.pool, 2);
    await db.pool.query(
      `update mailing set status = $2::mailing_status, started_at = instant_now(), expansion_ceiling = (select max(id) from client) where id = $1`,
      [id, status],
    );
    await edit(id, { sendWindow: { from: '16:00', to: '20:00' } });
    await api.expandMailing(id);
    expect(await hoursOf(id)).toEqual(['Europe/Moscow 10T13:00-10T17:00']);
  });
});

describe('a batch that a lane holds', () => {
  async function held() {
    const id = await addMailing(db.pool, { endsInMs: 6 * hour });
    const { messageIds } = await addMessages(db.pool, id, await storeClients(db.pool, 2));
    const batch = given(await leaseBatch(api.database, id, leaseMs, guardMs));
    return { id, batch, messageIds };
  }
  const retry = {
    attemptsBefore: 0,
    kind: 'retry',
    code: 'HTTP_500',
    message: 'no',
    httpStatus: 500,
    latencyMs: 5,
    delayMs: 2_000,
  } as const;

  test('gets the new hours, which its holder reads with the next portion, and keeps its lease', async () => {
    const { id, batch } = await held();
    await edit(id, { endsAt: at('10T13:00'), sendWindow: { from: '15:30', to: '20:00' } });
    expect(await readPortion(api.database, batch, '0')).toMatchObject({ dueAt: at('10T12:30'), deadlineAt: at('10T13:00') });
    expect(await extendLeases(api.database, [batch], leaseMs)).toEqual({ extended: [batch.id], busy: [] });
  });

  test('is not ended while it is held, also when its window never opens any more; what was under way counts', async () => {
    const { id, batch, messageIds } = await held();
    await edit(id, { sendWindow: { from: '13:00', to: '14:00' } });
    await api.finishMailing(id);
    expect(await statuses(id)).toEqual(['PENDING', 'PENDING']);
    await settleAccepted(api.database, batch, messageIds.slice(0, 1), leaseMs);
    await releaseBatch(api.database, batch);
    await api.finishMailing(id);
    expect(await statuses(id)).toEqual(['SENT', 'EXPIRED']);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test('sends a retry into the new hours, whether it is settled after the edit or just before it', async () => {
    for (const order of [0, 1]) {
      await clearEngine(db.pool);
      const { id, batch, messageIds } = await held();
      const steps = [
        async () => settleMixed(api.database, batch, [{ messageId: messageIds[0] ?? '', ...retry }], leaseMs),
        async () => api.updateMailing(id, { sendWindow: { from: '16:00', to: '17:00' } }, null),
      ];
      await inTheWay(db.pool, 'select from batch where id = $1 for update', batch.id, order === 0 ? steps : steps.toReversed());
      expect(await hoursOf(id)).toEqual(['Europe/Moscow 10T13:00-10T14:00', 'Europe/Moscow 10T13:00-10T14:00']);
      expect(await faultsOfCounters(db.pool)).toEqual([]);
    }
  });

  test('sends a retry after an edit no sooner than its wait allows', async () => {
    const { id, batch, messageIds } = await held();
    await edit(id, { endsAt: at('10T20:00') });
    await settleMixed(api.database, batch, [{ messageId: messageIds[0] ?? '', ...retry }], leaseMs);
    expect((await batchesOf(db.pool, id))[1]).toMatchObject({ dueAt: '2026-03-10T12:00:02Z', closeAt: '2026-03-10T20:00:00Z' });
  });
});

test('an edit does not delay what else was to be looked at at once', async () => {
  const [ann] = await storeClients(db.pool, 1);
  const id = await addMailing(db.pool, { endsInMs: 6 * hour });
  await addMessages(db.pool, id, [given(ann)]);
  valueOf(await api.updateClient(given(ann), { optedOut: true }, null));
  await edit(id, { endsAt: at('10T20:00') });
  expect(await jobsOf(db.pool, id)).toMatchObject({ finish: 'now' });
});

test('an edit of a mailing with thousands of batches is one edit', async () => {
  const id = await addMailing(db.pool, { endsInMs: 6 * hour });
  await db.pool.query(
    `insert into batch (mailing_id, time_zone, due_at, close_at, pending)
     select $1, case when g % 2 = 0 then 'Europe/Moscow' else 'UTC' end, instant_now(), instant_now() + interval '6 hours', 0 from generate_series(1, 5000) g`,
    [id],
  );
  await edit(id, { sendWindow: { from: '16:00', to: '17:00' } });
  const { rows } = await db.pool.query(
    'select distinct time_zone, due_at::timestamptz(0) = $2::timestamptz as moved from batch where mailing_id = $1 order by time_zone',
    [id, '2026-03-10T13:00:00Z'],
  );
  expect(rows).toEqual([
    { time_zone: 'Europe/Moscow', moved: true },
    { time_zone: 'UTC', moved: false },
  ]);
});
