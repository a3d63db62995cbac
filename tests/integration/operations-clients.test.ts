// Creating, changing and deleting a client: what the directory holds afterwards. What becomes of messages is in operations-client-messages.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CLIENTS } from '../../src/database/change-notifier.ts';
import { findClient } from '../../src/database/client-queries.ts';
import { readTotals } from '../../src/database/statistics-queries.ts';
import { eventually } from '../support/eventually.ts';
import { clearEngine } from '../support/engine-seed.ts';
import { errorsOf, openOperations, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
import { stopClock } from '../support/seed.ts';
import { storeClient } from '../support/stored-rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: OpenedOperations;

beforeAll(async () => {
  db = await createTestDatabase();
  api = await openOperations(db.url);
});
beforeEach(async () => clearEngine(db.pool));
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});

const count = async (): Promise<number> => (await readTotals(api.database)).clients;

describe('a new client', () => {
  test('has its phone and zone in the one form they are stored in, and an operator code from the phone', async () => {
    const client = valueOf(await api.createClient({ phone: '+7 (916) 123-45-67', timeZone: 'gmt+3' }, null));
    expect(client).toMatchObject({
      phone: '79161234567',
      operatorCode: '916',
      tag: null,
      timeZone: '+03:00',
      optedOutAt: null,
      version: 1,
    });
    const other = valueOf(
      await api.createClient({ phone: '79161234568', timeZone: 'europe/moscow', operatorCode: '925', tag: 'vip' }, null),
    );
    expect(other).toMatchObject({ operatorCode: '925', tag: 'vip', timeZone: 'Europe/Moscow' });
  });

  test('is answered as it is read later, and told to whoever watches the totals', async () => {
    const client = valueOf(await api.createClient({ phone: '79161234567', timeZone: 'UTC', tag: 'a' }, null));
    expect(await findClient(api.database, client.id)).toEqual(client);
    expect(await count()).toBe(1);
    await eventually(() => api.heard.has(CLIENTS));
  });

  test('is refused with every fault at once, each with its field, and nothing is written', async () => {
    const refused = await api.createClient({ phone: '8916', timeZone: 'EST', operatorCode: '91', tag: 'x'.repeat(101) }, null);
    expect(errorsOf(refused)).toEqual([
      'INVALID_PHONE input.phone',
      'INVALID_OPERATOR_CODE input.operatorCode',
      'INVALID_TAG input.tag',
      'INVALID_TIME_ZONE input.timeZone',
    ]);
    expect(await count()).toBe(0);
  });

  test.each(['Antarctida/South_pole', 'GMT+25', '', 'EST'])('cannot live in the zone %j', async (timeZone) => {
    expect(errorsOf(await api.createClient({ phone: '79161234567', timeZone }, null))).toEqual(['INVALID_TIME_ZONE input.timeZone']);
  });

  test('needs a phone of its own', async () => {
    valueOf(await api.createClient({ phone: '79161234567', timeZone: 'UTC' }, null));
    expect(errorsOf(await api.createClient({ phone: '+7 916 123 45 67', timeZone: 'UTC' }, null))).toEqual(['PHONE_TAKEN input.phone']);
    expect(await count()).toBe(1);
  });

  test('is one of two that want the same phone at once', async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      const phone = `7916000000${turn}`;
      const results = await Promise.all(Array.from({ length: 4 }, async () => api.createClient({ phone, timeZone: 'UTC' }, null)));
      expect(results.filter((result) => result.ok).length).toBe(1);
      for (const result of results) if (!result.ok) expect(errorsOf(result)).toEqual(['PHONE_TAKEN input.phone']);
    }
    expect(await count()).toBe(10);
  });
});

describe('a change of a client', () => {
  test('leaves alone what is not given, and answers what is read later', async () => {
    const id = await storeClient(db.pool, { phone: '79161234567', tag: 'vip', timeZone: 'Europe/Moscow' });
    const changed = valueOf(await api.updateClient(id, { timeZone: 'UTC+05:00' }, null));
    expect(changed).toMatchObject({
      id,
      phone: '79161234567',
      operatorCode: '916',
      tag: 'vip',
      timeZone: '+05:00',
      optedOutAt: null,
      version: 2,
    });
    expect(await findClient(api.database, id)).toEqual(changed);
  });

  test('clears the tag with null', async () => {
    const id = await storeClient(db.pool, { tag: 'vip' });
    expect(valueOf(await api.updateClient(id, { tag: null }, null))).toMatchObject({ tag: null, version: 2 });
  });

  test('takes the operator code along with the phone it came from, and keeps one that was given', async () => {
    const derived = await storeClient(db.pool, { phone: '79161234567' });
    expect(valueOf(await api.updateClient(derived, { phone: '79251234567' }, null))).toMatchObject({
      phone: '79251234567',
      operatorCode: '925',
    });
    const ported = await storeClient(db.pool, { phone: '79161234568', operatorCode: '999' });
    expect(valueOf(await api.updateClient(ported, { phone: '79251234568' }, null)).operatorCode).toBe('999');
    expect(valueOf(await api.updateClient(ported, { operatorCode: null }, null)).operatorCode).toBe('925');
  });

  test('that changes nothing is no new version', async () => {
    const id = await storeClient(db.pool, { phone: '79161234567', tag: 'a', timeZone: 'UTC' });
    const before = valueOf(await api.updateClient(id, {}, null));
    expect(valueOf(await api.updateClient(id, { phone: '+79161234567', tag: 'a', timeZone: 'GMT', optedOut: false }, 1))).toEqual(before);
    expect(before.version).toBe(1);
  });

  test('that is wrong changes nothing, also not what is right in it', async () => {
    const id = await storeClient(db.pool, { tag: 'a' });
    const refused = await api.updateClient(id, { phone: null, timeZone: null, operatorCode: '1', tag: 'b' }, null);
    expect(errorsOf(refused)).toEqual([
      'INVALID_PHONE input.phone',
      'INVALID_OPERATOR_CODE input.operatorCode',
      'INVALID_TIME_ZONE input.timeZone',
    ]);
    expect(await findClient(api.database, id)).toMatchObject({ tag: 'a', version: 1 });
  });

  test('to a phone that another has is refused, and nothing of it is written', async () => {
    await storeClient(db.pool, { phone: '79161234567' });
    const id = await storeClient(db.pool, { phone: '79161234568', tag: 'a' });
    expect(errorsOf(await api.updateClient(id, { phone: '79161234567', tag: 'b' }, null))).toEqual(['PHONE_TAKEN input.phone']);
    expect(await findClient(api.database, id)).toMatchObject({ phone: '79161234568', tag: 'a', version: 1 });
  });

  test('of two clients to one phone at once succeeds for one of them', async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => storeClient(db.pool)));
    const results = await Promise.all(ids.map(async (id) => api.updateClient(id, { phone: '79990000000' }, null)));
    expect(results.filter((result) => result.ok).length).toBe(1);
    for (const result of results) if (!result.ok) expect(errorsOf(result)).toEqual(['PHONE_TAKEN input.phone']);
  });

  test('with the version it was read at is made once, whoever else tries it with that version', async () => {
    const id = await storeClient(db.pool, { tag: 'a' });
    const results = await Promise.all(['b', 'c', 'd'].map(async (tag) => api.updateClient(id, { tag }, 1)));
    expect(results.filter((result) => result.ok).length).toBe(1);
    for (const result of results) if (!result.ok) expect(errorsOf(result)).toEqual(['STALE_VERSION expectedVersion']);
    expect(errorsOf(await api.updateClient(id, { tag: 'e' }, 1))).toEqual(['STALE_VERSION expectedVersion']);
    expect(valueOf(await api.updateClient(id, { tag: 'e' }, 2)).version).toBe(3);
  });

  test.each(['123456', '0', '-1', '9223372036854775807', '9223372036854775808', '1e3', 'abc', ''])(
    'of client %j, who is not there: NOT_FOUND',
    async (id) => {
      expect(errorsOf(await api.updateClient(id, { tag: 'a' }, null))).toEqual(['NOT_FOUND id']);
      expect(errorsOf(await api.deleteClient(id))).toEqual(['NOT_FOUND id']);
    },
  );
});

describe('an opt-out', () => {
  test('counts from its first instant, however often it is said, until it is taken back', async () => {
    const id = await storeClient(db.pool);
    await stopClock(db.pool, '2026-03-10T12:00:00Z');
    const first = Date.parse('2026-03-10T12:00:00Z');
    expect(valueOf(await api.updateClient(id, { optedOut: true }, null)).optedOutAt).toBe(first);
    await stopClock(db.pool, '2026-03-11T12:00:00Z');
    expect(valueOf(await api.updateClient(id, { optedOut: true }, null))).toMatchObject({ optedOutAt: first, version: 2 });
    expect(valueOf(await api.updateClient(id, { optedOut: null, tag: 'a' }, null))).toMatchObject({ optedOutAt: first, version: 3 });
    expect(valueOf(await api.updateClient(id, { optedOut: false }, null))).toMatchObject({ optedOutAt: null, version: 4 });
    expect(valueOf(await api.updateClient(id, { optedOut: true }, null)).optedOutAt).toBe(Date.parse('2026-03-11T12:00:00Z'));
    await stopClock(db.pool, null);
  });
});

describe('a deletion', () => {
  test('removes the client, counts one less, is told, and happens once', async () => {
    const [id, other] = [await storeClient(db.pool), await storeClient(db.pool)];
    expect(await count()).toBe(2);
    const results = await Promise.all([api.deleteClient(id), api.deleteClient(id)]);
    expect(results.filter((result) => result.ok)).toEqual([{ ok: true, value: { deletedId: id } }]);
    expect(results.filter((result) => !result.ok).map(errorsOf)).toEqual([['NOT_FOUND id']]);
    expect(await findClient(api.database, id)).toBeNull();
    expect(await findClient(api.database, other)).not.toBeNull();
    expect(await count()).toBe(1);
  });

  test('leaves the phone for a new client', async () => {
    const id = await storeClient(db.pool, { phone: '79161234567' });
    valueOf(await api.deleteClient(id));
    expect(valueOf(await api.createClient({ phone: '79161234567', timeZone: 'UTC' }, null)).id).not.toBe(id);
  });
});

test('the log of all this names every client by its id and none by its phone, and says nothing where nothing happened', () => {
  const text = JSON.stringify(api.logLines);
  expect(text).not.toMatch(/(?<!\d)7\d{10}(?!\d)/);
  expect(text).toContain('client-created');
  const ofClients = api.logLines.filter((line) => String(line['event']).startsWith('client-'));
  expect(ofClients.every((line) => typeof line['clientId'] === 'string')).toBe(true);
  expect(ofClients.filter((line) => JSON.stringify(line['fields']) === '[]')).toEqual([]);
});
