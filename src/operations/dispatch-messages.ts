// Starts the requests of one lane one after another, each at its turn, and lets their answers come beside it.
import type { AdaptiveSlots } from './adaptive-slots.ts';
import type { LeasedMessages } from './leased-messages.ts';
import { isFresh } from './message-in-hand.ts';
import type { MessageInHand } from './message-in-hand.ts';
import type { ProviderGate } from './provider-gate.ts';
import type { Permit, RateLimiter } from './rate-limiter.ts';
import { makeRequestSlots } from './request-slots.ts';
import type { RetryBudget } from './retry-budget.ts';
import { nothingRecorded } from './sending-recorder.ts';
import type { SendingRecorder } from './sending-recorder.ts';

export interface DispatchDependencies {
  readonly gate: ProviderGate;
  readonly budget: RetryBudget;
  readonly limiter: RateLimiter;
  readonly slots: AdaptiveSlots;
  readonly connections: number;
  readonly record?: SendingRecorder;
}

/** Sends a message after a last look at everything; resolves when that is over. False: its request was not started. */
export type SendAtItsTurn = (message: MessageInHand, permit: Permit | null) => Promise<boolean>;

interface Turn {
  readonly message: MessageInHand;
  readonly permit: Permit | null;
}

/** A retry that has to stand back looks again after this long. */
const BUDGET_LOOK_MS = 50;

/**
 * Takes the lane's messages in their order; each waits for the retry budget, a permit under the rate caps, and a connection. Slots under
 * the caps are taken for messages that are in hand, never for the mere hope of one. Resolves when the lane has ended and its last request
 * is over; never rejects.
 */
export async function dispatchMessages(
  { gate, budget, limiter, slots, connections, record = nothingRecorded }: DispatchDependencies,
  mailingId: string,
  messages: LeasedMessages,
  send: SendAtItsTurn,
): Promise<void> {
  const lane = makeRequestSlots(connections);
  for (;;) {
    // Before a message is taken: in hand it would grow old.
    const room = lane.acquire();
    if (room !== undefined) await room;
    const turn = await nextTurn();
    if (turn === null) break;
    const connection = slots.acquire();
    if (connection !== undefined) await connection;
    void sendAndRelease(turn);
  }
  // The lane's own place is still taken: when all the others are free, nothing runs any more.
  for (let others = connections - 1; others > 0; others -= 1) await lane.acquire();

  /** The next message whose turn has come, read recently; null at the lane's end. A slot that was waited for is used before the slice ends. */
  async function nextTurn(): Promise<Turn | null> {
    let permit: Permit | null = null;
    for (;;) {
      const message = await messages.next({ evenIfOver: permit !== null });
      if (message === null) {
        if (permit !== null) limiter.giveBack(mailingId, permit);
        return null;
      }
      try {
        permit = await waitForTurn(message, permit);
      } catch (error) {
        messages.fail(error);
      }
      if (messages.isStopped() || isFresh(message)) return { message, permit };
      messages.putBack(message);
      messages.done(message);
    }
  }

  async function waitForTurn(message: MessageInHand, permit: Permit | null): Promise<Permit | null> {
    if (message.attempts > 0) {
      while (!budget.allowsRetry() && !messages.isOver()) await new Promise((resolve) => setTimeout(resolve, BUDGET_LOOK_MS));
    }
    const { openedAt } = gate.state;
    if (permit !== null && limiter.isValid(mailingId, openedAt, permit)) return permit;
    if (!limiter.isCapped(mailingId, openedAt)) return null;
    const askedAt = performance.now();
    const acquired = await limiter.acquire(mailingId, openedAt, messages.inHand() + 1, messages.isOver);
    record.rateCapWait(performance.now() - askedAt);
    return acquired;
  }

  async function sendAndRelease({ message, permit }: Turn): Promise<void> {
    try {
      const isStarted = await send(message, permit);
      if (!isStarted && permit !== null) limiter.giveBack(mailingId, permit);
    } catch (error) {
      messages.fail(error);
    } finally {
      slots.release();
      lane.release();
      messages.done(message);
    }
  }
}
