// What answers cost in SQL statements: lists never cost a statement per entry.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openGraphqlApi } from '../support/graphql-api.ts';
import type { GraphqlApi } from '../support/graphql-api.ts';
import { storeClient, storeMailing, storeMessage } from '../support/stored-rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: GraphqlApi;
const size = 50;

beforeAll(async () => {
  db = await createTestDatabase();
  api = await openGraphqlApi({ url: db.url });
  for (let count = 0; count < size; count += 1) {
    const mailingId = await storeMailing(db.pool);
    const clientId = await storeClient(db.pool);
    await storeMessage(db.pool, { mailingId, clientId, status: 'SENT' });
    await storeMessage(db.pool, { mailingId, clientId: await storeClient(db.pool), status: 'FAILED' });
  }
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});

const page = 'totalCount pageInfo { hasNextPage hasPreviousPage endCursor }';
const statistics = 'statistics { total pending sent failed expired cancelled unconfirmed version }';

test.each([
  [
    '50 mailings with statistics',
    `{ list: mailings(first: 50) { ${page} nodes { id filter { tags } sendWindow { from } ${statistics} } } }`,
    3,
  ],
  [
    '50 messages with mailing and client',
    `{ list: messages(first: 50) { ${page} nodes { id mailing { text } client { phone } lastError { code } } } }`,
    4,
  ],
  ['50 clients', `{ list: clients(first: 50) { ${page} nodes { phone } } }`, 2],
  [
    '50 mailings with statistics and messages',
    `{ list: mailings(first: 50) { nodes { ${statistics} messages(first: 5) { nodes { id } } } } }`,
    3,
  ],
  [
    '50 mailings with their histories',
    `{ list: mailings(first: 50) { nodes { events(first: 5) { ${page} nodes { kind actor at } } } } }`,
    3,
  ],
  [
    '50 mailings with messages and their counts',
    `{ list: mailings(first: 50) { nodes { messages(first: 5, where: { statuses: [FAILED] }) { ${page} nodes { id } } } } }`,
    3,
  ],
  [
    '50 clients with messages and their mailings',
    `{ list: clients(first: 50) { nodes { messages { ${page} nodes { mailing { text ${statistics} } } } } } }`,
    5,
  ],
  [
    '50 messages with their attempts',
    '{ list: messages(first: 50) { nodes { attemptLog { code explanation } lastError { explanation } } } }',
    2,
  ],
  ['50 mailings with their errors', '{ list: mailings(first: 50) { nodes { errors { code messages retryCanHelp } } } }', 2],
])('a page of %s', async (_, document, most) => {
  const { data, errors, statements } = await api.ask(document);
  expect(errors).toEqual([]);
  expect(data.list.nodes).toHaveLength(size);
  expect(statements.length).toBeLessThanOrEqual(most);
});

test('a second page costs no more than the first', async () => {
  const document = `query ($after: String) { mailings(first: 25, after: $after) { ${page} nodes { ${statistics} } } }`;
  const first = await api.ask(document);
  const second = await api.ask(document, { after: first.data.mailings.pageInfo.endCursor });
  expect(second.data.mailings.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
  expect(second.statements).toHaveLength(2);
});

test('a count that nobody asks for is not read', async () => {
  const { statements } = await api.ask('{ mailings { nodes { id } } clients { nodes { id } } messages { nodes { id } } }');
  expect(statements).toHaveLength(3);
});

test('lists inside lists with different arguments cost one statement for each set of arguments', async () => {
  const { data, statements } = await api.ask(`{ mailings(first: 50) { nodes {
    sent: messages(first: 1, where: { statuses: [SENT] }) { nodes { status } } failed: messages(first: 1, where: { statuses: [FAILED] }) { nodes { status } }
  } } }`);
  expect(data.mailings.nodes).toHaveLength(size);
  for (const mailing of data.mailings.nodes)
    expect(mailing).toEqual({ sent: { nodes: [{ status: 'SENT' }] }, failed: { nodes: [{ status: 'FAILED' }] } });
  expect(statements).toHaveLength(3);
});

test('a list that many entries of a page ask for is read once', async () => {
  const mailingId = await storeMailing(db.pool);
  for (let count = 0; count < size; count += 1)
    await storeMessage(db.pool, { mailingId, clientId: await storeClient(db.pool), status: 'SENT' });
  let rows = 0;
  await using counting = await openGraphqlApi({
    url: db.url,
    intercept: (sql) => ({
      rows: async (text, values) => {
        const found = await sql.rows<never>(text, values);
        rows += found.length;
        return found;
      },
    }),
  });
  const { data } = await counting.ask(
    'query ($id: ID!) { messages(first: 50, where: { mailingId: $id }) { nodes { mailing { messages(first: 10) { nodes { id } } } } } }',
    {
      id: mailingId,
    },
  );
  expect(data.messages.nodes).toHaveLength(size);
  for (const message of data.messages.nodes) expect(message.mailing.messages.nodes).toHaveLength(10);
  expect(rows).toBeLessThan(2 * 51 + 2);
});
