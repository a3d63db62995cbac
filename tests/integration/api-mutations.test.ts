// How mutations are handed to the operations and how their results are handed back. What operations do is tested with them.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ClientRecord, MailingRecord } from '../../src/database/records.ts';
import { reject, succeed } from '../../src/domain/errors.ts';
import type { Operations } from '../../src/graphql/operations.ts';
import { openGraphqlApi } from '../support/graphql-api.ts';
import type { GraphqlApi } from '../support/graphql-api.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const client: ClientRecord = {
  id: '9007199254740993',
  phone: '79161234567',
  operatorCode: '916',
  tag: null,
  timeZone: '+03:00',
  optedOutAt: null,
  createdAt: Date.UTC(2026, 0, 1),
  updatedAt: Date.UTC(2026, 0, 1),
  version: 3,
};
const mailing: MailingRecord = {
  id: '77',
  text: 'Hello',
  operatorCodes: [],
  tags: [],
  startsAt: Date.UTC(2026, 0, 1),
  endsAt: Date.UTC(2027, 0, 1),
  windowFrom: '09:00',
  windowTo: '18:00',
  ratePerSecond: null,
  status: 'PAUSED',
  startedAt: Date.UTC(2026, 0, 1),
  finishedAt: null,
  messagesRemovedAt: null,
  createdAt: Date.UTC(2026, 0, 1),
  updatedAt: Date.UTC(2026, 0, 1),
  version: 1,
};
const refusal = reject({ code: 'STALE_VERSION', field: ['expectedVersion'], message: 'it has changed since' });

let db: TestDatabase;
let api: GraphqlApi;
const calls: unknown[][] = [];
let refuse = false;

const record = <Value>(name: keyof Operations, value: Value) => {
  return async (...args: unknown[]) => {
    // As the operations see it: what was left out is not there.
    calls.push([name, ...args.map((arg) => (arg === undefined ? undefined : JSON.parse(JSON.stringify(arg))))]);
    return refuse ? refusal : succeed(value);
  };
};

beforeAll(async () => {
  db = await createTestDatabase();
  api = await openGraphqlApi({
    url: db.url,
    operations: {
      createClient: record('createClient', client),
      updateClient: record('updateClient', client),
      deleteClient: record('deleteClient', { deletedId: client.id }),
      importClients: async (rows, onConflict) => {
        calls.push(['importClients', JSON.parse(JSON.stringify(rows)), onConflict]);
        return {
          created: 1,
          updated: 0,
          skipped: 0,
          failed: 1,
          rowErrors: [{ row: 1, code: 'INVALID_PHONE', field: ['phone'], message: 'no' }],
        };
      },
      createMailing: record('createMailing', mailing),
      updateMailing: record('updateMailing', mailing),
      deleteMailing: record('deleteMailing', { deletedId: mailing.id }),
      pauseMailing: record('pauseMailing', mailing),
      resumeMailing: record('resumeMailing', mailing),
      cancelMailing: record('cancelMailing', mailing),
      retryMessages: record('retryMessages', { retried: 5_000_000_000 }),
    },
  });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});
beforeEach(() => {
  calls.length = 0;
  refuse = false;
});

const errors = 'userErrors { code field message }';

test.each([
  [
    'mutation { createClient(input: { phone: "+7 916 123-45-67", timeZone: "GMT+3" }, idempotencyKey: "k") { client { id phone version createdAt } userErrors { code } } }',
    ['createClient', { phone: '+7 916 123-45-67', timeZone: 'GMT+3' }, 'k'],
    { createClient: { client: { id: client.id, phone: client.phone, version: 3, createdAt: '2026-01-01T00:00:00.000Z' }, userErrors: [] } },
  ],
  [
    'mutation { createClient(input: { phone: "7", timeZone: "", tag: null, operatorCode: "" }) { client { tag } } }',
    ['createClient', { phone: '7', timeZone: '', tag: null, operatorCode: '' }, null],
    { createClient: { client: { tag: null } } },
  ],
  [
    'mutation { updateClient(id: 5, input: { tag: null, optedOut: true }, expectedVersion: 2) { client { id } } }',
    ['updateClient', '5', { tag: null, optedOut: true }, 2],
    { updateClient: { client: { id: client.id } } },
  ],
  [
    'mutation { updateClient(id: "5", input: {}) { client { id } } }',
    ['updateClient', '5', {}, null],
    { updateClient: { client: { id: client.id } } },
  ],
  [
    'mutation { deleteClient(id: "5") { deletedId userErrors { code } } }',
    ['deleteClient', '5'],
    { deleteClient: { deletedId: client.id, userErrors: [] } },
  ],
  [
    'mutation { importClients(clients: [{ phone: "a", timeZone: "b", tag: "c" }, { phone: "d", timeZone: "e" }]) { created updated skipped failed rowErrors { row code field message } } }',
    [
      'importClients',
      [
        { phone: 'a', timeZone: 'b', tag: 'c' },
        { phone: 'd', timeZone: 'e' },
      ],
      'UPDATE',
    ],
    {
      importClients: {
        created: 1,
        updated: 0,
        skipped: 0,
        failed: 1,
        rowErrors: [{ row: 1, code: 'INVALID_PHONE', field: ['phone'], message: 'no' }],
      },
    },
  ],
  [
    'mutation { importClients(clients: [], onConflict: SKIP) { created } }',
    ['importClients', [], 'SKIP'],
    { importClients: { created: 1 } },
  ],
  [
    'mutation { createMailing(input: { text: "Hi", startsAt: "2026-01-01T03:00:00+03:00", endsAt: "2027-01-01T00:00:00Z" }) { mailing { id sendWindow { from to } status } } }',
    ['createMailing', { text: 'Hi', filter: { operatorCodes: [], tags: [] }, startsAt: mailing.startsAt, endsAt: mailing.endsAt }, null],
    { createMailing: { mailing: { id: '77', sendWindow: { from: '09:00', to: '18:00' }, status: 'PAUSED' } } },
  ],
  [
    'mutation { createMailing(input: { text: "Hi", filter: { tags: ["vip"] }, startsAt: "2026-01-01T00:00:00Z", endsAt: "2027-01-01T00:00:00Z", sendWindow: { from: "22:00", to: "06:00" }, ratePerSecond: 7 }) { mailing { id } } }',
    [
      'createMailing',
      {
        text: 'Hi',
        filter: { operatorCodes: [], tags: ['vip'] },
        startsAt: mailing.startsAt,
        endsAt: mailing.endsAt,
        sendWindow: { from: '22:00', to: '06:00' },
        ratePerSecond: 7,
      },
      null,
    ],
    { createMailing: { mailing: { id: '77' } } },
  ],
  [
    'mutation { updateMailing(id: "77", input: { sendWindow: null, ratePerSecond: null, endsAt: "2027-01-01T00:00:00Z" }, expectedVersion: 1) { mailing { id } } }',
    ['updateMailing', '77', { endsAt: mailing.endsAt, sendWindow: null, ratePerSecond: null }, 1],
    { updateMailing: { mailing: { id: '77' } } },
  ],
  ['mutation { deleteMailing(id: "77") { deletedId } }', ['deleteMailing', '77'], { deleteMailing: { deletedId: '77' } }],
  [
    'mutation { pauseMailing(id: "77") { mailing { status } } }',
    ['pauseMailing', '77'],
    { pauseMailing: { mailing: { status: 'PAUSED' } } },
  ],
  ['mutation { resumeMailing(id: "77") { mailing { id } } }', ['resumeMailing', '77'], { resumeMailing: { mailing: { id: '77' } } }],
  ['mutation { cancelMailing(id: "77") { mailing { id } } }', ['cancelMailing', '77'], { cancelMailing: { mailing: { id: '77' } } }],
  [
    'mutation { retryMessages(mailingId: "77") { retried } }',
    ['retryMessages', '77', ['FAILED'], null],
    { retryMessages: { retried: 5_000_000_000 } },
  ],
  [
    'mutation { retryMessages(mailingId: "77", statuses: [UNCONFIRMED, FAILED]) { retried } }',
    ['retryMessages', '77', ['UNCONFIRMED', 'FAILED'], null],
    { retryMessages: { retried: 5_000_000_000 } },
  ],
  [
    'mutation { retryMessages(mailingId: "77", errorCodes: ["TIMEOUT", "HTTP_500"]) { retried } }',
    ['retryMessages', '77', ['FAILED'], ['TIMEOUT', 'HTTP_500']],
    { retryMessages: { retried: 5_000_000_000 } },
  ],
])('%s', async (document, call, expected) => {
  const answer = await api.ask(document);
  expect(answer.errors).toEqual([]);
  expect(calls).toEqual([call]);
  expect(answer.data).toEqual(expected);
});

const byId = [
  ['updateClient(id: $id, input: {})', 'client { id }', 'id', 'clientId'],
  ['deleteClient(id: $id)', 'deletedId', 'id', 'clientId'],
  ['updateMailing(id: $id, input: {})', 'mailing { id }', 'id', 'mailingId'],
  ['deleteMailing(id: $id)', 'deletedId', 'id', 'mailingId'],
  ['pauseMailing(id: $id)', 'mailing { id }', 'id', 'mailingId'],
  ['resumeMailing(id: $id)', 'mailing { id }', 'id', 'mailingId'],
  ['cancelMailing(id: $id)', 'mailing { id }', 'id', 'mailingId'],
  ['retryMessages(mailingId: $id)', 'retried', 'mailingId', 'mailingId'],
] as const;

describe.each(byId)('%s', (field, value, argument, logged) => {
  const ask = (id: string) => api.ask(`mutation ($id: ID!) { answer: ${field} { ${value} ${errors} } }`, { id });
  const nothing = value === 'retried' ? { retried: 0 } : { [value.split(' ')[0] ?? '']: null };

  test('answers NOT_FOUND for an id that nothing can have, and asks no operation', async () => {
    for (const id of ['', 'x', '0', '-5', '9223372036854775808', '1.0']) {
      const { data } = await ask(id);
      expect(data.answer).toEqual({ ...nothing, userErrors: [{ code: 'NOT_FOUND', field: [argument], message: expect.any(String) }] });
    }
    expect(calls).toEqual([]);
  });

  test('hands a refusal back as it is, and its code and id to the log', async () => {
    refuse = true;
    const { data, errors: thrown } = await ask('42');
    expect(thrown).toEqual([]);
    expect(data.answer).toEqual({
      ...nothing,
      userErrors: [{ code: 'STALE_VERSION', field: ['expectedVersion'], message: 'it has changed since' }],
    });
    expect(api.logLines.at(-1)).toMatchObject({ type: 'mutation', outcome: 'refused', userErrors: ['STALE_VERSION'], [logged]: '42' });
  });
});

test('the log finds what was created by its id', async () => {
  await api.ask(
    'mutation Create { createMailing(input: { text: "Hi", startsAt: "2026-01-01T00:00:00Z", endsAt: "2027-01-01T00:00:00Z" }) { userErrors { code } } }',
  );
  expect(api.logLines.at(-1)).toMatchObject({ operation: 'Create', outcome: 'ok', mailingId: '77' });
});
