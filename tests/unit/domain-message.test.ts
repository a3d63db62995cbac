import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canMessageBecome, isFinal, messageStatuses } from '../../src/domain/message.ts';
import { addsUp } from '../../src/domain/status-counts.ts';

describe('the status of a message', () => {
  test('changes only along these ways', () => {
    const ways = messageStatuses.flatMap((from) => messageStatuses.filter((to) => canMessageBecome(from, to)).map((to) => `${from} ${to}`));
    expect(ways).toEqual([
      'PENDING SENT',
      'PENDING FAILED',
      'PENDING EXPIRED',
      'PENDING CANCELLED',
      'PENDING UNCONFIRMED',
      'FAILED PENDING',
      'CANCELLED SENT',
      'CANCELLED FAILED',
      'CANCELLED UNCONFIRMED',
      'UNCONFIRMED PENDING',
    ]);
  });

  test('is final unless it is pending', () => {
    expect(messageStatuses.filter((status) => !isFinal(status))).toEqual(['PENDING']);
  });
});

describe('the counts of messages by status', () => {
  const part = fc.nat({ max: 1_000_000_000 });
  const parts = fc.record({ pending: part, sent: part, failed: part, expired: part, cancelled: part, unconfirmed: part });

  test('add up when the total is their sum, and only then', () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: -5, max: 5 }), (counts, by) => {
        const { pending, sent, failed, expired, cancelled, unconfirmed } = counts;
        const total = pending + sent + failed + expired + cancelled + unconfirmed + by;
        expect(addsUp({ ...counts, total })).toBe(by === 0);
      }),
    );
  });

  test('do not add up when one is negative', () => {
    const none = { total: 0, pending: 0, sent: 0, failed: 0, expired: 0, cancelled: 0, unconfirmed: 0 };
    expect(addsUp(none)).toBe(true);
    expect(addsUp({ ...none, pending: -1, sent: 1 })).toBe(false);
    expect(addsUp({ ...none, pending: 1, unconfirmed: -1 })).toBe(false);
  });
});
