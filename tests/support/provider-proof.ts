// What has to be true after any fault of the provider, checked against the stub's ledger and a recount: whatever it answered, each message
// was requested under one id, ended as its answers say, and is counted as it ended.
import { expect } from 'vitest';
import type pg from 'pg';
import { faultsOfCounters } from './engine-seed.ts';
import { readStatistics } from './scenario.ts';
import type { TestService } from './service.ts';
import type { StubEntry, StubProvider } from './stub-provider.ts';

export interface MessageRow {
  readonly id: string;
  readonly phone: string;
  readonly status: string;
  readonly attempts: number;
  readonly ambiguous: boolean;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** Epoch milliseconds. */
  readonly finishedAt: number | null;
  /** Rows of message_attempt. */
  readonly failures: number;
}

async function messageRows(pool: pg.Pool, mailingId: string): Promise<MessageRow[]> {
  const { rows } = await pool.query<MessageRow>(
    `select g.id::text as id, g.phone::text as phone, g.status::text as status, g.attempts, g.ambiguous, g.error_code as "errorCode", g.error_message as "errorMessage",
       extract(epoch from g.finished_at)::float8 * 1000 as "finishedAt", (select count(*)::int from message_attempt a where a.message_id = g.id) as failures
     from message g where g.mailing_id = $1 order by g.id`,
    [mailingId],
  );
  return rows;
}

interface Evidence {
  readonly pool: pg.Pool;
  readonly api: TestService;
  readonly mailingId: string;
  /** Of this mailing alone. */
  readonly requests: readonly StubEntry[];
  readonly total: number;
}

/** The promises that hold whatever happened; returns the rows for what a test has to say beside. */
export async function expectProviderPromises({ pool, api, mailingId, requests, total }: Evidence): Promise<MessageRow[]> {
  const counts = await readStatistics(api, mailingId);
  expect(counts.total).toBe(total);
  expect(counts.pending + counts.sent + counts.failed + counts.expired + counts.cancelled + counts.unconfirmed).toBe(total);
  expect(await faultsOfCounters(pool)).toEqual([]);
  const rows = await messageRows(pool, mailingId);
  expect(rows.length).toBe(total);
  expect(requests.filter((entry) => entry.faults.length > 0)).toEqual([]);

  const byMessage = Map.groupBy(requests, (entry) => entry.msgId);
  const wrong = rows.flatMap((row) => {
    const asked = byMessage.get(row.id) ?? [];
    byMessage.delete(row.id);
    const faults = faultsOf(row, asked);
    return faults.length === 0 ? [] : [{ ...row, asked: asked.length, faults }];
  });
  expect(wrong).toEqual([]);
  // No request was for a message that is not there.
  expect([...byMessage.keys()]).toEqual([]);
  return rows;
}

function faultsOf(row: MessageRow, asked: readonly StubEntry[]): string[] {
  const faults: string[] = [];
  const accepted = asked.filter((entry) => entry.accepted).length;
  if (asked.some((entry) => entry.body?.phone !== row.phone)) faults.push('requested for another phone');
  if (row.status === 'SENT' && accepted === 0) faults.push('SENT, but never taken');
  if (accepted > 0 && !['SENT', 'UNCONFIRMED', 'PENDING'].includes(row.status)) faults.push('taken, but not SENT');
  if (accepted > 1 && !row.ambiguous) faults.push('taken twice without an ambiguous answer');
  if (row.finishedAt !== null && asked.some((entry) => entry.at > (row.finishedAt ?? 0) + 50)) faults.push('requested after its end');
  if (row.status === 'PENDING' && row.finishedAt !== null) faults.push('pending and finished');
  return faults;
}

/** Requests per whole second. */
export function perSecond(requests: readonly Pick<StubEntry, 'at'>[]): ReadonlyMap<number, number> {
  const seconds = new Map<number, number>();
  for (const { at } of requests) {
    const second = Math.floor(at / 1000);
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
  }
  return seconds;
}

/** Requests in each second in which the stub did not stand still: what came then was read in it. */
export function perUnstalledSecond({ stalledSeconds }: Pick<StubProvider, 'stalledSeconds'>, requests: readonly StubEntry[]): number[] {
  return [...perSecond(requests)].flatMap(([second, count]) => (stalledSeconds.has(second) ? [] : [count]));
}

/** The most requests in any window of a second, wherever it begins. */
export function mostInAnySecond(requests: readonly StubEntry[]): number {
  const instants = requests.map((entry) => entry.at).sort((a, b) => a - b);
  let most = 0;
  let start = 0;
  for (const [end, at] of instants.entries()) {
    while (at - (instants[start] ?? 0) >= 1_000) start += 1;
    most = Math.max(most, end - start + 1);
  }
  return most;
}
