// What the simulator has seen: counts, which ids were accepted, and on demand a file with every request.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { makeIdSet } from './id-set.ts';

/** What may become of a request that keeps the contract. */
export type DrawnFate = 'accepted' | 'failed' | 'refused' | 'garbage' | 'hung' | 'reset';

/** What became of a request. `refused` is drawn or for breaking the contract; every fate but `accepted` means not taken. */
export type Fate = DrawnFate | 'unauthorized' | 'limited' | 'down';

export type SimulatorTotals = Readonly<Record<Fate, number>> & {
  readonly received: number;
  /** Different message ids among the accepted requests. */
  readonly distinct: number;
  /** Accepted requests for an id that was accepted before. */
  readonly repeated: number;
};

interface LedgerEntry {
  /** Epoch milliseconds at which the whole request was there. */
  readonly at: number;
  readonly fate: Fate;
  readonly msgId: string | null;
  readonly phone: string | null;
  readonly text: string | null;
}

export interface Ledger {
  write(entry: LedgerEntry): void;
  totals(): SimulatorTotals;
  /** Resolves when the file holds every line. */
  close(): Promise<void>;
}

/** Throws when the file cannot be opened for appending. */
export async function openLedger(file: string | undefined): Promise<Ledger> {
  const stream = file === undefined ? undefined : createWriteStream(file, { flags: 'a' });
  if (stream !== undefined) await once(stream, 'open');
  const counts: Record<Fate, number> = {
    accepted: 0,
    failed: 0,
    refused: 0,
    garbage: 0,
    hung: 0,
    reset: 0,
    unauthorized: 0,
    limited: 0,
    down: 0,
  };
  const acceptedIds = makeIdSet();
  let received = 0;

  return {
    write(entry) {
      received += 1;
      counts[entry.fate] += 1;
      if (entry.fate === 'accepted' && entry.msgId !== null) acceptedIds.add(entry.msgId);
      stream?.write(`${JSON.stringify(entry)}\n`);
    },
    totals: () => ({ ...counts, received, distinct: acceptedIds.size(), repeated: counts.accepted - acceptedIds.size() }),
    async close() {
      if (stream !== undefined) await new Promise<void>((resolve) => stream.end(resolve));
    },
  };
}

const faultyFates = ['failed', 'refused', 'garbage', 'hung', 'reset', 'unauthorized', 'limited', 'down'] as const;

/** One line: what came, what was accepted, and every fault that happened. */
export function describeTotals(totals: SimulatorTotals): string {
  const { received, accepted, distinct, repeated } = totals;
  const others = faultyFates.filter((fate) => totals[fate] > 0).map((fate) => `, ${fate} ${totals[fate]}`);
  return `received ${received}, accepted ${accepted} (${distinct} messages, ${repeated} repeated)${others.join('')}`;
}
