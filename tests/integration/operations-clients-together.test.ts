// Clients created at one moment: one statement for all, an answer for each.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeAddClient } from '../../src/database/new-clients.ts';
import { isConnectionFault } from '../../src/database/database-faults.ts';
import { eventually } from '../support/eventually.ts';
import { clearEngine } from '../support/engine-seed.ts';
import { errorsOf, openOperations, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
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

const create = (phone: string, tag: string | null = null): ReturnType<OpenedOperations['createClient']> =>
  api.createClient({ phone, timeZone: 'UTC', tag }, null);
const phoneOf = (number: number): string => String(79_160_000_000 + number);

interface Stored {
  readonly phone: string;
  readonly tag: string | null;
  readonly written: string;
}

const stored = async (): Promise<Stored[]> => {
  const { rows } = await db.pool.query<Stored>('select phone::text, tag, xmin::text as written from client order by phone');
  return rows;
};
const counted = async (): Promise<number> => {
  const { rows } = await db.pool.query<{ clients: number }>('select sum(clients)::int as clients from client_zone_counter');
  return rows[0]?.clients ?? Number.NaN;
};

test('all are written by one transaction, each caller is told of its own, and each is in the log', async () => {
  const numbers = [5, 3, 9, 1];
  const created = await Promise.all(numbers.map(async (number) => create(phoneOf(number), `tag ${number}`)));
  expect(created.map(valueOf)).toMatchObject(numbers.map((number) => ({ phone: phoneOf(number), tag: `tag ${number}`, version: 1 })));
  const rows = await stored();
  expect(rows).toMatchObject([1, 3, 5, 9].map((number) => ({ phone: phoneOf(number), tag: `tag ${number}` })));
  expect(new Set(rows.map(({ written }) => written)).size).toBe(1);
  expect(await counted()).toBe(4);
  const logged = new Set(api.logLines.filter(({ event }) => event === 'client-created').map(({ clientId }) => clientId));
  expect(created.map(valueOf).every(({ id }) => logged.has(id))).toBe(true);
});

test('a phone that is taken and inputs that are wrong are refused alone', async () => {
  await storeClient(db.pool, { phone: phoneOf(2) });
  const [first, taken, wrong, last] = await Promise.all([create(phoneOf(1)), create(phoneOf(2)), create('8916'), create(phoneOf(3))]);
  expect(valueOf(first).phone).toBe(phoneOf(1));
  expect(errorsOf(taken)).toEqual(['PHONE_TAKEN input.phone']);
  expect(errorsOf(wrong)).toEqual(['INVALID_PHONE input.phone']);
  expect(valueOf(last).phone).toBe(phoneOf(3));
  expect(await counted()).toBe(3);
});

test('of several with one phone the first has it', async () => {
  const [first, second, other, third] = await Promise.all([
    create(phoneOf(1), 'first'),
    create(phoneOf(1), 'second'),
    create(phoneOf(2), 'other'),
    create(phoneOf(1), 'third'),
  ]);
  expect(valueOf(first).tag).toBe('first');
  expect([second, third].map(errorsOf)).toEqual([['PHONE_TAKEN input.phone'], ['PHONE_TAKEN input.phone']]);
  expect(valueOf(other).tag).toBe('other');
  expect(await stored()).toMatchObject([{ tag: 'first' }, { tag: 'other' }]);
});

test.each([
  ['commits', 'PHONE_TAKEN'],
  ['rolls back', null],
])('a phone that another transaction has in its hands holds its own caller only, until that transaction %s', async (end, refusal) => {
  await storeClient(db.pool, { phone: phoneOf(9) });
  const holder = await db.pool.connect();
  try {
    await holder.query('begin');
    // Somebody's phone is changed. An insert would hold a counter as well.
    await holder.query('update client set phone = $1 where phone = $2', [phoneOf(2), phoneOf(9)]);
    const held = create(phoneOf(2), 'held');
    const [one, three] = await Promise.all([create(phoneOf(1)), create(phoneOf(3))]);
    expect([one, three].map((result) => valueOf(result).phone)).toEqual([phoneOf(1), phoneOf(3)]);
    await holder.query(end === 'commits' ? 'commit' : 'rollback');
    const result = await held;
    if (refusal === null) expect(valueOf(result).tag).toBe('held');
    else expect(errorsOf(result)).toEqual([`${refusal} input.phone`]);
  } finally {
    holder.release();
  }
});

test('when their connection is cut, all are told so, and none is tried again', async () => {
  const locked = await db.pool.connect();
  try {
    await locked.query('begin');
    await locked.query('lock table client in access exclusive mode');
    const results = Promise.allSettled([create(phoneOf(1)), create(phoneOf(2))]);
    await eventually(async () => {
      const { rowCount } = await locked.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rowCount === 1;
    });
    const reasons = (await results).map((result) => (result.status === 'rejected' ? isConnectionFault(result.reason) : 'answered'));
    expect(reasons).toEqual([true, true]);
    await locked.query('commit');
    expect(await stored()).toEqual([]);
  } finally {
    locked.release();
  }
});

test('whatever else fails the statement is found out by each for itself', async () => {
  const addClient = makeAddClient({
    rows: async (text, values) => {
      if (text.includes('unnest')) throw Object.assign(new Error('a fault of one of them'), { code: '23514' });
      if (values?.[0] === phoneOf(2)) throw new Error('its own fault');
      return api.database.rows(text, values);
    },
  });
  const add = async (number: number): Promise<string | undefined> =>
    (await addClient({ phone: phoneOf(number), operatorCode: '916', tag: null, timeZone: 'UTC' }))?.phone;
  expect(await Promise.allSettled([add(1), add(2), add(3)])).toMatchObject([
    { status: 'fulfilled', value: phoneOf(1) },
    { status: 'rejected', reason: { message: 'its own fault' } },
    { status: 'fulfilled', value: phoneOf(3) },
  ]);
  expect(await stored()).toMatchObject([{ phone: phoneOf(1) }, { phone: phoneOf(3) }]);
});
