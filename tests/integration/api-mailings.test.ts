import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toCursor } from '../../src/database/keyset.ts';
import { openGraphqlApi } from '../support/graphql-api.ts';
import type { GraphqlApi } from '../support/graphql-api.ts';
import { storeClient, storeMailing, storeMessage } from '../support/stored-rows.ts';
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
  await db.pool.query('truncate mailing, mailing_statistics, message, batch');
});

const listIds = async (where: Record<string, unknown> | null, orderBy = 'CREATED_AT_ASC'): Promise<string[]> => {
  const document =
    'query ($where: MailingWhere, $orderBy: MailingOrder!) { mailings(where: $where, orderBy: $orderBy) { totalCount nodes { id } } }';
  const { data, errors } = await api.ask(document, { where, orderBy });
  expect(errors).toEqual([]);
  const ids = data.mailings.nodes.map((mailing: { id: string }) => mailing.id);
  expect(data.mailings.totalCount).toBe(ids.length);
  return ids;
};

test('a mailing has its filter, window, rate and counters', async () => {
  const id = await storeMailing(db.pool, { text: 'Привет 👋', window: ['22:00', '06:30'], startsAt: '2026-05-06T07:08:09.123Z' });
  const client = await storeClient(db.pool);
  await storeMessage(db.pool, { mailingId: id, clientId: client, status: 'SENT' });
  const { data, errors } = await api.ask(
    `query ($id: ID!) { mailing(id: $id) {
      id text filter { operatorCodes tags } startsAt endsAt sendWindow { from to } ratePerSecond status startedAt finishedAt version
      statistics { mailingId mailingStatus total pending sent failed expired cancelled unconfirmed version updatedAt }
    } }`,
    { id },
  );
  expect(errors).toEqual([]);
  expect(data.mailing).toEqual({
    id,
    text: 'Привет 👋',
    filter: { operatorCodes: ['900', '901'], tags: ['vip'] },
    startsAt: '2026-05-06T07:08:09.123Z',
    endsAt: '2099-01-01T00:00:00.000Z',
    sendWindow: { from: '22:00', to: '06:30' },
    ratePerSecond: 50,
    status: 'RUNNING',
    startedAt: expect.any(String),
    finishedAt: null,
    version: 1,
    statistics: {
      mailingId: id,
      mailingStatus: 'RUNNING',
      total: 1,
      pending: 0,
      sent: 1,
      failed: 0,
      expired: 0,
      cancelled: 0,
      unconfirmed: 0,
      version: 2,
      updatedAt: expect.any(String),
    },
  });
});

test('a mailing without a window has none', async () => {
  const id = await storeMailing(db.pool, { status: 'SCHEDULED' });
  const { data } = await api.ask('query ($id: ID!) { mailing(id: $id) { sendWindow { from } startedAt } }', { id });
  expect(data.mailing).toEqual({ sendWindow: null, startedAt: null });
});

test('a deleted mailing is nowhere: not by id, not in lists, counts or totals', async () => {
  const deleted = await storeMailing(db.pool, { deleted: true });
  const message = await storeMessage(db.pool, { mailingId: deleted, clientId: await storeClient(db.pool), status: 'FAILED' });
  const { data, errors } = await api.ask(
    `query ($id: ID!, $message: ID!) {
      mailing(id: $id) { id } mailings { totalCount nodes { id } } message(id: $message) { id }
      messages { totalCount nodes { id } } failed: messages(where: { statuses: [FAILED] }) { totalCount nodes { id } }
      ofMailing: messages(where: { mailingId: $id }) { totalCount nodes { id } }
      statistics { mailings { total running } messages { total failed } }
    }`,
    { id: deleted, message },
  );
  const nothing = { totalCount: 0, nodes: [] };
  expect(errors).toEqual([]);
  expect(data).toEqual({
    mailing: null,
    mailings: nothing,
    message: null,
    messages: nothing,
    failed: nothing,
    ofMailing: nothing,
    statistics: { mailings: { total: 0, running: 0 }, messages: { total: 0, failed: 0 } },
  });
});

describe('a list of mailings', () => {
  test('comes in each of four orders', async () => {
    const late = await storeMailing(db.pool, { createdAt: '2026-01-01T00:00:00Z', startsAt: '2026-03-01T00:00:00Z' });
    const early = await storeMailing(db.pool, { createdAt: '2026-01-02T00:00:00Z', startsAt: '2026-02-01T00:00:00Z' });
    const sameStart = await storeMailing(db.pool, { createdAt: '2026-01-03T00:00:00Z', startsAt: '2026-02-01T00:00:00Z' });
    expect(await listIds(null, 'CREATED_AT_ASC')).toEqual([late, early, sameStart]);
    expect(await listIds(null, 'CREATED_AT_DESC')).toEqual([sameStart, early, late]);
    expect(await listIds(null, 'STARTS_AT_ASC')).toEqual([early, sameStart, late]);
    expect(await listIds(null, 'STARTS_AT_DESC')).toEqual([late, sameStart, early]);
  });

  test.each(['CREATED_AT_ASC', 'CREATED_AT_DESC', 'STARTS_AT_ASC', 'STARTS_AT_DESC'])(
    'is the same in pages of one, %s',
    async (orderBy) => {
      for (const day of [3, 1, 2, 1])
        await storeMailing(db.pool, { createdAt: `2026-01-0${day}T00:00:00Z`, startsAt: `2026-02-0${day}T00:00:00.001Z` });
      const whole = await listIds(null, orderBy);
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const document =
          'query ($after: String, $orderBy: MailingOrder!) { mailings(first: 1, after: $after, orderBy: $orderBy) { nodes { id } pageInfo { hasNextPage endCursor } } }';
        const { mailings }: { mailings: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } = (
          await api.ask(document, { after, orderBy })
        ).data;
        seen.push(...mailings.nodes.map((mailing) => mailing.id));
        after = mailings.pageInfo.hasNextPage ? mailings.pageInfo.endCursor : null;
      } while (after !== null);
      expect(seen).toEqual(whole);
    },
  );

  test('is filtered by status and by startsAt, both ends excluded', async () => {
    const scheduled = await storeMailing(db.pool, { status: 'SCHEDULED', startsAt: '2026-06-01T00:00:00Z' });
    const running = await storeMailing(db.pool, { status: 'RUNNING', startsAt: '2026-06-02T00:00:00Z' });
    const cancelled = await storeMailing(db.pool, { status: 'CANCELLED', startsAt: '2026-06-03T00:00:00Z' });
    expect(await listIds({ statuses: ['SCHEDULED', 'CANCELLED', 'CANCELLED'] })).toEqual([scheduled, cancelled]);
    expect(await listIds({ statuses: [] })).toEqual([scheduled, running, cancelled]);
    expect(await listIds({ startsAfter: '2026-06-01T00:00:00Z' })).toEqual([running, cancelled]);
    expect(await listIds({ startsBefore: '2026-06-03T03:00:00+03:00' })).toEqual([scheduled, running]);
    expect(
      await listIds({ startsAfter: '2026-05-31T23:59:59.999Z', startsBefore: '2026-06-02T00:00:00.001Z', statuses: ['RUNNING'] }),
    ).toEqual([running]);
    expect(await listIds({ startsAfter: '9999-12-31T23:59:59Z' })).toEqual([]);
  });

  test('refuses a cursor of another order', async () => {
    const after = toCursor('mailings STARTS_AT_DESC', ['1', '1']);
    const { errors } = await api.ask('query ($after: String) { mailings(after: $after) { nodes { id } } }', { after });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'after' }, path: ['mailings'] }]);
  });
});

test('the totals add up over clients, mailings and messages', async () => {
  await db.pool.query('delete from client');
  const clients = [await storeClient(db.pool), await storeClient(db.pool)];
  const running = await storeMailing(db.pool, { status: 'RUNNING' });
  await storeMailing(db.pool, { status: 'PAUSED' });
  const statuses = ['PENDING', 'SENT', 'FAILED', 'EXPIRED', 'CANCELLED', 'UNCONFIRMED'] as const;
  for (const status of statuses)
    await storeMessage(db.pool, {
      mailingId: running,
      clientId: null,
      ...(status === 'PENDING' && { clientId: clients[0] ?? null }),
      status,
    });
  const { data, statements } = await api.ask(`{ statistics {
    clients mailings { total scheduled running paused completed cancelled } messages { total pending sent failed expired cancelled unconfirmed }
  } }`);
  expect(data.statistics).toEqual({
    clients: 2,
    mailings: { total: 2, scheduled: 0, running: 1, paused: 1, completed: 0, cancelled: 0 },
    messages: { total: 6, pending: 1, sent: 1, failed: 1, expired: 1, cancelled: 1, unconfirmed: 1 },
  });
  expect(statements).toHaveLength(1);
});

test('the totals of an empty service are zeros', async () => {
  await db.pool.query('delete from client');
  const { data } = await api.ask('{ statistics { clients mailings { total } messages { total pending } } }');
  expect(data.statistics).toEqual({ clients: 0, mailings: { total: 0 }, messages: { total: 0, pending: 0 } });
});
