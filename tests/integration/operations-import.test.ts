// Importing clients: what is written, what is reported, and what becomes of the messages of clients who move by it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CLIENTS } from '../../src/database/change-notifier.ts';
import { readTotals } from '../../src/database/statistics-queries.ts';
import type { NewClientInput } from '../../src/domain/client.ts';
import { CarillonError } from '../../src/domain/errors.ts';
import { eventually } from '../support/eventually.ts';
import { addMailing, clearEngine, faultsOfCounters, given } from '../support/engine-seed.ts';
import { describe as inWords, openOperations, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
import { addMessages, batchesOf, jobsOf, messagesOf, stopClock, waitForLocks, waitPastDeadlockChecks } from '../support/seed.ts';
import { storeClient } from '../support/stored-rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: OpenedOperations;

const hour = 3_600_000;

beforeAll(async () => {
  db = await createTestDatabase();
  api = await openOperations(db.url);
});
beforeEach(async () => {
  await clearEngine(db.pool);
  // 15:00 in Moscow, 22:00 in Vladivostok.
  await stopClock(db.pool, '2026-03-10T12:00:00Z');
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});

interface ClientRow {
  readonly phone: string;
  readonly operatorCode: string;
  readonly tag: string | null;
  readonly timeZone: string;
  readonly version: number;
}

/** In phone order. */
async function clients(): Promise<ClientRow[]> {
  const { rows } = await db.pool.query<ClientRow>(
    'select client.phone::text, operator_code as "operatorCode", tag, time_zone as "timeZone", version from client order by client.phone',
  );
  return rows;
}

const phone = (n: number): string => String(79_160_000_000 + n);
const rowsOf = (count: number, row: Partial<NewClientInput> = {}): NewClientInput[] =>
  Array.from({ length: count }, (_, n) => ({ phone: phone(n), timeZone: 'Europe/Moscow', ...row }));

describe('an import', () => {
  test('takes a thousand rows at once', async () => {
    expect(await api.importClients(rowsOf(1_000), 'UPDATE')).toEqual({ created: 1_000, updated: 0, skipped: 0, failed: 0, rowErrors: [] });
    expect((await clients()).length).toBe(1_000);
    expect((await readTotals(api.database)).clients).toBe(1_000);
    await eventually(() => api.heard.has(CLIENTS));
  });

  test.each(['UPDATE', 'SKIP'] as const)('of a thousand and one rows (%s) is refused whole: nothing is written', async (onConflict) => {
    const refused = await api.importClients(rowsOf(1_001), onConflict).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CarillonError);
    expect(refused).toMatchObject({ code: 'TOO_MANY_ROWS', message: expect.stringContaining('1001') });
    expect(await clients()).toEqual([]);
  });

  test('of nothing does nothing', async () => {
    expect(await api.importClients([], 'UPDATE')).toEqual({ created: 0, updated: 0, skipped: 0, failed: 0, rowErrors: [] });
    expect(await api.importClients([], 'SKIP')).toEqual({ created: 0, updated: 0, skipped: 0, failed: 0, rowErrors: [] });
  });

  test('normalises phones and zones and derives operator codes', async () => {
    await api.importClients(
      [
        { phone: '+7 (916) 000-00-00', timeZone: 'gmt+3', tag: '' },
        { phone: '79160000001', timeZone: 'asia/calcutta', operatorCode: '999', tag: 'vip' },
      ],
      'UPDATE',
    );
    expect(await clients()).toEqual([
      { phone: phone(0), operatorCode: '916', tag: null, timeZone: '+03:00', version: 1 },
      { phone: phone(1), operatorCode: '999', tag: 'vip', timeZone: 'Asia/Kolkata', version: 1 },
    ]);
  });

  test.each(['UPDATE', 'SKIP'] as const)(
    'writes the good rows (%s) and reports the bad ones by their position, each fault, each row once',
    async (onConflict) => {
      const { rowErrors, ...counts } = await api.importClients(
        [
          { phone: phone(0), timeZone: 'UTC' },
          { phone: '123', timeZone: 'EST' },
          { phone: phone(2), timeZone: 'UTC' },
          { phone: phone(3), timeZone: 'UTC', tag: '\0', operatorCode: '12' },
        ],
        onConflict,
      );
      expect(counts).toEqual({ created: 2, updated: 0, skipped: 0, failed: 2 });
      expect(rowErrors.map((error) => `${error.row}: ${inWords(error)}`)).toEqual([
        '1: INVALID_PHONE clients.1.phone',
        '1: INVALID_TIME_ZONE clients.1.timeZone',
        '3: INVALID_OPERATOR_CODE clients.3.operatorCode',
        '3: INVALID_TAG clients.3.tag',
      ]);
      expect((await clients()).map((client) => client.phone)).toEqual([phone(0), phone(2)]);
    },
  );

  test('of bad rows alone writes nothing', async () => {
    expect(await api.importClients(rowsOf(3, { timeZone: 'nowhere' }), 'UPDATE')).toMatchObject({ created: 0, failed: 3 });
    expect(await clients()).toEqual([]);
  });

  test('with UPDATE makes clients as their rows say; those who are so already are skipped', async () => {
    await storeClient(db.pool, { phone: phone(0), tag: 'old', timeZone: 'UTC' });
    await storeClient(db.pool, { phone: phone(1), tag: 'same', timeZone: 'UTC' });
    await storeClient(db.pool, { phone: phone(2), tag: 'gone', timeZone: 'UTC', operatorCode: '999' });
    const result = await api.importClients(
      [
        { phone: phone(0), tag: 'new', timeZone: 'UTC' },
        { phone: phone(1), tag: 'same', timeZone: 'UTC' },
        { phone: phone(2), timeZone: 'UTC' },
        { phone: phone(3), timeZone: 'UTC' },
      ],
      'UPDATE',
    );
    expect(result).toEqual({ created: 1, updated: 2, skipped: 1, failed: 0, rowErrors: [] });
    expect(await clients()).toMatchObject([
      { tag: 'new', version: 2 },
      { tag: 'same', version: 1 },
      { tag: null, operatorCode: '916', version: 2 },
      { version: 1 },
    ]);
  });

  test('with SKIP leaves those who are there as they are', async () => {
    await storeClient(db.pool, { phone: phone(0), tag: 'old', timeZone: 'UTC' });
    const result = await api.importClients(rowsOf(2, { tag: 'new' }), 'SKIP');
    expect(result).toEqual({ created: 1, updated: 0, skipped: 1, failed: 0, rowErrors: [] });
    expect(await clients()).toMatchObject([
      { tag: 'old', timeZone: 'UTC', version: 1 },
      { tag: 'new', timeZone: 'Europe/Moscow' },
    ]);
  });

  test.each([
    ['UPDATE', 'last'],
    ['SKIP', 'first'],
  ] as const)(
    'of several rows with one phone (%s) takes the %s; the others are skipped, however the phone is written',
    async (onConflict, taken) => {
      const given = [
        { phone: '79160000000', timeZone: 'UTC', tag: 'first' },
        { phone: '+7 916 000-00-00', timeZone: 'UTC', tag: 'middle' },
        { phone: '7(916)0000000', timeZone: 'UTC', tag: 'last' },
      ];
      expect(await api.importClients(given, onConflict)).toEqual({ created: 1, updated: 0, skipped: 2, failed: 0, rowErrors: [] });
      expect((await clients()).map((client) => client.tag)).toEqual([taken]);
    },
  );

  test('never touches an opt-out', async () => {
    const id = await storeClient(db.pool, { phone: phone(0), optedOut: true, tag: 'a' });
    const { rows: before } = await db.pool.query('select opted_out_at from client where id = $1', [id]);
    expect(await api.importClients(rowsOf(1, { tag: 'b' }), 'UPDATE')).toMatchObject({ updated: 1 });
    const { rows: after } = await db.pool.query('select opted_out_at from client where id = $1', [id]);
    expect(after).toEqual(before);
  });

  test('answers counts that add up to the rows given, and the same import again skips all of them', async () => {
    await storeClient(db.pool, { phone: phone(1), timeZone: 'UTC' });
    const given = [...rowsOf(5), ...rowsOf(3), { phone: 'x', timeZone: 'UTC' }];
    const { created, updated, skipped, failed } = await api.importClients(given, 'UPDATE');
    expect({ created, updated, skipped, failed }).toEqual({ created: 4, updated: 1, skipped: 3, failed: 1 });
    expect(await api.importClients(given, 'UPDATE')).toMatchObject({ created: 0, updated: 0, skipped: 8, failed: 1 });
    expect(await api.importClients(given, 'SKIP')).toMatchObject({ created: 0, updated: 0, skipped: 8, failed: 1 });
  });
});

describe('clients who move by an import', () => {
  const window = ['09:00', '18:00'] as const;

  test('take their unsent messages to the hours of their new zones, in one batch per mailing and zone', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n += 1) ids.push(await storeClient(db.pool, { phone: phone(n) }));
    const [first, second] = [
      await addMailing(db.pool, { window, endsInMs: 48 * hour }),
      await addMailing(db.pool, { endsInMs: 48 * hour }),
    ];
    for (const mailing of [first, second]) await addMessages(db.pool, mailing, ids);
    const result = await api.importClients(
      rowsOf(6).map((row, n) => ({ ...row, ...(n < 3 && { timeZone: 'Asia/Vladivostok' }), ...(n === 3 && { timeZone: 'UTC' }) })),
      'UPDATE',
    );
    expect(result).toMatchObject({ updated: 4, skipped: 2 });
    for (const mailing of [first, second]) {
      const places = await batchesOf(db.pool, mailing);
      expect(places.map(({ timeZone, pending }) => [timeZone, pending])).toEqual([
        ['Europe/Moscow', 2],
        ['Asia/Vladivostok', 3],
        ['UTC', 1],
      ]);
      const zones = new Map(places.map((place) => [place.id, place.timeZone]));
      expect((await messagesOf(db.pool, mailing)).map((message) => zones.get(given(message.batchId)))).toEqual([
        ...Array.from({ length: 3 }, () => 'Asia/Vladivostok'),
        'UTC',
        'Europe/Moscow',
        'Europe/Moscow',
      ]);
    }
    expect((await batchesOf(db.pool, first))[1]).toMatchObject({ dueAt: '2026-03-10T23:00:00Z', closeAt: '2026-03-11T08:00:00Z' });
    expect((await batchesOf(db.pool, first))[2]).toMatchObject({ dueAt: '2026-03-10T12:00:00Z', closeAt: '2026-03-10T18:00:00Z' });
    expect(await jobsOf(db.pool, first)).toEqual({ send: 'now', finish: '2026-03-10T18:00:00Z' });
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test('stay where they are with SKIP', async () => {
    const id = await storeClient(db.pool, { phone: phone(0) });
    const mailing = await addMailing(db.pool, { window });
    await addMessages(db.pool, mailing, [id]);
    const before = await batchesOf(db.pool, mailing);
    await api.importClients(rowsOf(1, { timeZone: 'UTC' }), 'SKIP');
    expect(await batchesOf(db.pool, mailing)).toEqual(before);
  });
});

describe('imports at the same time', () => {
  test('of the same clients in any order create each once and never fail', async () => {
    const shuffled = (turn: number): NewClientInput[] =>
      rowsOf(300).toSorted((a, b) => Number(a.phone.at(-1 - turn)) - Number(b.phone.at(-1 - turn)));
    const results = await Promise.all([
      api.importClients(shuffled(0), 'UPDATE'),
      api.importClients(shuffled(1), 'SKIP'),
      api.importClients(shuffled(2).toReversed(), 'SKIP'),
      api.importClients(shuffled(1).toReversed(), 'UPDATE'),
    ]);
    expect(results.reduce((sum, result) => sum + result.created, 0)).toBe(300);
    for (const { created, updated, skipped, failed } of results) expect(created + updated + skipped + failed).toBe(300);
    expect((await readTotals(api.database)).clients).toBe(300);
  });

  test.each(['UPDATE', 'SKIP'] as const)(
    'with a client who takes one of the phones and leaves another (%s): a deadlock of the two surfaces nowhere',
    async (onConflict) => {
      const id = await storeClient(db.pool, { phone: phone(5) });
      // Somebody holds the phone that both come to last.
      const holder = await db.pool.connect();
      try {
        await holder.query('begin');
        await holder.query(`insert into client (phone, operator_code, time_zone) values ($1, '916', 'UTC')`, [phone(3)]);
        const imported = api.importClients(rowsOf(10), onConflict);
        await waitForLocks(db.pool, 1);
        const changed = api.updateClient(id, { phone: phone(1) }, null);
        await waitForLocks(db.pool, 2);
        // Now the import will be the one to find it.
        await waitPastDeadlockChecks(db.pool);
        await holder.query('rollback');
        const [result, change] = await Promise.all([imported, changed]);
        expect(result.created + result.updated + result.skipped).toBe(10);
        const all = (await clients()).map((client) => client.phone);
        expect(new Set(all).size).toBe(all.length);
        if (change.ok) expect(valueOf(change).phone).toBe(phone(1));
        else expect(change.errors.map(inWords)).toEqual(['PHONE_TAKEN input.phone']);
      } finally {
        holder.release(true);
      }
    },
  );
});
