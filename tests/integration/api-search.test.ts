// Finding things: clients by the beginning of their phone, mailings by their period, messages by what they ended on.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addBatch, addMailing } from '../support/engine-seed.ts';
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

const inputTypes = { clients: 'ClientWhere', mailings: 'MailingWhere', messages: 'MessageWhere' };

/** What the list has, oldest first where it can be chosen; its count must agree. */
async function find(list: keyof typeof inputTypes, where: Readonly<Record<string, unknown>>, field = 'id'): Promise<string[]> {
  const order = list === 'messages' ? '' : ', orderBy: CREATED_AT_ASC';
  const { data, errors } = await api.ask(
    `query ($where: ${inputTypes[list]}) { list: ${list}(first: 100, where: $where${order}) { totalCount nodes { ${field} } } }`,
    { where },
  );
  expect(errors).toEqual([]);
  const found = data.list.nodes.map((node: Readonly<Record<string, string>>) => node[field]);
  expect(data.list.totalCount).toBe(found.length);
  return found;
}

describe('clients', () => {
  test('are found by the digits that their phones begin with, however they are written', async () => {
    for (const phone of ['79001234567', '79001299999', '79011234567', '79991234567']) await storeClient(db.pool, { phone });
    const byPrefix = async (phonePrefix: string | null, more: Readonly<Record<string, unknown>> = {}): Promise<string[]> =>
      find('clients', { phonePrefix, ...more }, 'phone');
    expect(await byPrefix('7')).toHaveLength(4);
    expect(await byPrefix('790')).toEqual(['79001234567', '79001299999', '79011234567']);
    expect(await byPrefix('+7 (900) 12')).toEqual(['79001234567', '79001299999']);
    expect(await byPrefix('7 900 12-3')).toEqual(['79001234567']);
    expect(await byPrefix('79001234567')).toEqual(['79001234567']);
    expect(await byPrefix('790', { operatorCodes: ['901'] })).toEqual(['79011234567']);
    expect(await byPrefix('790', { timeZones: ['UTC'] })).toEqual([]);
    expect(await byPrefix(null)).toHaveLength(4);
    for (const nobody of ['', '+', '8', '900', '790012345678', '79x', '7\0', '7_', '7%']) expect(await byPrefix(nobody)).toEqual([]);
  });
});

describe('mailings', () => {
  test('are found by their status and by the span of time that they are in', async () => {
    const store = async (status: 'RUNNING' | 'COMPLETED', from: string, to: string): Promise<string> => {
      const id = await storeMailing(db.pool, { status, startsAt: `2026-${from}T00:00:00Z` });
      await db.pool.query(`update mailing set ends_at = $2 where id = $1`, [id, `2026-${to}T00:00:00Z`]);
      return id;
    };
    const spring = await store('COMPLETED', '03-01', '05-31');
    const may = await store('RUNNING', '05-01', '05-31');
    const summer = await store('RUNNING', '06-01', '08-31');
    const at = (day: string): string => `2026-${day}T00:00:00Z`;
    expect(await find('mailings', { endsAfter: at('05-31') })).toEqual([summer]);
    expect(await find('mailings', { endsBefore: at('06-01') })).toEqual([spring, may]);
    expect(await find('mailings', { endsAfter: at('05-01'), startsBefore: at('05-02') })).toEqual([spring, may]);
    expect(await find('mailings', { endsAfter: at('05-01'), startsBefore: at('05-02'), statuses: ['RUNNING'] })).toEqual([may]);
    expect(await find('mailings', { startsAfter: at('04-01'), endsBefore: at('12-31'), statuses: ['COMPLETED'] })).toEqual([]);
  });
});

describe('messages', () => {
  interface Stored {
    readonly id: string;
    readonly mailingId: string;
    readonly clientId: string;
    readonly status: StoredStatus;
    readonly code: string | null;
  }

  test('are found by the code they ended on, alone and with every other restriction, in pages of any size', async () => {
    const stored: Stored[] = [];
    const mailings = [await storeMailing(db.pool), await storeMailing(db.pool)];
    const clients = [await storeClient(db.pool), await storeClient(db.pool)];
    const gone = await storeMailing(db.pool, { deleted: true });
    for (const mailingId of [...mailings, gone]) {
      for (const status of ['FAILED', 'SENT', 'UNCONFIRMED', 'EXPIRED', 'PENDING', 'CANCELLED', 'FAILED', 'EXPIRED'] as const) {
        for (const code of ['REJECTED', 'TIMEOUT', null]) {
          const clientId = (stored.length < 2 ? clients[stored.length] : undefined) ?? (await storeClient(db.pool));
          const error = code === null ? {} : { error: [code, 'words', '2026-02-03T04:05:06Z'] as const };
          const id = await storeMessage(db.pool, { mailingId, clientId, status, ...error });
          if (mailingId !== gone) stored.unshift({ id, mailingId, clientId, status, code });
        }
      }
    }
    const endedUnsent = ['FAILED', 'UNCONFIRMED', 'EXPIRED'];
    const expected = (errorCodes: readonly string[], statuses: readonly string[], mailingId?: string, clientId?: string): string[] =>
      stored
        .filter((m) => m.code !== null && errorCodes.includes(m.code) && endedUnsent.includes(m.status))
        .filter((m) => statuses.length === 0 || statuses.includes(m.status))
        .filter((m) => (mailingId === undefined || m.mailingId === mailingId) && (clientId === undefined || m.clientId === clientId))
        .map(({ id }) => id);

    for (const errorCodes of [['REJECTED'], ['TIMEOUT', 'REJECTED', 'TIMEOUT'], ['NOTHING']]) {
      for (const statuses of [[], ['FAILED'], ['EXPIRED', 'UNCONFIRMED'], ['SENT'], ['SENT', 'PENDING', 'CANCELLED', 'FAILED']]) {
        for (const mailingId of [undefined, mailings[0]]) {
          for (const clientId of [undefined, clients[0]]) {
            expect(await find('messages', { errorCodes, statuses, mailingId, clientId })).toEqual(
              expected(errorCodes, statuses, mailingId, clientId),
            );
          }
        }
      }
    }
    expect(expected(['TIMEOUT', 'REJECTED'], [])).toHaveLength(20);
    expect(await find('messages', { errorCodes: [] })).toHaveLength(48);
    expect(await find('messages', { errorCodes: ['\0'] })).toEqual([]);

    const whole = expected(['TIMEOUT', 'REJECTED'], [], mailings[1]);
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { data } = await api.ask(
        `query ($after: String, $id: ID!) { mailing(id: $id) { messages(first: 3, after: $after, where: { errorCodes: ["TIMEOUT", "REJECTED"] }) {
          nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } } }`,
        { after, id: mailings[1] },
      );
      const { nodes, pageInfo } = data.mailing.messages;
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      seen.push(...nodes.map((node: { id: string }) => node.id));
      after = pageInfo.endCursor;
      more = pageInfo.hasNextPage;
    }
    expect(seen).toEqual(whole);
  });

  test('that wait are found whether they are many or few', async () => {
    const mailingId = await addMailing(db.pool);
    const batches = [await addBatch(db.pool, mailingId, { size: 1_500 }), await addBatch(db.pool, mailingId, { size: 1_500 })];
    const newest = batches.flatMap(({ messageIds }) => messageIds).toReversed();
    const firstOf = async (): Promise<string[]> => {
      const { data } = await api.ask(
        `query ($id: ID!) { messages(first: 3, where: { mailingId: $id, statuses: [PENDING] }) { nodes { id } } }`,
        { id: mailingId },
      );
      return data.messages.nodes.map((node: { id: string }) => node.id);
    };
    expect(await firstOf()).toEqual(newest.slice(0, 3));
    // All but five of the first batch are sent.
    await db.pool.query(
      `with done as (update message set status = 'SENT', finished_at = instant_now() where mailing_id = $1 and not id = any($2::bigint[]) returning batch_id),
         left_over as (update batch b set pending = b.pending - d.n from (select batch_id, count(*)::int as n from done group by batch_id) d where b.id = d.batch_id)
       update mailing_statistics set pending = 5, sent = total - 5 where mailing_id = $1`,
      [mailingId, batches[0]?.messageIds.slice(0, 5)],
    );
    expect(await firstOf()).toEqual(batches[0]?.messageIds.slice(2, 5).toReversed());
  });
});
