// Idempotency keys: whoever repeats a creation with its key gets what the first one made, and makes nothing.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readTotals } from '../../src/database/statistics-queries.ts';
import type { NewMailingInput } from '../../src/domain/mailing.ts';
import { clearEngine } from '../support/engine-seed.ts';
import { errorsOf, openOperations, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
import { stopClock } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: OpenedOperations;

const now = '2026-03-10T12:00:00Z';
const startsAt = Date.parse(now);
const hour = 3_600_000;
const client = { phone: '79161234567', timeZone: 'Europe/Moscow' };
const mailing: NewMailingInput = { text: 'Hello', startsAt, endsAt: startsAt + hour };

beforeAll(async () => {
  db = await createTestDatabase();
  api = await openOperations(db.url);
});
beforeEach(async () => {
  await clearEngine(db.pool);
  await db.pool.query('truncate idempotency_key');
  await stopClock(db.pool, now);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});

const keys = async (): Promise<unknown[]> =>
  (await db.pool.query('select operation, key, result_id::text as id from idempotency_key order by key, operation')).rows;
const created = (): number => api.logLines.filter((line) => line['event'] === 'created' || line['event'] === 'client-created').length;

describe('a key', () => {
  test('gives the first client again, also when it has changed since, and is noted with it', async () => {
    const before = created();
    const first = valueOf(await api.createClient(client, 'k'));
    expect(valueOf(await api.createClient(client, 'k'))).toEqual(first);
    const changed = valueOf(await api.updateClient(first.id, { tag: 'vip' }, null));
    expect(valueOf(await api.createClient(client, 'k'))).toEqual(changed);
    expect(await keys()).toEqual([{ operation: 'createClient', key: 'k', id: first.id }]);
    expect((await readTotals(api.database)).clients).toBe(1);
    expect(created() - before).toBe(1);
  });

  test('gives the first mailing again: one mailing, one job to start it', async () => {
    const before = created();
    const first = valueOf(await api.createMailing(mailing, 'k'));
    expect(valueOf(await api.createMailing(mailing, 'k'))).toEqual(first);
    expect((await readTotals(api.database)).mailings.total).toBe(1);
    const { rows } = await db.pool.query(`select count(*)::int as n from graphile_worker.jobs where key like 'expand:%'`);
    expect(rows).toEqual([{ n: 1 }]);
    expect(created() - before).toBe(1);
  });

  test('sees what an input means, not how it is written', async () => {
    const first = valueOf(await api.createClient({ phone: '+7 916 123-45-67', timeZone: 'GMT+3', tag: '' }, 'k'));
    expect(valueOf(await api.createClient({ phone: '79161234567', timeZone: '+03:00', operatorCode: '916', tag: null }, 'k'))).toEqual(
      first,
    );
    const planned = valueOf(await api.createMailing({ ...mailing, filter: { tags: ['a', 'a'] } }, 'k'));
    expect(valueOf(await api.createMailing({ ...mailing, filter: { tags: ['a'], operatorCodes: [] }, sendWindow: null }, 'k'))).toEqual(
      planned,
    );
  });

  test('used with another input is refused, and nothing is made', async () => {
    valueOf(await api.createClient(client, 'k'));
    expect(errorsOf(await api.createClient({ ...client, tag: 'vip' }, 'k'))).toEqual(['IDEMPOTENCY_KEY_REUSED idempotencyKey']);
    expect(errorsOf(await api.createClient({ ...client, phone: '79161234568' }, 'k'))).toEqual(['IDEMPOTENCY_KEY_REUSED idempotencyKey']);
    valueOf(await api.createMailing(mailing, 'k'));
    expect(errorsOf(await api.createMailing({ ...mailing, text: 'Bye' }, 'k'))).toEqual(['IDEMPOTENCY_KEY_REUSED idempotencyKey']);
    const totals = await readTotals(api.database);
    expect([totals.clients, totals.mailings.total]).toEqual([1, 1]);
  });

  test('of one mutation is not that of the other', async () => {
    const { id } = valueOf(await api.createClient(client, 'k'));
    const { id: mailingId } = valueOf(await api.createMailing(mailing, 'k'));
    expect(await keys()).toEqual([
      { operation: 'createClient', key: 'k', id },
      { operation: 'createMailing', key: 'k', id: mailingId },
    ]);
  });

  test('still gives the first mailing when its period is over by the time of the repeat', async () => {
    const first = valueOf(await api.createMailing(mailing, 'k'));
    await stopClock(db.pool, '2026-03-10T14:00:00Z');
    expect(valueOf(await api.createMailing(mailing, 'k'))).toEqual(first);
    expect(errorsOf(await api.createMailing({ ...mailing, text: 'Bye' }, 'k'))).toEqual(['IDEMPOTENCY_KEY_REUSED idempotencyKey']);
    expect(errorsOf(await api.createMailing(mailing, 'another'))).toEqual(['INVALID_PERIOD input.endsAt']);
    expect(errorsOf(await api.createMailing(mailing, null))).toEqual(['INVALID_PERIOD input.endsAt']);
    expect((await keys()).length).toBe(1);
  });

  test('of an input that was refused stays free', async () => {
    expect(errorsOf(await api.createClient({ ...client, timeZone: 'EST' }, 'k'))).toEqual(['INVALID_TIME_ZONE input.timeZone']);
    expect(errorsOf(await api.createMailing({ ...mailing, text: '' }, 'k'))).toEqual(['INVALID_TEXT input.text']);
    valueOf(await api.createClient(client, null));
    expect(errorsOf(await api.createClient(client, 'k'))).toEqual(['PHONE_TAKEN input.phone']);
    expect(await keys()).toEqual([]);
    expect(valueOf(await api.createClient({ ...client, phone: '79161234568' }, 'k')).phone).toBe('79161234568');
  });

  test('of what has been deleted since makes nothing again, and says so', async () => {
    const { id } = valueOf(await api.createClient(client, 'k'));
    valueOf(await api.deleteClient(id));
    expect(errorsOf(await api.createClient(client, 'k'))).toEqual(['NOT_FOUND idempotencyKey']);
    const { id: mailingId } = valueOf(await api.createMailing(mailing, 'k'));
    valueOf(await api.deleteMailing(mailingId));
    expect(errorsOf(await api.createMailing(mailing, 'k'))).toEqual(['NOT_FOUND idempotencyKey']);
    const totals = await readTotals(api.database);
    expect([totals.clients, totals.mailings.total]).toEqual([0, 0]);
  });

  test.each(['', 'k'.repeat(201), 'a\0b', 'a\ud800b'])('cannot be %j', async (key) => {
    expect(errorsOf(await api.createClient(client, key))).toEqual(['IDEMPOTENCY_KEY_REUSED idempotencyKey']);
    expect(errorsOf(await api.createMailing(mailing, key))).toEqual(['IDEMPOTENCY_KEY_REUSED idempotencyKey']);
    expect(await keys()).toEqual([]);
  });

  test.each(['k'.repeat(200), ' ', 'ключ 🔑', `'; drop table client; --`])('can be %j', async (key) => {
    const first = valueOf(await api.createClient(client, key));
    expect(valueOf(await api.createClient(client, key))).toEqual(first);
    expect(await keys()).toEqual([{ operation: 'createClient', key, id: first.id }]);
  });
});

describe('at the same time', () => {
  test('the same creation under one key happens once, and all get it', async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      const input = { ...client, phone: `7916000000${turn}` };
      const clients = await Promise.all(Array.from({ length: 5 }, async () => api.createClient(input, `k${turn}`)));
      expect(new Set(clients.map((result) => valueOf(result).id)).size).toBe(1);
      const mailings = await Promise.all(Array.from({ length: 5 }, async () => api.createMailing(mailing, `k${turn}`)));
      expect(new Set(mailings.map((result) => valueOf(result).id)).size).toBe(1);
    }
    const totals = await readTotals(api.database);
    expect([totals.clients, totals.mailings.total]).toEqual([5, 5]);
    expect((await keys()).length).toBe(10);
  });

  test('two inputs under one key are one creation and one refusal', async () => {
    const results = await Promise.all([api.createMailing(mailing, 'k'), api.createMailing({ ...mailing, text: 'Bye' }, 'k')]);
    expect(results.filter((result) => result.ok).length).toBe(1);
    expect(results.filter((result) => !result.ok).map(errorsOf)).toEqual([['IDEMPOTENCY_KEY_REUSED idempotencyKey']]);
    expect((await readTotals(api.database)).mailings.total).toBe(1);
  });

  test('one phone under two keys is one client, and the other key stays free', async () => {
    const results = await Promise.all([api.createClient(client, 'a'), api.createClient(client, 'b')]);
    expect(results.filter((result) => result.ok).length).toBe(1);
    expect(results.filter((result) => !result.ok).map(errorsOf)).toEqual([['PHONE_TAKEN input.phone']]);
    expect((await keys()).length).toBe(1);
  });
});
