// Editing a mailing before its start, what any edit has to keep to, and what it is refused for.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findMailing } from '../../src/database/mailing-queries.ts';
import type { MailingChangesInput } from '../../src/domain/mailing.ts';
import { addMailing, clearEngine, faultsOfCounters, statusOf } from '../support/engine-seed.ts';
import { errorsOf, openOperations, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
import { addMessages, batchesOf, inTheWay, jobsOf, messagesOf, stopClock, storeClients } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: OpenedOperations;

// 15:00 in Moscow, 22:00 in Vladivostok.
const now = '2026-03-10T12:00:00Z';
const at = (time: string): number => Date.parse(`2026-03-${time}Z`);
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

const edit = async (id: string, input: MailingChangesInput): Promise<void> => {
  const changed = valueOf(await api.updateMailing(id, input, null));
  // What is answered is what is read.
  expect(await findMailing(api.database, id)).toEqual(changed);
};

describe('before the start', () => {
  const planned = { text: 'Hello', startsAt: at('10T13:00'), endsAt: at('10T15:00') };

  test('everything may change, and the jobs move with the start and the end, sooner and later', async () => {
    const { id } = valueOf(await api.createMailing(planned, null));
    await edit(id, {
      text: 'Bye',
      filter: { tags: ['vip'], operatorCodes: ['916'] },
      startsAt: at('11T00:00'),
      endsAt: at('12T00:00'),
      sendWindow: { from: '09:00', to: '18:00' },
      ratePerSecond: 5,
    });
    expect(await findMailing(api.database, id)).toMatchObject({
      text: 'Bye',
      tags: ['vip'],
      operatorCodes: ['916'],
      windowFrom: '09:00',
      windowTo: '18:00',
      ratePerSecond: 5,
      startsAt: at('11T00:00'),
      endsAt: at('12T00:00'),
      version: 2,
      updatedAt: Date.parse(now),
      status: 'SCHEDULED',
    });
    expect(await jobsOf(db.pool, id)).toEqual({ expand: '2026-03-11T00:00:00Z', finish: '2026-03-12T00:00:00Z' });
    await edit(id, { startsAt: at('10T12:30') });
    expect(await jobsOf(db.pool, id)).toEqual({ expand: '2026-03-10T12:30:00Z', finish: '2026-03-12T00:00:00Z' });
    await edit(id, { endsAt: at('10T14:00') });
    expect(await jobsOf(db.pool, id)).toEqual({ expand: '2026-03-10T12:30:00Z', finish: '2026-03-10T14:00:00Z' });
  });

  test('a start in the past starts it at once', async () => {
    const { id } = valueOf(await api.createMailing(planned, null));
    await edit(id, { startsAt: at('10T11:00') });
    expect(await jobsOf(db.pool, id)).toMatchObject({ expand: 'now' });
  });

  test('null clears the window and the cap, and what is not given stays', async () => {
    const { id } = valueOf(await api.createMailing({ ...planned, sendWindow: { from: '09:00', to: '18:00' }, ratePerSecond: 5 }, null));
    await edit(id, { text: 'Bye' });
    expect(await findMailing(api.database, id)).toMatchObject({
      text: 'Bye',
      windowFrom: '09:00',
      ratePerSecond: 5,
      startsAt: planned.startsAt,
    });
    await edit(id, { sendWindow: null, ratePerSecond: null });
    expect(await findMailing(api.database, id)).toMatchObject({
      text: 'Bye',
      windowFrom: null,
      windowTo: null,
      ratePerSecond: null,
      version: 3,
    });
  });

  test('what is wrong is refused with every fault, and nothing of it is written', async () => {
    const { id } = valueOf(await api.createMailing(planned, null));
    const refused = await api.updateMailing(
      id,
      { text: null, endsAt: at('10T12:30'), ratePerSecond: -1, sendWindow: { from: '09:00', to: '09:00' } },
      null,
    );
    expect(errorsOf(refused)).toEqual([
      'INVALID_TEXT input.text',
      'INVALID_PERIOD input.endsAt',
      'INVALID_SEND_WINDOW input.sendWindow.to',
      'INVALID_RATE input.ratePerSecond',
    ]);
    expect(await findMailing(api.database, id)).toMatchObject({ text: 'Hello', version: 1 });
    expect(await jobsOf(db.pool, id)).toMatchObject({ finish: '2026-03-10T15:00:00Z' });
  });

  test('the new filter, hours and start count when it starts, also when that was about to happen', async () => {
    for (const order of [0, 1]) {
      await clearEngine(db.pool);
      await storeClients(db.pool, 2, { tag: 'vip' });
      await storeClients(db.pool, 3);
      const { id } = valueOf(await api.createMailing({ ...planned, startsAt: at('10T12:00') }, null));
      const steps = [async () => api.updateMailing(id, { filter: { tags: ['vip'] } }, null), async () => api.expandMailing(id)];
      await inTheWay(db.pool, 'select from mailing where id = $1 for update', id, order === 0 ? steps : steps.toReversed());
      await api.expandMailing(id);
      expect((await messagesOf(db.pool, id)).length).toBe(order === 0 ? 2 : 5);
      expect(await faultsOfCounters(db.pool)).toEqual([]);
    }
  });

  test('a start that was put off at the last moment is put off: the job that came too early looks again then', async () => {
    await storeClients(db.pool, 2);
    const { id } = valueOf(await api.createMailing({ ...planned, startsAt: at('10T12:00') }, null));
    const steps = [async () => api.updateMailing(id, { startsAt: at('10T13:00') }, null), async () => api.expandMailing(id)];
    await inTheWay(db.pool, 'select from mailing where id = $1 for update', id, steps);
    expect(await statusOf(db.pool, id)).toBe('SCHEDULED');
    expect(await messagesOf(db.pool, id)).toEqual([]);
    expect(await jobsOf(db.pool, id)).toMatchObject({ expand: '2026-03-10T13:00:00Z' });
  });
});

describe('any edit', () => {
  test('that says what already is, is no new version and moves nothing', async () => {
    const id = await addMailing(db.pool, { window: ['09:00', '18:00'], ratePerSecond: 5, endsInMs: 2 * hour });
    await addMessages(db.pool, id, await storeClients(db.pool, 2), { closeAt: '2026-03-10T13:00:00Z' });
    const [before, batches] = [await findMailing(api.database, id), await batchesOf(db.pool, id)];
    await edit(id, {});
    await edit(id, { text: 'Hello', endsAt: at('10T14:00'), sendWindow: { from: '09:00', to: '18:00' }, ratePerSecond: 5 });
    expect(await findMailing(api.database, id)).toEqual(before);
    expect(await batchesOf(db.pool, id)).toEqual(batches);
    expect(api.logLines.filter((line) => line['mailingId'] === id && line['event'] === 'updated')).toEqual([]);
  });

  test.each(['SCHEDULED', 'RUNNING', 'PAUSED'] as const)('of a %s mailing with the version it was read at is made once', async (status) => {
    const id = await addMailing(db.pool, { status });
    const results = await Promise.all(['a', 'b', 'c'].map(async (text) => api.updateMailing(id, { text }, 1)));
    expect(results.filter((result) => result.ok).length).toBe(1);
    for (const result of results) if (!result.ok) expect(errorsOf(result)).toEqual(['STALE_VERSION expectedVersion']);
    valueOf(await api.updateMailing(id, { text: 'd' }, 2));
  });

  test('meets a version that pausing has changed', async () => {
    const id = await addMailing(db.pool);
    valueOf(await api.pauseMailing(id));
    expect(errorsOf(await api.updateMailing(id, { text: 'late' }, 1))).toEqual(['STALE_VERSION expectedVersion']);
  });

  test.each(['RUNNING', 'PAUSED'] as const)(
    'of filter and start is too late for a %s mailing, and then nothing else is changed',
    async (status) => {
      const id = await addMailing(db.pool, { status });
      const refused = await api.updateMailing(id, { text: 'Bye', filter: { tags: ['vip'] }, startsAt: at('10T13:00') }, null);
      expect(errorsOf(refused)).toEqual(['MAILING_STARTED input.filter', 'MAILING_STARTED input.startsAt']);
      expect(await findMailing(api.database, id)).toMatchObject({ text: 'Hello', version: 1 });
    },
  );

  test.each(['COMPLETED', 'CANCELLED'] as const)('of a %s mailing is too late', async (status) => {
    const id = await addMailing(db.pool, { status });
    expect(errorsOf(await api.updateMailing(id, { text: 'Bye' }, null))).toEqual(['MAILING_FINISHED input']);
    expect(await findMailing(api.database, id)).toMatchObject({ text: 'Hello', version: 1 });
  });

  test('of what is not there or deleted: NOT_FOUND', async () => {
    const deleted = await addMailing(db.pool, { status: 'CANCELLED', deleted: true });
    for (const id of [deleted, '123456789', 'x'])
      expect(errorsOf(await api.updateMailing(id, { text: 'Bye' }, null))).toEqual(['NOT_FOUND id']);
  });
});
