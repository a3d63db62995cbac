// A mailing's history: who did what to it, written with the change itself, and read through the API.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addMailing, clearEngine, statusOf } from '../support/engine-seed.ts';
import { startGuardedApi } from '../support/guarded-api.ts';
import type { GuardedApi } from '../support/guarded-api.ts';
import { errorsOf, makeOperations, openOperations, silentChanges, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
import { addMessages, storeClients } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { signToken } from '../support/tokens.ts';

let db: TestDatabase;
/** Without authentication, and with what a worker's jobs do. */
let operations: OpenedOperations;
let api: GuardedApi;
let anna: string;
let boris: string;

beforeAll(async () => {
  db = await createTestDatabase();
  operations = await openOperations(db.url);
  api = await startGuardedApi(db.url);
  anna = await signToken({ sub: 'anna', role: 'operator' });
  boris = await signToken({ sub: 'boris', role: 'admin' });
});
beforeEach(async () => clearEngine(db.pool));
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await operations[Symbol.asyncDispose]();
  await db.drop();
});

interface Event {
  readonly id: string;
  readonly kind: string;
  readonly actor: string | null;
  readonly at: string;
  readonly fields: readonly string[] | null;
  readonly retried: number | null;
}

const historyQuery = `query ($id: ID!, $first: Int! = 100, $after: String) { mailing(id: $id) { events(first: $first, after: $after) {
  totalCount pageInfo { hasNextPage hasPreviousPage endCursor } nodes { id kind actor at fields retried } } } }`;

/** Oldest first: how it happened. */
async function historyOf(id: string): Promise<Event[]> {
  const { data } = await api.ask(boris, historyQuery, { id });
  return data.mailing.events.nodes.toReversed();
}

/** `KIND by actor`, oldest first. */
async function storyOf(id: string): Promise<string[]> {
  return (await historyOf(id)).map(({ kind, actor }) => `${kind} by ${actor ?? 'itself'}`);
}

const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
const later = new Date(Date.now() + 2 * 86_400_000).toISOString();

async function createAs(token: string, startsAt: string, idempotencyKey?: string): Promise<string> {
  const { data, errors } = await api.ask(
    token,
    `mutation ($input: CreateMailingInput!, $idempotencyKey: String) {
      createMailing(input: $input, idempotencyKey: $idempotencyKey) { mailing { id } userErrors { message } }
    }`,
    { input: { text: 'Hello', startsAt, endsAt: later }, idempotencyKey },
  );
  expect(errors).toEqual([]);
  return data.createMailing.mailing.id;
}

async function editAs(token: string, id: string, input: object, expectedVersion?: number): Promise<void> {
  const { errors } = await api.ask(
    token,
    `mutation ($id: ID!, $input: UpdateMailingInput!, $expectedVersion: Int) {
      updateMailing(id: $id, input: $input, expectedVersion: $expectedVersion) { userErrors { code } }
    }`,
    { id, input, expectedVersion },
  );
  expect(errors).toEqual([]);
}

const changeAs = async (token: string, mutation: string, id: string): Promise<void> => {
  const { errors } = await api.ask(token, `mutation ($id: ID!) { ${mutation}(id: $id) { userErrors { code } } }`, { id });
  expect(errors).toEqual([]);
};

test('tells who created, edited, paused, resumed and cancelled it, what started by itself, and when', async () => {
  const before = Date.now() - 1_000;
  const id = await createAs(anna, tomorrow);
  await editAs(boris, id, { text: 'Hello!', endsAt: later, filter: { tags: ['vip'] }, ratePerSecond: null });
  await editAs(anna, id, { startsAt: new Date(before).toISOString(), sendWindow: { from: '00:00', to: '23:59' } });
  await storeClients(db.pool, 1);
  await editAs(anna, id, { filter: {} });
  await operations.expandMailing(id);
  await changeAs(anna, 'pauseMailing', id);
  await changeAs(boris, 'resumeMailing', id);
  await changeAs(anna, 'cancelMailing', id);

  expect(await storyOf(id)).toEqual([
    'CREATED by anna',
    'EDITED by boris',
    'EDITED by anna',
    'EDITED by anna',
    'STARTED by itself',
    'PAUSED by anna',
    'RESUMED by boris',
    'CANCELLED by anna',
  ]);
  const history = await historyOf(id);
  // What was said and stays as it was is no change.
  expect(history.map(({ fields }) => fields).slice(0, 5)).toEqual([null, ['text', 'filter'], ['startsAt', 'sendWindow'], ['filter'], null]);
  for (const { at, retried } of history) {
    expect(retried).toBeNull();
    expect(Date.parse(at)).toBeGreaterThan(before);
  }
});

test('says COMPLETED when nothing was left to send', async () => {
  const id = await createAs(anna, new Date(Date.now() - 60_000).toISOString());
  await operations.expandMailing(id);
  await operations.finishMailing(id);
  expect(await storyOf(id)).toEqual(['CREATED by anna', 'STARTED by itself', 'COMPLETED by itself']);
});

test('counts the messages of one retry in one entry, however many parts it has', async () => {
  const id = await addMailing(db.pool);
  const clients = await storeClients(db.pool, 5);
  await addMessages(db.pool, id, clients.slice(0, 3), { status: 'FAILED' });
  await addMessages(db.pool, id, clients.slice(3), { status: 'UNCONFIRMED' });
  const retry = 'mutation ($id: ID!) { retryMessages(mailingId: $id, statuses: [FAILED, UNCONFIRMED]) { retried userErrors { code } } }';

  expect((await api.ask(anna, retry, { id })).data.retryMessages).toEqual({ retried: 5, userErrors: [] });
  expect(await historyOf(id)).toMatchObject([{ kind: 'MESSAGES_RETRIED', actor: 'anna', retried: 5, fields: null }]);

  // Nothing is left to retry.
  expect((await api.ask(anna, retry, { id })).data.retryMessages).toEqual({ retried: 0, userErrors: [] });
  expect(await historyOf(id)).toHaveLength(1);
});

test('has no name where nobody is asked for one', async () => {
  const id = await addMailing(db.pool);
  valueOf(await operations.pauseMailing(id));
  expect(await storyOf(id)).toEqual(['PAUSED by itself']);
});

describe('nothing is added', () => {
  test('by a repeat under the same idempotency key, whoever repeats it', async () => {
    const id = await createAs(anna, tomorrow, 'once');
    expect(await createAs(boris, tomorrow, 'once')).toBe(id);
    expect(await storyOf(id)).toEqual(['CREATED by anna']);
  });

  test('by what is refused, and by an edit that changes nothing', async () => {
    const id = await createAs(anna, tomorrow);
    await changeAs(boris, 'pauseMailing', id);
    await editAs(boris, id, { text: 'Hello' });
    await editAs(boris, id, { text: 'Hi' }, 99);
    await editAs(boris, id, { text: '' });
    expect(errorsOf(await operations.resumeMailing(id))).toEqual(['NOT_PAUSED id']);
    expect(await storyOf(id)).toEqual(['CREATED by anna']);
  });
});

describe('a history that cannot be written', () => {
  beforeEach(async () => {
    await db.pool.query(`create function refuse_history() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
      create trigger refuse_history before insert on mailing_event for each row execute function refuse_history()`);
  });
  afterEach(async () => {
    await db.pool.query('drop function refuse_history cascade');
  });

  test('takes its change with it', async () => {
    const id = await addMailing(db.pool);
    const { codes } = await api.ask(anna, 'mutation ($id: ID!) { pauseMailing(id: $id) { mailing { id } } }', { id });
    expect(codes).toEqual(['INTERNAL_SERVER_ERROR']);
    expect(await statusOf(db.pool, id)).toBe('RUNNING');
  });
});

test('is deleted with its mailing', async () => {
  const id = await createAs(anna, tomorrow);
  const other = await createAs(anna, tomorrow);
  await changeAs(anna, 'deleteMailing', id);
  await operations.finishMailing(id);
  await operations.removeMessages();
  const { rows } = await db.pool.query('select mailing_id::text as id from mailing_event');
  expect(rows).toEqual([{ id: other }]);
  expect(api.logLines.find((line) => line['event'] === 'deleted' && line['mailingId'] === id)).toMatchObject({ actor: 'anna' });
});

test('is read in pages, newest first, that stay right while it grows', async () => {
  const id = await addMailing(db.pool);
  const by = makeOperations({ database: operations.database, changes: silentChanges, log: operations.log, actor: 'clara' });
  for (let round = 0; round < 2; round += 1) {
    valueOf(await by.pauseMailing(id));
    valueOf(await by.resumeMailing(id));
  }
  const first = (await api.ask(anna, historyQuery, { id, first: 3 })).data.mailing.events;
  expect(first).toMatchObject({ totalCount: 4, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
  expect(first.nodes.map(({ kind, actor }: Event) => `${kind} ${actor}`)).toEqual(['RESUMED clara', 'PAUSED clara', 'RESUMED clara']);

  valueOf(await by.cancelMailing(id));
  const second = (await api.ask(anna, historyQuery, { id, first: 3, after: first.pageInfo.endCursor })).data.mailing.events;
  expect(second).toMatchObject({ totalCount: 5, pageInfo: { hasNextPage: false, hasPreviousPage: true }, nodes: [{ kind: 'PAUSED' }] });

  const { codes } = await api.ask(anna, historyQuery, { id, after: 'elsewhere' });
  expect(codes).toEqual(['BAD_USER_INPUT']);
});
