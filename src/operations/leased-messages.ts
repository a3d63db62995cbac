// The messages that a lane has in hand: leases batches, reads them in portions, and hands out one message at a time together with
// facts that are at most 0.7 s old, so that a pause, cancel, opt-out or edit is obeyed within a second.
import { setTimeout as delay } from 'node:timers/promises';
import { leaseBatch, readPortion, recheckPortion } from '../database/batch-queries.ts';
import type { Portion } from '../database/batch-queries.ts';
import type { Database } from '../database/database.ts';
import type { DatabaseClock } from './database-clock.ts';
import { holdBatch, isAlone, isFresh, toMessages } from './message-in-hand.ts';
import type { HeldBatch, MessageInHand } from './message-in-hand.ts';
import { startLeaseHeartbeat } from './lease-heartbeat.ts';
import type { ProviderGate } from './provider-gate.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { failpoint } from '../failpoints.ts';
import { logBatch } from '../log.ts';
import { LEASE_GUARD_MS } from './send-lanes.ts';
import type { LaneEnd } from './send-lanes.ts';
import { makeBatchSettler } from './settle-outcomes.ts';
import { nothingRecorded } from './sending-recorder.ts';
import type { SettlerDependencies } from './settle-outcomes.ts';

/** The next portion is read when so few messages are left: the lane never runs dry, and never has more than 100 in hand. */
const LOW_WATER = 16;
/** Batches under way at once: the next is read while slow answers of earlier ones are awaited. Bounds what waits to be settled. */
const MOST_BATCHES = 4;
/** While a message is sent alone, or one tests the provider, the lane looks this often whether it is done. */
const ALONE_WAIT_MS = 5;

export interface LeasedMessages {
  /** The next message, or null at the lane's end; `evenIfOver`: the end of the slice may wait for this one. */
  next(options?: { readonly evenIfOver?: boolean }): Promise<MessageInHand | null>;
  /** The outcome of a message is with the settler, or its attempt was given back. */
  done(message: MessageInHand): void;
  /** A message that could not be started at its instant waits for another. */
  putBack(message: MessageInHand): void;
  /** Nothing more will be handed out, also of what waits in hand. */
  readonly isStopped: () => boolean;
  /** The lane is at its end as soon as what has a slot is sent. */
  readonly isOver: () => boolean;
  /** How many messages wait to be handed out. */
  inHand(): number;
  /** A fault of a request loop: hands out nothing more. */
  fail(error: unknown): void;
  /** Nothing more of this batch is started: too close to its deadline, or the gate closed. */
  abandon(held: HeldBatch): void;
  /**
   * The process is to end: nothing more is handed out, and what was not started is given back at once, also of batches with requests
   * in flight. Resolves when others can lease it. Never rejects.
   */
  handBack(): Promise<void>;
  /** Settles and releases everything. Resolves with the reason for the end, the first fault before any other; never rejects. */
  finish(): Promise<LaneEnd>;
}

interface Dependencies extends SettlerDependencies {
  readonly database: Database;
  readonly clock: DatabaseClock;
  readonly gate: ProviderGate;
  readonly limiter: RateLimiter;
  readonly isOver: () => boolean;
}

export function makeLeasedMessages(dependencies: Dependencies, mailingId: string): LeasedMessages {
  const { database, clock, gate, limiter, leaseMs, isOver, log, record = nothingRecorded } = dependencies;
  const heldBatches = new Set<HeldBatch>();
  const closing = new Map<HeldBatch, Promise<void>>();
  /** Turns that ended with their message put back; its next turn is another object. */
  const returned = new WeakSet<MessageInHand>();
  /** The message of a batch that is in flight alone. */
  const alone = new Map<HeldBatch, string>();
  let queue: MessageInHand[] = [];
  let current: HeldBatch | null = null;
  let cursor = '0';
  let end: LaneEnd | null = null;
  let stopped = false;
  let fault: LaneEnd | null = null;
  /** The lane's last turn to test the provider. */
  let probe: string | null = null;
  let refilling: Promise<void> | null = null;

  const heartbeat = startLeaseHeartbeat(database, leaseMs, () => [...heldBatches, ...closing.keys()].map(({ settler }) => settler));

  return {
    next: async ({ evenIfOver = false } = {}) => {
      for (;;) {
        if (isOver() && !evenIfOver) stop({ reason: 'stopped' });
        const index = queue.findIndex(mayGo);
        const first = queue[index];
        if (first === undefined) {
          if (queue.length > 0) await delay(ALONE_WAIT_MS);
          else if (end !== null) return null;
          else await once(refill);
        } else if (!gate.isOpenFor(first, clock.now())) {
          stop(gateClosed());
        } else if (isFresh(first)) {
          queue.splice(index, 1);
          first.held.inFlight.add(first.messageId);
          if (isAlone(first)) alone.set(first.held, first.messageId);
          if (queue.length <= LOW_WATER && end === null && gate.state.state === 'OPEN') void once(refill);
          return first;
        } else {
          await once(async () => recheck(first.held));
        }
      }
    },
    done: (message) => {
      // One that was put back may be in flight again by now: then it is not this turn that ends it.
      if (!returned.has(message)) leave(message);
      closeIfDone(message.held);
    },
    putBack: (message) => {
      if (stopped) return;
      leave(message);
      returned.add(message);
      queue.unshift({ ...message });
    },
    isStopped: () => stopped,
    isOver: () => stopped || isOver(),
    inHand: () => queue.length,
    fail,
    abandon,
    handBack: async () => {
      stop({ reason: 'stopped' });
      await refilling;
      await Promise.all([...heldBatches].map(async ({ settler, started }) => settler.keepOnly(started)));
      await Promise.all(closing.values());
    },
    finish: async () => {
      await refilling;
      stop({ reason: 'nothing-due' });
      for (const held of heldBatches) closeIfDone(held);
      await Promise.all(closing.values());
      heartbeat[Symbol.dispose]();
      if (probe !== null) await gate.returnProbe(probe);
      if (end?.reason === 'gate-closed') end = gateClosed();
      return fault ?? end ?? { reason: 'nothing-due' };
    },
  };

  function mayGo(message: MessageInHand): boolean {
    return !isAlone(message) || !alone.has(message.held);
  }

  function leave({ held, messageId }: MessageInHand): void {
    held.inFlight.delete(messageId);
    held.started.delete(messageId);
    if (alone.get(held) === messageId) alone.delete(held);
  }

  /** One look at the database at a time, however many wait for it. A fault ends the lane; what it holds is settled and given back. */
  function once(work: () => Promise<void>): Promise<void> {
    refilling ??= work()
      .catch(fail)
      .finally(() => {
        refilling = null;
      });
    return refilling;
  }

  function fail(error: unknown): void {
    fault ??= { reason: 'fault', error };
    stop({ reason: 'stopped' });
  }

  /** Nothing more is started, also of what waits in hand. Whoever is waiting for the database then finds `stopped` and leaves things alone. */
  function stop(reason: LaneEnd): void {
    end ??= reason;
    stopped = true;
    queue = [];
    if (current !== null) abandon(current);
  }

  function abandon(held: HeldBatch): void {
    queue = queue.filter((message) => message.held !== held);
    if (current === held) current = null;
    closeIfDone(held);
  }

  /** A batch leaves the lane when nothing of it waits or runs: settle the rest, give the lease back. */
  function closeIfDone(held: HeldBatch): void {
    if (held.inFlight.size > 0 || held === current || !heldBatches.has(held) || queue.some((message) => message.held === held)) return;
    heldBatches.delete(held);
    closing.set(
      held,
      held.settler.release().finally(() => {
        closing.delete(held);
        held.span?.end(held.settler.isLost ? 'the lease was lost' : null);
        void held.sender?.then((sender) => sender.release());
      }),
    );
  }

  /** One step towards more messages: lease a batch when there is none, then read its next portion. */
  async function refill(): Promise<void> {
    if (end !== null) return;
    if (current !== null && gate.state.state !== 'OPEN') {
      // One message at a time, to test the provider.
      if (current.inFlight.size > 0) return delay(ALONE_WAIT_MS);
      await current.settler.flush();
    }
    if (current?.settler.isBehind === true) await current.settler.flush();
    const held = current ?? (await lease());
    if (held !== null && stopped) return abandon(held);
    if (held === null) return;
    const askedAt = performance.now();
    const portion = await readPortion(database, held.settler.batch, cursor, log.isLevelEnabled('debug'));
    if (stopped || current !== held) return;
    if (!take(held, portion, askedAt)) return;
    const ids = portion.ids ?? [];
    logBatch(log, 'read', { mailingId, batchId: held.settler.batch.id, messageIds: ids, clientIds: portion.clientIds });
    if (ids.length === 0) {
      current = null;
      closeIfDone(held);
      return;
    }
    cursor = ids.at(-1) ?? cursor;
    const probeToken = gate.state.state === 'OPEN' ? null : await takeProbe();
    if (stopped || current !== held) return;
    if (gate.state.state !== 'OPEN' && probeToken === null) return stop(gateClosed());
    const messages = toMessages(held, portion, probeToken, askedAt);
    if (probeToken !== null) cursor = messages[0]?.messageId ?? cursor;
    queue.push(...(probeToken === null ? messages : messages.slice(0, 1)));
  }

  async function takeProbe(): Promise<string | null> {
    // One whose message was cancelled in hand was never sent.
    if (probe !== null) await gate.returnProbe(probe);
    probe = await gate.beginProbe();
    return probe;
  }

  function gateClosed(): LaneEnd {
    return { reason: 'gate-closed', until: gate.lookAgainAt(clock.now()) };
  }

  async function lease(): Promise<HeldBatch | null> {
    while (heldBatches.size + closing.size >= MOST_BATCHES) {
      // What waits in hand goes first; it may have to be read again meanwhile.
      if (queue.length > 0) return null;
      await Promise.race([...closing.values(), delay(5)]);
      if (stopped || isOver()) return null;
    }
    const leasedAt = performance.now();
    const batch = await leaseBatch(database, mailingId, leaseMs, LEASE_GUARD_MS);
    record.leased(performance.now() - leasedAt, batch === null ? null : batch.pending);
    if (batch === null) {
      // What waits in hand is still sent.
      end ??= { reason: 'nothing-due' };
      return null;
    }
    failpoint('after-lease');
    logBatch(log, 'leased', { mailingId, batchId: batch.id, pending: batch.pending, rescues: batch.rescues });
    const span = dependencies.span?.child('batch', { mailingId, batchId: batch.id, pending: batch.pending }, leasedAt) ?? null;
    current = holdBatch(makeBatchSettler({ ...dependencies, span }, batch, leasedAt), span);
    heldBatches.add(current);
    cursor = '0';
    return current;
  }

  /** Looks at the facts of a fresh reading; false when nothing of this batch may be started. */
  function take(held: HeldBatch, portion: Portion | null, askedAt: number): portion is Portion {
    if (portion === null) {
      held.settler.lose();
      abandon(held);
      return false;
    }
    clock.observe(portion.now, askedAt);
    gate.observe({
      state: portion.gateState,
      blockedUntil: portion.gateBlockedUntil,
      openedAt: portion.gateOpenedAt,
      version: portion.gateVersion,
    });
    if (held.text !== portion.text) held.textJson = JSON.stringify(portion.text);
    held.text = portion.text;
    held.deadlineAt = portion.deadlineAt;
    limiter.observe(mailingId, portion.ratePerSecond, askedAt);
    if (portion.mailingStatus !== 'RUNNING' || portion.mailingDeleted) stop({ reason: 'mailing-stopped' });
    else if (gate.isClosed(portion.now)) stop(gateClosed());
    else if (portion.dueAt > portion.now || portion.deadlineAt < portion.now + LEASE_GUARD_MS) abandon(held);
    else return true;
    return false;
  }

  /** The facts are old: read again what waits in hand, and keep only what may still be sent. */
  async function recheck(held: HeldBatch): Promise<void> {
    const waiting = queue.filter((message) => message.held === held);
    const askedAt = performance.now();
    const waitingIds = waiting.map((message) => message.messageId);
    const portion = await recheckPortion(database, held.settler.batch, waitingIds, log.isLevelEnabled('debug'));
    if (stopped || !heldBatches.has(held)) return;
    if (!take(held, portion, askedAt)) return;
    const probeToken = waiting[0]?.probeToken ?? null;
    const asked = new Set(waiting);
    // A message that was put back meanwhile is still in the queue.
    queue = [...toMessages(held, portion, probeToken, askedAt), ...queue.filter((message) => !asked.has(message))];
    closeIfDone(held);
  }
}
