// The oracle of the crash tests, on ledgers made by hand: what it excuses, and that it can find fault.
import { describe, expect, test } from 'vitest';
import { inexcusable, repeated } from '../support/crash-oracle.ts';
import type { Death } from '../support/crash-oracle.ts';
import type { StubEntry } from '../support/stub-provider.ts';

function request(sender: string, at: number, msgId = '1'): StubEntry {
  const headers = { authorization: `Bearer ${sender}` };
  return {
    at,
    since: at,
    method: 'POST',
    path: `/v1/send/${msgId}`,
    headers,
    rawBody: '',
    msgId,
    attempt: 1,
    body: null,
    faults: [],
    accepted: true,
  };
}

const death = (name: string, at: number): Death => ({ name, at, seenAt: at });
const settledAt = (at: number | null): ReadonlyMap<string, number | null> => new Map([['1', at]]);

describe('a message that was requested again', () => {
  test('is excused when the one who had requested it died before it was settled', () => {
    expect(inexcusable([request('a', 10), request('b', 30)], settledAt(40), [death('a', 20)])).toEqual([]);
    expect(inexcusable([request('a', 10), request('b', 30)], settledAt(null), [death('a', 20)])).toEqual([]);
  });

  test.each([
    ['without any death', [], 40],
    ['when somebody else died', [death('c', 20)], 40],
    ['when it was settled before the death', [death('a', 20)], 15],
    ['when the death came after it', [death('a', 35)], 40],
  ])('is not excused %s', (_, deaths, finishedAt) => {
    expect(inexcusable([request('a', 10), request('b', 30)], settledAt(finishedAt), deaths)).toEqual([
      { messageId: '1', senders: ['a', 'b'] },
    ]);
  });

  test('needs a death for each time', () => {
    const requests = [request('a', 10), request('b', 30), request('c', 50)];
    expect(inexcusable(requests, settledAt(60), [death('a', 20), death('b', 40)])).toEqual([]);
    expect(inexcusable(requests, settledAt(60), [death('a', 20)])).toHaveLength(1);
  });
});

test('repeated requests are counted over all messages', () => {
  expect(repeated([request('a', 1, '1'), request('a', 2, '2'), request('b', 3, '1'), request('c', 4, '1')])).toBe(2);
});
