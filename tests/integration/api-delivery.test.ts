// What the API says about what went wrong: the attempts of a message, the errors of a mailing.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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
  await db.pool.query('truncate mailing, mailing_statistics, message, message_attempt, batch');
});

async function addAttempt(messageId: string, attempt: number, outcome: string, code: string, httpStatus: number | null): Promise<void> {
  await db.pool.query(
    `insert into message_attempt (message_id, mailing_id, attempt, at, outcome, code, message, http_status, latency_ms)
     select id, mailing_id, $2::int, timestamptz '2026-03-04 05:06:00Z' + $2::int * interval '1 second', $3, $4, 'words ' || $2::int, $5, 10 * $2::int from message where id = $1`,
    [messageId, attempt, outcome, code, httpStatus],
  );
}

describe('the attempts of a message', () => {
  test('are those that were not acceptances, newest first, with what is known of each', async () => {
    const id = await storeMessage(db.pool, {
      mailingId: await storeMailing(db.pool),
      clientId: null,
      status: 'FAILED',
      error: ['REJECTED', 'words 3', '2026-03-04T05:06:03Z'],
    });
    await addAttempt(id, 1, 'retry', 'HTTP_500', 500);
    await addAttempt(id, 2, 'ambiguous', 'TIMEOUT', null);
    await addAttempt(id, 3, 'refused', 'REJECTED', 400);
    const { data, errors } = await api.ask(
      `query ($id: ID!) { message(id: $id) {
        attemptLog { attempt at outcome code message explanation httpStatus latencyMs }
        newest: attemptLog(first: 1) { attempt }
        lastError { code explanation }
      } }`,
      { id },
    );
    expect(errors).toEqual([]);
    const { attemptLog, newest, lastError } = data.message;
    expect(attemptLog).toEqual([
      {
        attempt: 3,
        at: '2026-03-04T05:06:03.000Z',
        outcome: 'REFUSED',
        code: 'REJECTED',
        message: 'words 3',
        explanation: expect.stringContaining('refused the message as invalid'),
        httpStatus: 400,
        latencyMs: 30,
      },
      expect.objectContaining({ attempt: 2, outcome: 'AMBIGUOUS', code: 'TIMEOUT', httpStatus: null, latencyMs: 20 }),
      expect.objectContaining({ attempt: 1, outcome: 'RETRY', code: 'HTTP_500', httpStatus: 500, latencyMs: 10 }),
    ]);
    expect(newest).toEqual([{ attempt: 3 }]);
    expect(lastError).toEqual({ code: 'REJECTED', explanation: attemptLog[0].explanation });
  });

  test('are none for a message that was accepted at once, and at most as many as asked for', async () => {
    const mailingId = await storeMailing(db.pool);
    const [sent, tried] = [
      await storeMessage(db.pool, { mailingId, clientId: null, status: 'SENT' }),
      await storeMessage(db.pool, { mailingId, clientId: await storeClient(db.pool) }),
    ];
    for (let attempt = 1; attempt <= 60; attempt += 1) await addAttempt(tried, attempt, 'retry', 'CONNECTION', null);
    const { data } = await api.ask(
      '{ messages { nodes { id attemptLog { attempt } } } more: messages { nodes { attemptLog(first: 55) { attempt } } } }',
    );
    const numbers = (log: readonly { attempt: number }[]): number[] => log.map(({ attempt }) => attempt);
    expect(
      data.messages.nodes.map((node: { id: string; attemptLog: { attempt: number }[] }) => [node.id, numbers(node.attemptLog)]),
    ).toEqual([
      [tried, Array.from({ length: 20 }, (_, index) => 60 - index)],
      [sent, []],
    ]);
    expect(data.more.nodes[0].attemptLog).toHaveLength(55);
    for (const first of [0, 101]) {
      const refused = await api.ask('query ($first: Int!) { messages { nodes { attemptLog(first: $first) { attempt } } } }', { first });
      expect(refused.errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'first' });
    }
  });
});

describe('the errors of a mailing', () => {
  const errorsOf = async (id: string): Promise<Readonly<Record<string, unknown>>[]> => {
    const { data, errors } = await api.ask(
      'query ($id: ID!) { mailing(id: $id) { errors { code explanation messages failed unconfirmed expired retryCanHelp } } }',
      { id },
    );
    expect(errors).toEqual([]);
    return data.mailing.errors;
  };
  const at = '2026-02-03T04:05:06Z';

  async function storeFailures(mailingId: string): Promise<void> {
    const store = async (status: 'FAILED' | 'UNCONFIRMED' | 'EXPIRED' | 'PENDING' | 'SENT' | 'CANCELLED', code: string): Promise<unknown> =>
      storeMessage(db.pool, { mailingId, clientId: await storeClient(db.pool), status, error: [code, 'words', at] });
    for (let n = 0; n < 3; n += 1) await store('FAILED', 'REJECTED');
    await store('UNCONFIRMED', 'TIMEOUT');
    await store('UNCONFIRMED', 'TIMEOUT');
    await store('EXPIRED', 'TIMEOUT');
    await store('EXPIRED', 'CONNECTION');
    for (const status of ['PENDING', 'SENT', 'CANCELLED'] as const) await store(status, 'HTTP_500');
  }

  test('are counted by code, the most frequent first, of messages that ended on them', async () => {
    const mailingId = await storeMailing(db.pool);
    await storeFailures(mailingId);
    await storeFailures(await storeMailing(db.pool));
    expect(await errorsOf(mailingId)).toEqual([
      {
        code: 'REJECTED',
        explanation: expect.stringContaining('400'),
        messages: 3,
        failed: 3,
        unconfirmed: 0,
        expired: 0,
        retryCanHelp: false,
      },
      {
        code: 'TIMEOUT',
        explanation: expect.stringContaining('in time'),
        messages: 3,
        failed: 0,
        unconfirmed: 2,
        expired: 1,
        retryCanHelp: true,
      },
      // What has expired cannot be retried.
      { code: 'CONNECTION', explanation: expect.any(String), messages: 1, failed: 0, unconfirmed: 0, expired: 1, retryCanHelp: false },
    ]);
    expect(await errorsOf(await storeMailing(db.pool))).toEqual([]);
  });

  test.each([
    ['cancelled', "status = 'CANCELLED', finished_at = instant_now()"],
    ['past its end', "ends_at = instant_now() - interval '1 second'"],
  ])('cannot be helped by retryMessages when it is %s', async (_, change) => {
    const mailingId = await storeMailing(db.pool);
    await storeFailures(mailingId);
    await db.pool.query(`update mailing set ${change} where id = $1`, [mailingId]);
    expect((await errorsOf(mailingId)).map(({ retryCanHelp }) => retryCanHelp)).toEqual([false, false, false]);
  });

  test('can be helped after it was completed, while its period lasts', async () => {
    const mailingId = await storeMailing(db.pool, { status: 'COMPLETED' });
    await storeFailures(mailingId);
    expect((await errorsOf(mailingId)).map(({ retryCanHelp }) => retryCanHelp)).toEqual([false, true, false]);
  });
});
