// The service's clock, for whatever is compared with its instants: the clock of an operator's machine may be minutes off.

/** From the machine's clock to the service's, in milliseconds. */
let offset = 0;

/** Milliseconds since the epoch, to about a second. By the machine's own clock until the service has answered once. */
export function serviceNow(): number {
  return Date.now() + offset;
}

/** As fetch, for the service's own addresses: every answer of it that is not kept anywhere carries its time. */
export async function fetchWithTime(url: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const askedAt = Date.now();
  const answer = await fetch(url, init);
  const date = Date.parse(answer.headers.get('date') ?? '');
  if (!Number.isNaN(date)) offset = nearestOffset(offset, { date, askedAt, answeredAt: Date.now() });
  return answer;
}

interface Exchange {
  /** The answer's Date, in whole seconds: up to a second before it was so. */
  readonly date: number;
  /** By the machine's clock. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** As it was where that is possible, so that a clock that is right stays as it is; a slow answer says little, and changes little. */
export function nearestOffset(before: number, { date, askedAt, answeredAt }: Exchange): number {
  return Math.min(Math.max(before, date - answeredAt), date + 1_000 - askedAt);
}
