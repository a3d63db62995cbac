import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toCursor } from '../../src/database/keyset.ts';
import { openGraphqlApi } from '../support/graphql-api.ts';
import type { GraphqlApi } from '../support/graphql-api.ts';
import { storeClient } from '../support/stored-rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: GraphqlApi;
beforeAll(async () => {
  db = await createTestDatabase();
  api = await openGraphqlApi({ url: db.url });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});
beforeEach(async () => {
  await db.pool.query('delete from client');
});

const listIds = async (where: Record<string, unknown> | null): Promise<string[]> => {
  const { data, errors } = await api.ask(
    'query ($where: ClientWhere) { clients(first: 100, where: $where, orderBy: CREATED_AT_ASC) { totalCount nodes { id } } }',
    { where },
  );
  expect(errors).toEqual([]);
  const ids = data.clients.nodes.map((client: { id: string }) => client.id);
  expect(data.clients.totalCount).toBe(ids.length);
  return ids;
};

describe('one client', () => {
  test('has every field, instants in UTC with milliseconds', async () => {
    const id = await storeClient(db.pool, { phone: '79161234567', tag: 'vip', optedOut: true, createdAt: '2026-03-04 05:06:07.891234+00' });
    const { data } = await api.ask(
      'query ($id: ID!) { client(id: $id) { id phone operatorCode tag timeZone optedOutAt createdAt updatedAt version } }',
      { id },
    );
    expect(data.client).toEqual({
      id,
      phone: '79161234567',
      operatorCode: '916',
      tag: 'vip',
      timeZone: 'Europe/Moscow',
      optedOutAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      createdAt: '2026-03-04T05:06:07.891Z',
      updatedAt: expect.any(String),
      version: 1,
    });
  });

  test.each(['0', '-1', '007', '9223372036854775807', '9223372036854775808', '1e3', ' 1', 'x', '', "1'; drop table client; --"])(
    'is null for the unknown id %j',
    async (id) => {
      const { data, errors } = await api.ask('query ($id: ID!) { client(id: $id) { id } }', { id });
      expect([data, errors]).toEqual([{ client: null }, []]);
    },
  );
});

describe('a list of clients', () => {
  test('is newest first unless asked otherwise, to the microsecond, ids deciding between equal instants', async () => {
    const createdAt = ['00.000002', '00.000001', '00.000002', '00.000000'];
    const [b, a, c, first] = await Promise.all(
      createdAt.map((second) => storeClient(db.pool, { createdAt: `2026-01-01 00:00:${second}+00` })),
    );
    const [low, high] = Number(b) < Number(c) ? [b, c] : [c, b];
    expect(await listIds(null)).toEqual([first, a, low, high]);
    const { data } = await api.ask('{ clients { nodes { id } } }');
    expect(data.clients.nodes.map((client: { id: string }) => client.id)).toEqual([high, low, a, first]);
  });

  test('tells where a page lies, in edges and nodes alike', async () => {
    const ids = [];
    for (let count = 0; count < 5; count += 1) ids.push(await storeClient(db.pool));
    const page = 'edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
    const document = `query ($after: String) { clients(first: 2, after: $after, orderBy: CREATED_AT_ASC) { ${page} } }`;
    let after: string | null = null;
    const seen: unknown[] = [];
    for (const expected of [ids.slice(0, 2), ids.slice(2, 4), ids.slice(4), []]) {
      const { data } = await api.ask(document, { after });
      const { edges, nodes, pageInfo } = data.clients;
      expect(nodes).toEqual(expected.map((id) => ({ id })));
      expect(edges.map((edge: { node: unknown }) => edge.node)).toEqual(nodes);
      expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null]);
      seen.push([pageInfo.hasPreviousPage, pageInfo.hasNextPage]);
      after = pageInfo.endCursor ?? after;
    }
    expect(seen).toEqual([
      [false, true],
      [true, true],
      [true, false],
      [true, false],
    ]);
  });

  test('says that nothing lies before a cursor whose rows are gone', async () => {
    const [first] = [await storeClient(db.pool), await storeClient(db.pool)];
    const document =
      'query ($after: String) { clients(first: 1, after: $after, orderBy: CREATED_AT_ASC) { pageInfo { hasPreviousPage endCursor } } }';
    const { data } = await api.ask(document);
    await db.pool.query('delete from client where id = $1', [first]);
    const next = await api.ask(document, { after: data.clients.pageInfo.endCursor });
    expect(next.data.clients.pageInfo.hasPreviousPage).toBe(false);
  });

  test('gives every client that stays exactly once, in order, while others come and go between the pages', async () => {
    const step = fc.record({
      first: fc.integer({ min: 1, max: 4 }),
      added: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
      removed: fc.array(fc.nat(), { maxLength: 2 }),
    });
    const scenario = fc.record({
      order: fc.constantFrom('CREATED_AT_ASC', 'CREATED_AT_DESC'),
      start: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 12 }),
      steps: fc.array(step, { minLength: 1, maxLength: 6 }),
    });
    const store = (microsecond: number): Promise<string> =>
      storeClient(db.pool, { createdAt: `2026-01-01 00:00:00.00000${microsecond}+00` });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ order, start, steps }) => {
        await db.pool.query('delete from client');
        const staying = new Set<string>();
        for (const microsecond of start) staying.add(await store(microsecond));
        const seen: string[] = [];
        let after: string | null = null;
        for (let turn = 0, more = true; more; turn += 1) {
          const { first, added, removed } = steps[turn] ?? { first: 4, added: [], removed: [] };
          const { data } = await api.ask(
            `query ($first: Int!, $after: String, $order: ClientOrder!) { clients(first: $first, after: $after, orderBy: $order) { nodes { id } pageInfo { hasNextPage endCursor } } }`,
            { first, after, order },
          );
          seen.push(...data.clients.nodes.map((client: { id: string }) => client.id));
          after = data.clients.pageInfo.endCursor ?? after;
          more = data.clients.pageInfo.hasNextPage;
          for (const microsecond of added) await store(microsecond);
          for (const index of removed) {
            const gone = [...staying][index % staying.size];
            if (gone === undefined || staying.size < 2) continue;
            staying.delete(gone);
            await db.pool.query('delete from client where id = $1', [gone]);
          }
        }
        expect(new Set(seen).size).toBe(seen.length);
        const direction = order === 'CREATED_AT_DESC' ? 'desc' : 'asc';
        const { rows } = await db.pool.query<{ id: string }>(
          `select id::text from client order by created_at ${direction}, client.id ${direction}`,
        );
        const expected = rows.map((row) => row.id).filter((id) => staying.has(id));
        expect(seen.filter((id) => staying.has(id))).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  test('filters by everything that is given at once', async () => {
    const match = await storeClient(db.pool, { phone: '79001112233', tag: 'vip', timeZone: '+03:00' });
    const other = await storeClient(db.pool, { phone: '79011112233', tag: 'VIP', timeZone: 'Asia/Tokyo', optedOut: true });
    const plain = await storeClient(db.pool, { phone: '79021112233' });
    expect(await listIds({ operatorCodes: ['900', '901'] })).toEqual([match, other]);
    expect(await listIds({ tags: ['vip'] })).toEqual([match]);
    expect(await listIds({ timeZones: ['gmt+3', 'asia/tokyo'] })).toEqual([match, other]);
    expect(await listIds({ optedOut: true })).toEqual([other]);
    expect(await listIds({ optedOut: false })).toEqual([match, plain]);
    expect(await listIds({ phone: '+7 (900) 111-22-33' })).toEqual([match]);
    expect(await listIds({ operatorCodes: ['900', '901'], tags: ['vip', 'VIP'], optedOut: true })).toEqual([other]);
    expect(await listIds({ phone: '79001112233', tags: ['VIP'] })).toEqual([]);
  });

  test('is not restricted by null and by an empty list', async () => {
    const ids = [await storeClient(db.pool), await storeClient(db.pool, { tag: 'vip' })];
    expect(await listIds({ operatorCodes: [], tags: [], timeZones: [] })).toEqual(ids);
    expect(await listIds({ phone: null, operatorCodes: null, tags: null, timeZones: null, optedOut: null })).toEqual(ids);
  });

  test.each([
    { phone: 'nonsense' },
    { phone: '' },
    { tags: ['a\0b'] },
    { tags: ['half \ud800'] },
    { tags: [''] },
    { operatorCodes: ['\0'] },
    { timeZones: ['Nowhere/Land', '\0'] },
    { tags: ["' or true --"] },
  ])('matches nobody by what no client can have: %j', async (where) => {
    await storeClient(db.pool, { tag: 'half \ufffd' });
    expect(await listIds(where)).toEqual([]);
  });

  test('counts without the filter what the counter says, after additions and removals', async () => {
    await db.pool.query(
      `insert into client (phone, operator_code, time_zone) select 79500000000 + n, '950', 'UTC' from generate_series(1, 500) n`,
    );
    await db.pool.query('delete from client where phone < 79500000051');
    const { data } = await api.ask(
      '{ clients(first: 1) { totalCount } filtered: clients(where: { operatorCodes: ["950"] }) { totalCount } }',
    );
    expect([data.clients.totalCount, data.filtered.totalCount]).toEqual([450, 450]);
  });
});

describe('a page that cannot be', () => {
  test.each([0, -1, 101, 2147483647])('first: %i is BAD_USER_INPUT naming first', async (first) => {
    const { data, errors } = await api.ask('query ($first: Int!) { clients(first: $first) { nodes { id } } }', { first });
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { message: expect.stringContaining('first'), extensions: { code: 'BAD_USER_INPUT', argument: 'first' } },
    ]);
  });

  const forged = (...values: string[]): string => toCursor('clients CREATED_AT_DESC', values);
  test.each([
    ['text that is no cursor', 'nonsense'],
    ['an empty text', ''],
    ['another order', toCursor('clients CREATED_AT_ASC', ['1', '1'])],
    ['another list', toCursor('messages', ['1'])],
    ['too few values', forged('1')],
    ['too many values', forged('1', '1', '1')],
    ['an instant beyond all years', forged('9223372036854775807', '1')],
    ['an instant before all years', forged('-62135596800000001', '1')],
    ['an id beyond 64 bits', forged('1', '9223372036854775808')],
    ['a negative id', forged('1', '-1')],
    ['an SQL fragment', forged('1', '1) or (true')],
    ['NUL', forged('1', '1\0')],
    ['a valid cursor with more behind it', `${forged('1', '1')}=`],
  ])('a cursor of %s is BAD_USER_INPUT naming after', async (_, after) => {
    const { errors, text } = await api.ask('query ($after: String) { clients(after: $after) { nodes { id } } }', { after });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'after' } }]);
    expect(text).not.toMatch(/stack|timestamp|bigint/i);
  });

  test.each([
    ['253402300799999999', '9223372036854775807'],
    ['-62135596800000000', '0'],
  ])('a cursor at the far end of everything is a cursor (%s, %s)', async (micros, id) => {
    await storeClient(db.pool);
    const { errors, data } = await api.ask('query ($after: String) { clients(after: $after) { nodes { id } } }', {
      after: forged(micros, id),
    });
    expect(errors).toEqual([]);
    expect(data.clients.nodes).toHaveLength(micros.startsWith('-') ? 0 : 1);
  });
});
