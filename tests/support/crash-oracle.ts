// What the stub provider's ledger and the rows say together after processes have died: which requests were repeated, and whether a death
// excuses it. Each process sends with a token of its own, its name.
import type { StubEntry } from './stub-provider.ts';

export interface Death {
  readonly name: string;
  /** By the database's clock, which says when a message was settled. */
  readonly at: number;
  /** By this process's clock, which says when a request came. */
  readonly seenAt: number;
}

/** Name of the process that made a request. */
export function senderOf({ headers }: Pick<StubEntry, 'headers'>): string {
  return headers.authorization?.replace('Bearer ', '') ?? '';
}

export interface Inexcusable {
  readonly messageId: string;
  readonly senders: readonly string[];
}

/**
 * Messages that were requested again without an excuse: each request after the first needs a death of its own, which came before it, of a
 * process that had requested the message and had not settled it. `finishedAt`: when each message was settled, by the database's clock.
 */
export function inexcusable(
  requests: readonly StubEntry[],
  finishedAt: ReadonlyMap<string, number | null>,
  deaths: readonly Death[],
): readonly Inexcusable[] {
  return [...Map.groupBy(requests, (entry) => entry.msgId)].flatMap(([messageId, entries]) => {
    const settledAt = finishedAt.get(messageId) ?? Number.POSITIVE_INFINITY;
    const excuses = new Set(deaths.filter((death) => settledAt > death.at));
    const senders = entries.map(senderOf);
    const isExcused = entries.slice(1).every((entry, index) => {
      const before = senders.slice(0, index + 1);
      const excuse = [...excuses].find((death) => before.includes(death.name) && death.seenAt <= entry.at);
      return excuse !== undefined && excuses.delete(excuse);
    });
    return isExcused ? [] : [{ messageId, senders }];
  });
}

/** How many requests were more than one per message. */
export function repeated(requests: readonly StubEntry[]): number {
  return requests.length - new Set(requests.map((entry) => entry.msgId)).size;
}
