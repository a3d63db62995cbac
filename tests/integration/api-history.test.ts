// What the API makes of stored samples: the history of a mailing, and of all sending.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { takeSamples } from '../../src/database/sample-queries.ts';
import { addBatch, addMailing, clearEngine } from '../support/engine-seed.ts';
import { openGraphqlApi } from '../support/graphql-api.ts';
import type { GraphqlApi } from '../support/graphql-api.ts';
import { clearSamples, clockAt, endMailing, samplesBegin, settle } from '../support/samples.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: GraphqlApi;
beforeAll(async () => {
  db = await createTestDatabase();
  api = await openGraphqlApi({ url: db.url });
});
beforeEach(async () => {
  await clearEngine(db.pool);
  await clockAt(db.pool, 0);
  await clearSamples(db.pool);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});

interface Sample {
  readonly at: string;
  readonly total: number;
  readonly pending: number;
  readonly sent: number;
  readonly failed: number;
  readonly expired: number;
  readonly cancelled: number;
  readonly unconfirmed: number;
}

const counts = 'total pending sent failed expired cancelled unconfirmed';
const historyOf = async (id: string, points = 240): Promise<Sample[]> => {
  const { data, errors } = await api.ask(
    `query ($id: ID!, $points: Int!) { mailing(id: $id) { history(points: $points) { at ${counts} } } }`,
    {
      id,
      points,
    },
  );
  expect(errors).toEqual([]);
  return data.mailing.history;
};
const secondsOf = ({ at }: { readonly at: string }): number => (Date.parse(at) - Date.parse(samplesBegin)) / 1_000;
const lookAt = async (seconds: number): Promise<void> => {
  await clockAt(db.pool, seconds);
  await takeSamples(api.database, 0);
};
const zeros = { total: 0, pending: 0, sent: 0, failed: 0, expired: 0, cancelled: 0, unconfirmed: 0 };

describe("a mailing's history", () => {
  test('begins with nothing at its start and ends with the present, at the instant it came about', async () => {
    const id = await addMailing(db.pool);
    await addBatch(db.pool, id, { size: 10 });
    await lookAt(2);
    await clockAt(db.pool, 3);
    await settle(db.pool, id, { sent: 4, failed: 1 });
    await lookAt(4);
    await clockAt(db.pool, 5);
    await settle(db.pool, id, { sent: 1 });
    await clockAt(db.pool, 60);
    const history = await historyOf(id);
    expect(history.map((sample) => [secondsOf(sample), sample.pending, sample.sent, sample.failed])).toEqual([
      [0, 0, 0, 0],
      [2, 10, 0, 0],
      [4, 5, 4, 1],
      [5, 4, 5, 1],
    ]);
    expect(await historyOf(id)).toEqual(history);
  });

  test('does not tell the present twice when there is a sample of it', async () => {
    const id = await addMailing(db.pool);
    await addBatch(db.pool, id, { size: 2 });
    await clockAt(db.pool, 1);
    await settle(db.pool, id, { sent: 2 });
    await endMailing(db.pool, id, 'COMPLETED');
    expect((await historyOf(id)).map(secondsOf)).toEqual([0, 1]);
    await lookAt(2);
    expect((await historyOf(id)).map((sample) => [secondsOf(sample), sample.sent])).toEqual([
      [0, 0],
      [2, 2],
    ]);
  });

  test('is there without a single sample, and empty before the start', async () => {
    const id = await addMailing(db.pool);
    expect(await historyOf(id)).toEqual([
      { at: expect.any(String), ...zeros },
      { at: expect.any(String), ...zeros },
    ]);
    expect(await historyOf(await addMailing(db.pool, { status: 'SCHEDULED' }))).toEqual([]);
  });

  test('is thinned to as many points as are asked for, over equal stretches, the first and the last always among them', async () => {
    const id = await addMailing(db.pool);
    await addBatch(db.pool, id, { size: 200 });
    for (let seconds = 2; seconds <= 200; seconds += 2) {
      await settle(db.pool, id, { sent: 1 });
      await lookAt(seconds);
    }
    const all = await historyOf(id, 1_000);
    expect(all).toHaveLength(101);
    expect((await historyOf(id, 2)).map(secondsOf)).toEqual([0, 200]);
    expect((await historyOf(id, 3)).map(secondsOf)).toEqual([0, 198, 200]);
    expect((await historyOf(id, 12)).map(secondsOf)).toEqual([0, 18, 38, 58, 78, 98, 118, 138, 158, 178, 198, 200]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 150 }), async (points) => {
        const history = await historyOf(id, points);
        expect(history.length).toBeLessThanOrEqual(points);
        expect([history[0], history.at(-1)]).toEqual([all[0], all.at(-1)]);
        for (const sample of history) expect(all).toContainEqual(sample);
        const times = history.map(secondsOf);
        expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
      }),
      { numRuns: 20 },
    );
  });

  test('adds up in every sample, whatever is sampled and settled meanwhile', async () => {
    const id = await addMailing(db.pool);
    await addBatch(db.pool, id, { size: 400 });
    let seconds = 0;
    const settling = async (): Promise<void> => {
      for (let round = 0; round < 60; round += 1) await settle(db.pool, id, { sent: 3, failed: 2, cancelled: 1 });
    };
    const looking = async (): Promise<void> => {
      for (let round = 0; round < 30; round += 1) await lookAt((seconds += 2));
    };
    const reading = async (): Promise<void> => {
      for (let round = 0; round < 30; round += 1) {
        const { data } = await api.ask(`query ($id: ID!) { mailing(id: $id) { history { at ${counts} } } }`, { id });
        const history: Sample[] = data.mailing.history;
        for (const one of history) {
          expect(one.total).toBe(one.pending + one.sent + one.failed + one.expired + one.cancelled + one.unconfirmed);
        }
        const sent = history.map((one) => one.sent);
        expect(sent).toEqual(sent.toSorted((a, b) => a - b));
      }
    };
    await Promise.all([settling(), looking(), reading()]);
    expect((await historyOf(id)).at(-1)).toMatchObject({ total: 400, pending: 40, sent: 180, failed: 120, cancelled: 60 });
  });

  test('of a page of mailings costs two statements', async () => {
    for (let n = 0; n < 20; n += 1) await addMailing(db.pool);
    await lookAt(2);
    const { data, errors, statements } = await api.ask(`{ mailings { nodes { history(points: 10) { at sent } } } }`);
    expect(errors).toEqual([]);
    expect(data.mailings.nodes.map(({ history }: { history: unknown[] }) => history.length)).toEqual(Array.from({ length: 20 }, () => 2));
    expect(statements).toHaveLength(2);
  });

  test.each([1, 0, -1, 1_001])('of %i points is refused', async (points) => {
    const id = await addMailing(db.pool);
    const { errors } = await api.ask('query ($id: ID!, $points: Int!) { mailing(id: $id) { history(points: $points) { at } } }', {
      id,
      points,
    });
    expect(errors).toMatchObject([
      { message: 'points: must be from 2 to 1000', extensions: { code: 'BAD_USER_INPUT', argument: 'points' } },
    ]);
  });
});

describe('the history of sending', () => {
  test('tells what ended in each interval of the last minutes, oldest first', async () => {
    const id = await addMailing(db.pool);
    await addBatch(db.pool, id, { size: 100 });
    for (const seconds of [100, 130, 131.5]) {
      await settle(db.pool, id, { sent: 9, failed: 1 });
      await lookAt(seconds);
    }
    await clockAt(db.pool, 180);
    const { data, errors } = await api.ask('{ one: sendingHistory(minutes: 1) { at seconds messages } all: sendingHistory { messages } }');
    expect(errors).toEqual([]);
    expect(data.one.map((sample: { at: string; seconds: number; messages: number }) => ({ ...sample, at: secondsOf(sample) }))).toEqual([
      { at: 130, seconds: 30, messages: 10 },
      { at: 131.5, seconds: 1.5, messages: 10 },
    ]);
    expect(data.all).toEqual([{ messages: 10 }, { messages: 10 }, { messages: 10 }]);
  });

  test.each([0, 61, -5])('of %i minutes is refused', async (minutes) => {
    const { errors } = await api.ask('query ($minutes: Int!) { sendingHistory(minutes: $minutes) { at } }', { minutes });
    expect(errors).toMatchObject([{ message: 'minutes: must be from 1 to 60', extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
