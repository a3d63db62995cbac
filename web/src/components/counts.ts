// The six counts of messages, as every type of the API with them has it.
import type { MessageStatus } from '../api/generated/graphql.ts';

export interface Counts {
  readonly total: number;
  readonly pending: number;
  readonly sent: number;
  readonly failed: number;
  readonly expired: number;
  readonly cancelled: number;
  readonly unconfirmed: number;
}

export function countOf(counts: Counts, status: MessageStatus): number {
  return counts[countNames[status]];
}

const countNames = {
  PENDING: 'pending',
  SENT: 'sent',
  FAILED: 'failed',
  EXPIRED: 'expired',
  CANCELLED: 'cancelled',
  UNCONFIRMED: 'unconfirmed',
} as const satisfies Record<MessageStatus, keyof Counts>;
