// What callers see when something goes wrong, and what the log keeps of it.
import { GraphQLError } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sql } from '../../src/database/database.ts';
import { CarillonError } from '../../src/domain/errors.ts';
import { openGraphqlApi } from '../support/graphql-api.ts';
import type { GraphqlApi } from '../support/graphql-api.ts';
import { storeClient } from '../support/stored-rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: GraphqlApi;
/** Runs instead of the next statements. */
let fault: ((sql: Sql) => Promise<never>) | null = null;

beforeAll(async () => {
  db = await createTestDatabase();
  await storeClient(db.pool, { phone: '79991234567' });
  api = await openGraphqlApi({
    url: db.url,
    intercept: (sql) => ({ rows: async (text, values) => (fault === null ? sql.rows(text, values) : fault(sql)) }),
    operations: {
      deleteClient: async (id) => {
        if (id === '1') throw new CarillonError('SOMETHING_OF_OURS', 'the inner workings are showing');
        throw new GraphQLError('a GraphQL error without a code, from within');
      },
      importClients: async () => {
        throw new CarillonError('TOO_MANY_ROWS', 'at most 1,000 rows');
      },
    },
  });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});

const withFault = async <T>(next: (sql: Sql) => Promise<unknown>, work: () => Promise<T>): Promise<T> => {
  fault = async (sql) => {
    await next(sql);
    throw new Error('the fault did not happen');
  };
  try {
    return await work();
  } finally {
    fault = null;
  }
};

const lastLine = (level: number): Readonly<Record<string, unknown>> | undefined => api.logLines.findLast((line) => line['level'] === level);
const json = { 'content-type': 'application/json' };
const warn = 40;
const error = 50;

describe('a fault of the database', () => {
  test.each([
    ['a column that is not there', 'select client.nowhere from client'],
    ['a value that does not fit', "select 'secret value'::int"],
    ['a broken constraint', "insert into client (phone, operator_code, time_zone) values (79991234567, '999', 'UTC')"],
  ])('of our own making is an internal error with the request id, and nothing else: %s', async (_, statement) => {
    const answer = await withFault(
      (sql) => sql.rows(statement),
      () => api.ask('{ clients { nodes { id } } }'),
    );
    const requestId = answer.errors[0]?.extensions['requestId'];
    expect(requestId).toMatch(/^request-\d+$/);
    expect(answer.errors).toEqual([
      {
        message: 'Internal error',
        locations: [{ line: 1, column: 13 }],
        path: ['clients', 'nodes'],
        extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
      },
    ]);
    expect(answer.text).not.toMatch(/select|nowhere|secret|client_|constraint|insert|\.ts|node_modules|79991234567/i);
    expect(lastLine(error)).toMatchObject({
      requestId,
      path: ['clients', 'nodes'],
      err: { stack: expect.stringContaining('database.ts') },
    });
  });

  test('that passes is SERVICE_UNAVAILABLE: a statement that took too long', async () => {
    await using impatient = await openGraphqlApi({
      url: db.url,
      statementTimeoutMs: 100,
      intercept: (sql) => ({ rows: async <Row extends object>() => sql.rows<Row>('select pg_sleep(20)') }),
    });
    const answer = await impatient.ask('{ clients { nodes { id } } }');
    expect(answer.errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE', requestId: expect.stringMatching(/^request-/) } }]);
    expect(answer.text).not.toMatch(/statement timeout|canceling|pg_sleep/i);
    expect(impatient.logLines.findLast(({ level }) => level === warn)).toMatchObject({
      err: { message: expect.stringContaining('statement timeout') },
    });
  });

  test('that passes is SERVICE_UNAVAILABLE: a cut connection; the next request is answered', async () => {
    const answer = await withFault(
      (sql) => sql.rows('select pg_terminate_backend(pg_backend_pid())'),
      () => api.ask('{ clients { nodes { id } } }'),
    );
    expect(answer.errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
    expect(answer.text).not.toMatch(/terminat|administrator/i);
    expect((await api.ask('{ clients { totalCount } }')).data.clients.totalCount).toBe(1);
  });

  test('in one field leaves the other fields their answers', async () => {
    const { data, errors } = await withFault(
      (sql) => sql.rows('select nowhere'),
      () => api.ask('{ client(id: "1") { id } __typename }'),
    );
    expect(data).toEqual({ client: null, __typename: 'Query' });
    expect(errors).toHaveLength(1);
  });
});

describe('an error from within', () => {
  test('is internal when it was not meant for the outside', async () => {
    for (const id of ['1', '2']) {
      const { errors, text } = await api.ask('mutation ($id: ID!) { deleteClient(id: $id) { deletedId } }', { id });
      expect(errors).toMatchObject([{ message: 'Internal error', extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
      expect(text).not.toMatch(/inner workings|from within/);
    }
  });

  test('keeps its code and its words when it was: more than 1,000 rows', async () => {
    const { errors } = await api.ask('mutation { importClients(clients: []) { created } }');
    expect(errors).toEqual([
      {
        message: 'at most 1,000 rows',
        locations: [{ line: 1, column: 12 }],
        path: ['importClients'],
        extensions: { code: 'TOO_MANY_ROWS' },
      },
    ]);
  });
});

describe('a request that cannot be', () => {
  test.each([
    ['{ nowhere }', {}, 'GRAPHQL_VALIDATION_FAILED', 400],
    ['{ clients {', {}, 'GRAPHQL_PARSE_FAILED', 400],
    ['query a { __typename } query b { __typename }', {}, 'OPERATION_RESOLUTION_FAILURE', 400],
    [
      'query ($at: DateTime) { mailings(where: { startsAfter: $at }) { totalCount } }',
      { at: '2026-02-30T00:00:00Z' },
      'BAD_USER_INPUT',
      400,
    ],
    ['{ mailings(where: { startsAfter: "tomorrow" }) { totalCount } }', {}, 'GRAPHQL_VALIDATION_FAILED', 400],
    ['query ($first: Int) { clients(first: $first) { totalCount } }', { first: null }, 'BAD_USER_INPUT', 200],
    ['query ($id: ID!) { client(id: $id) { id } }', {}, 'BAD_USER_INPUT', 400],
    ['mutation { pauseMailing { mailing { id } } }', {}, 'GRAPHQL_VALIDATION_FAILED', 400],
    ['subscription { statistics { clients } }', {}, 'BAD_REQUEST', 400],
  ])('%s %j is %s, in words, and no fault of ours', async (document, variables, code, status) => {
    const faultsBefore = api.logLines.filter((line) => Number(line['level']) >= warn).length;
    const answer = await api.ask(document, variables);
    expect(answer.errors).toMatchObject([{ message: expect.stringMatching(/\w+/), extensions: { code } }]);
    expect(answer.errors[0]?.message).not.toBe('Internal error');
    expect(answer.status).toBe(status);
    expect(answer.text).not.toMatch(/stacktrace|node_modules/);
    expect(api.logLines.filter((line) => Number(line['level']) >= warn)).toHaveLength(faultsBefore);
  });

  test('a date that does not exist is told so', async () => {
    const { errors } = await api.ask('{ mailings(where: { startsAfter: "2026-02-30T00:00:00Z" }) { totalCount } }');
    expect(errors).toMatchObject([{ message: expect.stringContaining('does not exist') }]);
  });

  test('a form or an image of another site gets nothing: CSRF prevention', async () => {
    const search = '?query=%7B__typename%7D';
    const body = { query: '{ __typename }' };
    const answers = [await api.request({ method: 'GET', search })];
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      answers.push(await api.request({ method: 'GET', headers: { 'content-type': type }, search }));
      answers.push(await api.request({ method: 'POST', headers: { 'content-type': type }, body }));
    }
    for (const { status, data } of answers) {
      expect([400, 415]).toContain(status);
      expect(data).toBeUndefined();
    }
    const allowed = await api.request({ method: 'GET', headers: { 'apollo-require-preflight': '1' }, search });
    expect(allowed.data).toEqual({ __typename: 'Query' });
  });

  test('a mutation by GET is refused', async () => {
    const answer = await api.request({
      method: 'GET',
      headers: json,
      search: `?query=${encodeURIComponent('mutation { deleteClient(id: "1") { deletedId } }')}`,
    });
    expect(answer.status).toBe(405);
  });

  test('an array of operations is refused', async () => {
    const answer = await api.request({ method: 'POST', headers: json, body: [{ query: '{ __typename }' }] });
    expect(answer.status).toBe(400);
  });
});

test('no answer may be kept by a cache', async () => {
  expect((await api.ask('{ __typename }')).headers.get('cache-control')).toBe('no-store');
});

test('without introspection neither the schema nor a guess at it is told', async () => {
  await using closed = await openGraphqlApi({ url: db.url, introspection: false });
  const document = '{ __schema { types { name } } }';
  expect((await closed.ask(document)).errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  expect((await closed.ask('{ client { id } }')).text).not.toContain('Did you mean');
  expect((await closed.ask('{ cliets { totalCount } }')).text).not.toContain('Did you mean');
  expect((await api.ask(document)).errors).toEqual([]);
  expect((await api.ask('{ cliets { totalCount } }')).text).toContain('Did you mean');
});

describe('the log', () => {
  test('has one line for an operation, with its name, outcome and ids', async () => {
    const from = api.logLines.length;
    await api.ask('query Look($id: ID!) { client(id: $id) { id } }', { id: '4711' });
    expect(api.logLines.slice(from)).toMatchObject([
      {
        requestId: expect.stringMatching(/^request-\d+$/),
        operation: 'Look',
        type: 'query',
        transport: 'http',
        outcome: 'ok',
        clientId: '4711',
        durationMs: expect.any(Number),
      },
    ]);
  });

  test('names an unnamed operation after its fields, and several ids together', async () => {
    const from = api.logLines.length;
    await api.ask(
      '{ client(id: "1") { id } b: client(id: "2") { id } mailing(id: "3") { id } message(id: "4") { id } c: client(id: "nonsense") { id } }',
    );
    expect(api.logLines.slice(from)).toMatchObject([
      { operation: 'client mailing message', clientIds: ['1', '2'], mailingId: '3', messageId: '4' },
    ]);
  });

  test('says which errors were answered', async () => {
    const from = api.logLines.length;
    await api.ask('{ clients(first: 0) { totalCount } }');
    await api.ask('{ nowhere }');
    expect(api.logLines.slice(from)).toMatchObject([
      { operation: 'clients', outcome: 'error', errors: ['BAD_USER_INPUT'] },
      { operation: 'unknown', outcome: 'error', errors: ['GRAPHQL_VALIDATION_FAILED'] },
    ]);
  });
});
