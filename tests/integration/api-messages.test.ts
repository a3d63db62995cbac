import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toCursor } from '../../src/database/keyset.ts';
import { openGraphqlApi } from '../support/graphql-api.ts';
import type { GraphqlApi } from '../support/graphql-api.ts';
import { storeClient, storeMailing, storeMessage } from '../support/stored-rows.ts';
import type { StoredStatus } from '../support/stored-rows.ts';
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
  await db.pool.query('delete from client');
});

const listIds = async (where: Record<string, unknown> | null): Promise<string[]> => {
  const { data, errors } = await api.ask(
    'query ($where: MessageWhere) { messages(first: 100, where: $where) { totalCount nodes { id } } }',
    { where },
  );
  expect(errors).toEqual([]);
  const ids = data.messages.nodes.map((message: { id: string }) => message.id);
  expect(data.messages.totalCount).toBe(ids.length);
  return ids;
};

const everyStatus: readonly StoredStatus[] = ['PENDING', 'SENT', 'FAILED', 'EXPIRED', 'CANCELLED', 'UNCONFIRMED'];

describe('one message', () => {
  const fields = 'id mailing { id } client { id } phone status attempts createdAt dueAt sentAt finishedAt lastError { code message at }';

  test('that waits for a retry says until when and why', async () => {
    const mailingId = await storeMailing(db.pool);
    const clientId = await storeClient(db.pool);
    const id = await storeMessage(db.pool, {
      mailingId,
      clientId,
      dueAt: '2026-04-05T06:07:08Z',
      error: ['HTTP_500', 'it broke', '2026-04-05T06:00:00.5Z'],
    });
    const { data, errors } = await api.ask(`query ($id: ID!) { message(id: $id) { ${fields} } }`, { id });
    expect(errors).toEqual([]);
    expect(data.message).toEqual({
      id,
      mailing: { id: mailingId },
      client: { id: clientId },
      phone: '79000000000',
      status: 'PENDING',
      attempts: 3,
      createdAt: expect.any(String),
      dueAt: '2026-04-05T06:07:08.000Z',
      sentAt: null,
      finishedAt: null,
      lastError: { code: 'HTTP_500', message: 'it broke', at: '2026-04-05T06:00:00.500Z' },
    });
  });

  test.each(everyStatus.filter((status) => status !== 'PENDING'))(
    'that is %s has no due time, and was sent only if it is SENT',
    async (status) => {
      const id = await storeMessage(db.pool, { mailingId: await storeMailing(db.pool), clientId: null, status });
      const { data } = await api.ask(`query ($id: ID!) { message(id: $id) { ${fields} } }`, { id });
      const at = '2026-02-03T04:05:06.789Z';
      expect(data.message).toMatchObject({
        status,
        client: null,
        phone: null,
        dueAt: null,
        finishedAt: at,
        sentAt: status === 'SENT' ? at : null,
        lastError: null,
      });
    },
  );

  test('is null for an id that nothing has or can have', async () => {
    const { data, errors } = await api.ask(
      '{ a: message(id: "12345678") { id } b: message(id: "x") { id } c: message(id: 99999999999999999999) { id } }',
    );
    expect([data, errors]).toEqual([{ a: null, b: null, c: null }, []]);
  });
});

describe('a list of messages', () => {
  test('is newest first, by mailing, client, both or neither, and in any statuses', async () => {
    const [mailingA, mailingB] = [await storeMailing(db.pool), await storeMailing(db.pool)];
    const ofA: { id: string; status: StoredStatus; clientId: string }[] = [];
    for (const status of [...everyStatus, ...everyStatus]) {
      const clientId = await storeClient(db.pool);
      ofA.unshift({ id: await storeMessage(db.pool, { mailingId: mailingA, clientId, status }), status, clientId });
    }
    const [, , , shared = { id: '', status: 'SENT', clientId: '' }] = ofA;
    const inB = await storeMessage(db.pool, { mailingId: mailingB, clientId: shared.clientId, status: 'FAILED' });
    const idsOfA = ofA.map((message) => message.id);

    expect(await listIds(null)).toEqual([inB, ...idsOfA]);
    expect(await listIds({ mailingId: mailingA })).toEqual(idsOfA);
    expect(await listIds({ clientId: shared.clientId })).toEqual([inB, shared.id]);
    expect(await listIds({ clientId: shared.clientId, mailingId: mailingA })).toEqual([shared.id]);
    expect(await listIds({ clientId: shared.clientId, mailingId: mailingA, statuses: [shared.status] })).toEqual([shared.id]);
    expect(await listIds({ clientId: shared.clientId, statuses: ['FAILED'] })).toEqual([
      inB,
      ...(shared.status === 'FAILED' ? [shared.id] : []),
    ]);
    for (let set = 0; set < 64; set += 1) {
      const statuses = everyStatus.filter((_, index) => (set & (1 << index)) !== 0);
      const expected = ofA.filter(({ status }) => statuses.length === 0 || statuses.includes(status)).map((message) => message.id);
      expect(await listIds({ mailingId: mailingA, statuses })).toEqual(expected);
      const withB = statuses.length === 0 || statuses.includes('FAILED') ? [inB, ...expected] : expected;
      expect(await listIds({ statuses })).toEqual(withB);
    }
  });

  test.each([
    { statuses: null },
    { statuses: ['FAILED'] },
    { statuses: ['UNCONFIRMED', 'FAILED'] },
    { statuses: ['FAILED', 'SENT', 'UNCONFIRMED'] },
  ])('is the same in pages of 1, 2 and 3, alone and in a mailing: %j', async ({ statuses }) => {
    const mailingId = await storeMailing(db.pool);
    const elsewhere = await storeMailing(db.pool);
    for (const status of ['FAILED', 'SENT', 'UNCONFIRMED', 'UNCONFIRMED', 'FAILED', 'PENDING', 'FAILED'] as const) {
      await storeMessage(db.pool, { mailingId, clientId: await storeClient(db.pool), status });
      await storeMessage(db.pool, { mailingId: elsewhere, clientId: await storeClient(db.pool), status });
    }
    for (const where of [{ statuses }, { statuses, mailingId }]) {
      const whole = await listIds(where);
      for (const first of [1, 2, 3]) {
        const seen: string[] = [];
        let after: string | null = null;
        for (let page = 0, more = true; more; page += 1) {
          const { data } = await api.ask(
            'query ($first: Int!, $after: String, $where: MessageWhere) { messages(first: $first, after: $after, where: $where) { nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } }',
            { first, after, where },
          );
          const { nodes, pageInfo } = data.messages;
          expect(pageInfo.hasPreviousPage).toBe(page > 0);
          seen.push(...nodes.map((message: { id: string }) => message.id));
          after = pageInfo.endCursor;
          more = pageInfo.hasNextPage;
        }
        expect(seen).toEqual(whole);
      }
    }
  });

  test('is empty for ids that nothing has or can have', async () => {
    await storeMessage(db.pool, { mailingId: await storeMailing(db.pool), clientId: await storeClient(db.pool) });
    for (const id of ['999999', 'x', '', '-1', '9223372036854775808']) {
      expect(await listIds({ mailingId: id })).toEqual([]);
      expect(await listIds({ clientId: id })).toEqual([]);
    }
    expect(await listIds({ mailingId: null, clientId: null, statuses: null })).toHaveLength(1);
  });

  test('refuses a bad page, also inside a mailing', async () => {
    const id = await storeMailing(db.pool);
    const { data, errors } = await api.ask(
      'query ($id: ID!, $after: String) { messages(first: 0) { nodes { id } } mailing(id: $id) { messages(after: $after) { nodes { id } } } }',
      { id, after: toCursor('clients CREATED_AT_DESC', ['1', '1']) },
    );
    expect(data).toBeNull();
    expect(errors.map((error) => [error.path, error.extensions['code'], error.extensions['argument']])).toEqual([
      [['messages'], 'BAD_USER_INPUT', 'first'],
    ]);
    const inside = await api.ask('query ($id: ID!) { mailing(id: $id) { messages(after: "x") { nodes { id } } } }', { id });
    expect(inside.errors).toMatchObject([{ path: ['mailing', 'messages'], extensions: { code: 'BAD_USER_INPUT', argument: 'after' } }]);
  });
});

describe('messages inside mailings and clients', () => {
  test('are those of each mailing and each client, with their counts', async () => {
    const clients = [await storeClient(db.pool), await storeClient(db.pool), await storeClient(db.pool)];
    const mailings = [await storeMailing(db.pool), await storeMailing(db.pool)];
    const gone = await storeMailing(db.pool, { deleted: true });
    const stored: { id: string; mailingId: string; clientId: string; status: StoredStatus }[] = [];
    for (const [index, clientId] of clients.entries()) {
      for (const mailingId of mailings) {
        const status = everyStatus[(index * 2 + stored.length) % 6] ?? 'SENT';
        stored.unshift({ id: await storeMessage(db.pool, { mailingId, clientId, status }), mailingId, clientId, status });
      }
      await storeMessage(db.pool, { mailingId: gone, clientId, status: 'SENT' });
    }
    const document = `query ($statuses: [MessageStatus!], $clientId: ID, $mailingId: ID) {
      mailings(orderBy: CREATED_AT_ASC) { nodes { id messages(first: 2, where: { statuses: $statuses, clientId: $clientId }) { totalCount nodes { id } } } }
      clients(orderBy: CREATED_AT_ASC) { nodes { id messages(where: { statuses: $statuses, mailingId: $mailingId }) { totalCount nodes { id } } } }
    }`;
    const [mailingId] = mailings;
    const [clientId] = clients;
    for (const filter of [
      {},
      { statuses: ['SENT', 'PENDING', 'FAILED'] },
      { clientId, mailingId },
      { clientId: '424242', mailingId: 'x' },
    ]) {
      const wanted = stored.filter((message) => !('statuses' in filter) || filter.statuses?.includes(message.status));
      const { data, errors } = await api.ask(document, filter);
      expect(errors).toEqual([]);
      for (const mailing of data.mailings.nodes) {
        const expected = wanted.filter(
          (message) => message.mailingId === mailing.id && (!('clientId' in filter) || message.clientId === filter.clientId),
        );
        expect(mailing.messages).toEqual({ totalCount: expected.length, nodes: expected.slice(0, 2).map(({ id }) => ({ id })) });
      }
      for (const client of data.clients.nodes) {
        const expected = wanted.filter(
          (message) => message.clientId === client.id && (!('mailingId' in filter) || message.mailingId === filter.mailingId),
        );
        expect(client.messages).toEqual({ totalCount: expected.length, nodes: expected.map(({ id }) => ({ id })) });
      }
    }
  });

  test('of another mailing or client than the owner are none', async () => {
    const [mailingId, other] = [await storeMailing(db.pool), await storeMailing(db.pool)];
    for (const owner of [mailingId, other]) await storeMessage(db.pool, { mailingId: owner, clientId: await storeClient(db.pool) });
    const { data } = await api.ask(
      'query ($id: ID!, $other: ID!) { mailing(id: $id) { messages(where: { mailingId: $other }) { totalCount nodes { id } } } }',
      { id: mailingId, other },
    );
    expect(data.mailing.messages).toEqual({ totalCount: 0, nodes: [] });
  });
});
