// One subscription run for its group, with a source and a database that the test breaks as it likes.
import { buildSchema, parse } from 'graphql';
import type { GraphQLError } from 'graphql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CarillonError } from '../../src/domain/errors.ts';
import { makeSubscriptionExecution, restAfter } from '../../src/graphql/subscription-execution.ts';
import { makeLatestValue } from '../../src/live/latest-value.ts';
import type { LatestValue } from '../../src/live/latest-value.ts';
import { eventually } from '../support/eventually.ts';

const away = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const gone = (): Error => new CarillonError('NOT_FOUND', 'the mailing was deleted while it was being read');

let source: LatestValue<number>;
let fault: Error | null;
let told: (number | string)[];
let outages: number;
let executions: number;
let contexts: Set<unknown>;
let results: AsyncIterator<Buffer, undefined>;

beforeEach(async () => {
  fault = null;
  told = [];
  outages = 0;
  executions = 0;
  contexts = new Set();
  source = makeLatestValue<number>({ gapMs: 0, onReturn: () => undefined });
  const schema = buildSchema('type Query { no: Int } type Subscription { state: State! } type State { value: Int! }');
  const field = schema.getSubscriptionType()?.getFields()['state'];
  if (field === undefined) throw new Error('the schema has it');
  field.subscribe = () => source.reader;
  field.resolve = async (value: number, _args, context) => {
    executions += 1;
    contexts.add(context);
    if (fault !== null) throw fault;
    return { value };
  };
  const start = makeSubscriptionExecution({
    args: { schema, document: parse('subscription { state { value } }') },
    cost: { requested: 10, limit: 5_000 },
    makeContext: () => ({}),
    toAnswer: (error: GraphQLError) => ({ message: error.message }),
    onOutage: () => (outages += 1),
  });
  results = await start();
});
afterEach(async () => results.return?.());

/** Reads as a group does, and writes down values, errors and the end. */
const read = async (): Promise<void> => {
  for (let result = await results.next(); result.done !== true; result = await results.next()) {
    const { data, errors } = JSON.parse(result.value.toString()) as {
      data: { state: { value: number } } | null;
      errors?: { message: string }[];
    };
    told.push(data?.state.value ?? `error: ${errors?.[0]?.message}`);
  }
  told.push('end');
};

describe('a result', () => {
  test('that says nothing new is not told', async () => {
    void read();
    for (const value of [1, 1, 2, 1]) {
      source.offer(value);
      const before = executions;
      await eventually(() => expect(executions).toBeGreaterThanOrEqual(before));
      await eventually(() => expect(told.at(-1)).toBe(value));
    }
    source.offer(1);
    await eventually(() => expect(executions).toBe(5));
    source.end();
    await eventually(() => expect(told).toEqual([1, 2, 1, 'end']));
  });

  test('is read with a context of its own', async () => {
    void read();
    source.offer(1);
    await eventually(() => expect(told).toEqual([1]));
    source.offer(2);
    await eventually(() => expect(told).toEqual([1, 2]));
    expect(contexts.size).toBe(2);
  });

  test('with an error that does not pass is told', async () => {
    void read();
    fault = new Error('a fault of ours');
    source.offer(1);
    await eventually(() => expect(told).toEqual(['error: a fault of ours']));
  });
});

describe('while the database is away', () => {
  beforeEach(() => {
    fault = away();
  });

  test('nothing is told, and it is noticed once; what happened then is told as soon as it can be read', async () => {
    fault = null;
    void read();
    source.offer(1);
    await eventually(() => expect(told).toEqual([1]));
    fault = away();
    source.offer(2);
    await eventually(() => expect(executions).toBeGreaterThan(3));
    expect([told, outages]).toEqual([[1], 1]);
    fault = null;
    await eventually(() => expect(told).toEqual([1, 2]));
    fault = away();
    source.offer(3);
    await eventually(() => expect(outages).toBe(2));
  });

  test('a newer event takes the place of one that could not be read', async () => {
    void read();
    source.offer(1);
    await eventually(() => expect(outages).toBe(1));
    fault = null;
    source.offer(2);
    await eventually(() => expect(told).toEqual([2]));
    source.end();
    await eventually(() => expect(told).toEqual([2, 'end']));
  });

  test('the end waits until the final state was told', async () => {
    void read();
    source.offer(1);
    source.end();
    await eventually(() => expect(executions).toBeGreaterThan(2));
    expect(told).toEqual([]);
    fault = null;
    await eventually(() => expect(told).toEqual([1, 'end']));
  });

  test('whoever leaves is not held up', async () => {
    const reading = read();
    source.offer(1);
    await eventually(() => expect(outages).toBe(1));
    await results.return?.();
    await reading;
    expect(told).toEqual(['end']);
  });
});

test('what is being removed while it is read is not told, nor tried again: the source says what becomes of it', async () => {
  void read();
  fault = gone();
  source.offer(1);
  await eventually(() => expect(executions).toBe(1));
  source.end();
  await eventually(() => expect(told).toEqual(['end']));
  expect([executions, outages]).toEqual([1, 0]);
});

test('a source that breaks off ends it with that error, also while a result is being tried again', async () => {
  fault = away();
  const reading = read();
  source.offer(1);
  await eventually(() => expect(outages).toBe(1));
  source.fail(new Error('the source broke'));
  await expect(reading).rejects.toMatchObject({ name: 'SubscriptionFailed', answer: [{ message: 'the source broke' }] });
});

test.each([
  [100, 0],
  [101, 909],
  [500, 4_500],
  [3_000, 10_000],
])('an execution of %d ms is rested from for %d ms: a tenth of the time, and never old', (tookMs, restMs) => {
  expect(restAfter(tookMs)).toBe(restMs);
});
