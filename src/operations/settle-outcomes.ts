// Gathers the outcomes of one leased batch and settles them in few statements: after 250 outcomes or 50 ms, whichever comes first.
import type { Database } from '../database/database.ts';
import { isConnectionFault, isLockTimeout, isSerializationFault } from '../database/database-faults.ts';
import { extendLeases, newBatchId, releaseAllBut, releaseBatch } from '../database/batch-queries.ts';
import type { LeasedBatch } from '../database/batch-queries.ts';
import { settleAccepted, settleMixed } from '../database/settle-queries.ts';
import type { Settled, SettleResult } from '../database/settle-queries.ts';
import type { Span } from '../domain/tracing.ts';
import { failpoint } from '../failpoints.ts';
import { logBatch } from '../log.ts';
import type { Log } from '../log.ts';
import { finalCountsOf, nothingRecorded } from './sending-recorder.ts';
import type { SendingRecorder } from './sending-recorder.ts';

/** Outcomes per statement (measured: larger ones gain nothing) and the longest an outcome waits: what a crash may repeat. */
const MOST_OUTCOMES = 500;
const LONGEST_WAIT_MS = 50;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;

export interface BatchSettler {
  /** What is leased: after `keepOnly` it is another batch. */
  readonly batch: LeasedBatch;
  add(outcome: Settled): void;
  /** Resolves when everything added so far is settled, or the lease is lost. Never rejects. */
  flush(): Promise<void>;
  /** Settles what waits and gives the lease back; what cannot be given back waits until the lease runs out. Never rejects. */
  release(): Promise<void>;
  /**
   * Keeps the lease for these messages and for outcomes that are not settled yet, in a batch of their own, and gives the rest back, so
   * that others can go on with it. Never rejects.
   */
  keepOnly(messageIds: ReadonlySet<string>): Promise<void>;
  /** More outcomes wait than one statement takes: the sender should wait for `flush`. */
  readonly isBehind: boolean;
  /** The lease is lost: what was not settled is sent again by the next holder. */
  readonly isLost: boolean;
  /** Monotonic instant until which the lease holds for sure. */
  readonly leasedUntil: number;
  /** News of an extension elsewhere. `askedAt`: monotonic time before the statement was sent. */
  extended(askedAt: number): void;
  lose(): void;
}

export interface SettlerDependencies {
  readonly database: Database;
  readonly leaseMs: number;
  readonly log: Log;
  /** After each settle; `pending`: what the mailing still has, null when nothing was counted. */
  readonly onSettled: (mailingId: string, pending: number | null) => void;
  readonly record?: SendingRecorder;
  /** What settling is a part of; null: nobody traces. */
  readonly span?: Span | null;
}

export function makeBatchSettler(dependencies: SettlerDependencies, leased: LeasedBatch, leasedAt: number): BatchSettler {
  const { database, leaseMs, log, onSettled, span, record = nothingRecorded } = dependencies;
  let batch = leased;
  let waiting: Settled[] = [];
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let lost = false;
  let leasedUntil = leasedAt + leaseMs;

  const settle = async (outcomes: readonly Settled[]): Promise<SettleResult | null> =>
    outcomes.every((outcome) => outcome.kind === 'accepted')
      ? settleAccepted(
          database,
          batch,
          outcomes.map((outcome) => outcome.messageId),
          leaseMs,
        )
      : settleMixed(database, batch, outcomes, leaseMs);

  /** Settling and releasing are idempotent: after a broken connection, whatever became of its commit, the statement runs again until the lease ends. */
  const surely = async <T>(
    statement: () => Promise<T>,
    unsettled: number,
  ): Promise<{ readonly result: T; readonly askedAt: number } | null> => {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(LONGEST_RETRY_MS, waitMs * 2)) {
      const askedAt = performance.now();
      try {
        return { result: await statement(), askedAt };
      } catch (error) {
        // Whoever holds a row of the batch keeps the lease from being freed, too: the token tells whether it still holds.
        const mayWait = isLockTimeout(error) || performance.now() + waitMs <= leasedUntil;
        if (!mayWait || !(isConnectionFault(error) || isSerializationFault(error) || isLockTimeout(error))) {
          lost = true;
          log.error({ err: error, mailingId: batch.mailingId, batchId: batch.id, unsettled }, 'a batch could not be settled or given back');
          return null;
        }
        // While it waits for the counters a settle has the batch locked, and no heartbeat gets at its lease: now it is free.
        if (isLockTimeout(error)) await keepLease();
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  };

  const keepLease = async (): Promise<void> => {
    const askedAt = performance.now();
    try {
      const { extended } = await extendLeases(database, [batch], leaseMs);
      if (extended.includes(batch.id)) leasedUntil = askedAt + leaseMs;
    } catch {
      // The lease runs on; what is tried again next meets the same fault and reports it.
    }
  };

  const settleSurely = async (outcomes: readonly Settled[]): Promise<void> => {
    failpoint('before-settle');
    const startedAt = performance.now();
    const settled = await surely(async () => settle(outcomes), outcomes.length);
    const durationMs = performance.now() - startedAt;
    failpoint('after-settle');
    if (settled === null) return;
    if (settled.result === null) {
      lost = true;
      record.leaseLost();
      log.warn(
        { mailingId: batch.mailingId, batchId: batch.id, unsettled: outcomes.length },
        'lease lost before its outcomes were settled',
      );
      return;
    }
    leasedUntil = settled.askedAt + leaseMs;
    // A lease counts from the beginning of its statement, and no heartbeat got at it while that waited for the counters.
    if (performance.now() - settled.askedAt > leaseMs / 3) await keepLease();
    // However few rows this statement changed: when the answer of an earlier try was lost, that one has changed them.
    span?.child('settle', { mailingId: batch.mailingId, batchId: batch.id, outcomes: outcomes.length }, startedAt).end();
    record.settled(durationMs, outcomes.length, finalCountsOf(outcomes));
    if (log.isLevelEnabled('debug')) logSettled(log, batch, outcomes, settled.result, durationMs);
    onSettled(batch.mailingId, settled.result.pending);
  };

  const keepSurely = async (messageIds: ReadonlySet<string>): Promise<void> => {
    const allocated = await surely(async () => newBatchId(database), waiting.length);
    if (allocated === null) return;
    // Outcomes that came meanwhile are still to be settled: their messages are kept as well.
    const ids = [...messageIds, ...waiting.map((outcome) => outcome.messageId)];
    const kept = await surely(async () => releaseAllBut(database, batch, ids, allocated.result, leaseMs), waiting.length);
    if (kept?.result === true) {
      batch = { ...batch, id: allocated.result };
      leasedUntil = kept.askedAt + leaseMs;
    } else lost = true;
  };

  /** One statement at a time; small remainders wait for company unless the batch is at its end. */
  const start = (least: number): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    running ??= (async () => {
      let take = least;
      while (waiting.length >= take && waiting.length > 0 && !lost) {
        await settleSurely(waiting.splice(0, MOST_OUTCOMES));
        take = MOST_OUTCOMES;
      }
    })().finally(goOn);
    return running;
  };
  const goOn = (): void => {
    running = null;
    if (waiting.length > 0 && !lost) schedule();
  };
  const schedule = (): void => {
    timer ??= setTimeout(() => void start(1), LONGEST_WAIT_MS);
  };

  const flush = async (): Promise<void> => {
    while ((waiting.length > 0 || running !== null) && !lost) await start(1);
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };

  return {
    add: (outcome) => {
      if (lost) return;
      waiting.push(outcome);
      if (waiting.length >= MOST_OUTCOMES) void start(MOST_OUTCOMES);
      else schedule();
    },
    flush,
    release: async () => {
      await flush();
      failpoint('before-release');
      if (lost) return;
      await surely(async () => releaseBatch(database, batch), 0);
      logBatch(log, 'released', { mailingId: batch.mailingId, batchId: batch.id });
    },
    keepOnly: async (messageIds) => {
      await flush();
      if (lost) return;
      running = keepSurely(messageIds).finally(goOn);
      await running;
    },
    get batch() {
      return batch;
    },
    get isBehind() {
      return waiting.length >= MOST_OUTCOMES;
    },
    get isLost() {
      return lost;
    },
    get leasedUntil() {
      return leasedUntil;
    },
    extended: (askedAt) => {
      leasedUntil = askedAt + leaseMs;
    },
    lose: () => {
      lost = true;
    },
  };
}

function logSettled(
  log: Log,
  batch: LeasedBatch,
  outcomes: readonly Settled[],
  { settled, pending }: SettleResult,
  durationMs: number,
): void {
  logBatch(log, 'settled', {
    mailingId: batch.mailingId,
    batchId: batch.id,
    messageIds: outcomes.map(({ messageId }) => messageId),
    settled,
    pending,
    durationMs: Math.round(durationMs),
  });
}
