// How many messages stand in each status; the promise that they add up is stated here and checked everywhere else.

export interface StatusCounts {
  readonly total: number;
  readonly pending: number;
  readonly sent: number;
  readonly failed: number;
  readonly expired: number;
  readonly cancelled: number;
  readonly unconfirmed: number;
}

/** total = the sum of the six, and none is negative. */
export function addsUp(counts: StatusCounts): boolean {
  const { total, pending, sent, failed, expired, cancelled, unconfirmed } = counts;
  const parts = [pending, sent, failed, expired, cancelled, unconfirmed];
  return parts.every((part) => part >= 0) && parts.reduce((sum, part) => sum + part, 0) === total;
}
