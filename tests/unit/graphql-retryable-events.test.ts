// What a rest between two events may hold back, and what it must not.
import { beforeEach, describe, expect, test } from 'vitest';
import { retryable } from '../../src/graphql/retryable-events.ts';
import type { RetryableEvents } from '../../src/graphql/retryable-events.ts';
import { makeLatestValue } from '../../src/live/latest-value.ts';
import type { LatestValue } from '../../src/live/latest-value.ts';

/** Longer than any test: what waits for its end never comes. */
const FOR_EVER = 3_600_000;

let source: LatestValue<number>;
let events: RetryableEvents;

beforeEach(async () => {
  source = makeLatestValue<number>({ gapMs: 0, onReturn: () => undefined });
  events = retryable(source.reader, 10);
  source.offer(1);
  expect(await events.next()).toEqual({ value: 1, done: false });
});

describe('a rest', () => {
  test('holds the next event back, and leaves the newest of those that came', async () => {
    events.rest(50);
    const next = events.next();
    source.offer(2);
    await new Promise((resolve) => setImmediate(resolve));
    source.offer(3);
    expect(await next).toEqual({ value: 3, done: false });
    source.offer(4);
    expect(await events.next()).toEqual({ value: 4, done: false });
  });

  test('does not hold back the end: it would be joined by those who ask anew', async () => {
    events.rest(FOR_EVER);
    const next = events.next();
    source.end();
    expect(await next).toMatchObject({ done: true });
  });

  test('nor the last event before it', async () => {
    events.rest(FOR_EVER);
    const next = events.next();
    source.offer(2);
    source.end();
    expect(await next).toEqual({ value: 2, done: false });
    expect(await events.next()).toMatchObject({ done: true });
  });

  test('in which the source breaks off ends with its error', async () => {
    events.rest(FOR_EVER);
    const next = events.next();
    source.fail(new Error('the source broke'));
    await expect(next).rejects.toThrow('the source broke');
  });

  test('after an event that is to be repeated repeats it, at the end too', async () => {
    events.repeat(1);
    events.rest(FOR_EVER);
    const next = events.next();
    source.end();
    expect(await next).toEqual({ value: 1, done: false });
    expect(await events.next()).toMatchObject({ done: true });
  });
});
