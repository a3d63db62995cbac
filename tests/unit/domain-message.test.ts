import { describe, expect, test } from 'vitest';
import { canMessageBecome, isFinal, messageStatuses } from '../../src/domain/message.ts';

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
