// Spreads requests over each second so that no second has more than the caps allow, over any number of workers.
// Slots are granted by the database in portions of a quarter second and used by this process at their own instants.
import { addRateKeys, takeSlots } from '../database/rate-queries.ts';
import type { RateCap, RateGrant } from '../database/rate-queries.ts';
import type { Database } from '../database/database.ts';
import { rampPerSecond } from '../domain/provider-gate.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { DatabaseClock } from './database-clock.ts';

/** A permit for one request; over when its second is, so that lateness never pushes a request into the next second's count. */
export interface Permit {
  readonly expiresAt: EpochMs;
}

export interface RateLimiter {
  /**
   * Waits for the instant at which the next request of the mailing may start. null without waiting when there is no cap at all, and
   * within a second when `isOver` answers true.
   */
  acquire(mailingId: string, mailingRate: number | null, openedAt: EpochMs | null, isOver: () => boolean): Promise<Permit | null>;
  isCapped(mailingId: string, mailingRate: number | null, openedAt: EpochMs | null): boolean;
}

/**
 * Slots lie between these parts of their second: a request that starts in the last instants of a second could be counted in the
 * next one by whoever measures. Costs 1.5 % of the cap.
 */
const FIRST_PART = 0.005;
const LAST_PART = 0.985;

interface Slot {
  readonly startsAt: EpochMs;
  readonly expiresAt: EpochMs;
}

interface MailingSlots {
  readonly ready: Slot[];
  refilling: Promise<void> | null;
  known: boolean;
}

export function makeRateLimiter(dependencies: { database: Database; clock: DatabaseClock; providerRate: number | null }): RateLimiter {
  const { database, clock, providerRate } = dependencies;
  const slotsByMailing = new Map<string, MailingSlots>();

  return {
    isCapped: (mailingId, mailingRate, openedAt) => capsOf(mailingId, mailingRate, openedAt).length > 0,
    acquire: async (mailingId, mailingRate, openedAt, isOver) => {
      const slots = slotsOf(mailingId);
      while (!isOver()) {
        const caps = capsOf(mailingId, mailingRate, openedAt);
        if (caps.length === 0) return null;
        const slot = slots.ready.shift();
        if (slot === undefined) {
          slots.refilling ??= refill(slots, caps).finally(() => {
            slots.refilling = null;
          });
          await slots.refilling;
          continue;
        }
        if (slot.expiresAt <= clock.now()) continue;
        await sleepUntil(slot.startsAt);
        if (clock.now() < slot.expiresAt) return { expiresAt: slot.expiresAt };
      }
      return null;
    },
  };

  function rampNow(openedAt: EpochMs | null): number | null {
    return rampPerSecond(openedAt, Math.floor(clock.now() / 1000));
  }

  function capsOf(mailingId: string, mailingRate: number | null, openedAt: EpochMs | null): RateCap[] {
    const provider = [providerRate, rampNow(openedAt)].filter((cap) => cap !== null);
    const caps: RateCap[] = [];
    if (mailingRate !== null) caps.push({ key: `mailing:${mailingId}`, perSecond: mailingRate });
    if (provider.length > 0) caps.push({ key: 'provider', perSecond: Math.min(...provider) });
    return caps;
  }

  function slotsOf(mailingId: string): MailingSlots {
    let slots = slotsByMailing.get(mailingId);
    if (slots === undefined) {
      slots = { ready: [], refilling: null, known: false };
      slotsByMailing.set(mailingId, slots);
      // The map holds what is being sent now: an entry that nobody used for long costs one grant to make again.
      if (slotsByMailing.size > 1_000) slotsByMailing.delete(slotsByMailing.keys().next().value ?? mailingId);
    }
    return slots;
  }

  /** Takes a quarter second's worth; when the second is used up, waits for the next one. */
  async function refill(slots: MailingSlots, caps: readonly RateCap[]): Promise<void> {
    if (!slots.known) {
      await addRateKeys(
        database,
        caps.map((cap) => cap.key),
      );
      slots.known = true;
    }
    const wanted = Math.max(1, Math.ceil(Math.min(...caps.map((cap) => cap.perSecond)) / 4));
    const askedAt = performance.now();
    const grant = await takeSlots(database, caps, wanted);
    if (grant === null) {
      slots.known = false;
      return;
    }
    clock.observe(grant.now, askedAt);
    if (grant.granted > 0) slots.ready.push(...slotsIn(grant));
    else await sleepUntil((grant.second + 1) * 1000);
  }

  async function sleepUntil(at: EpochMs): Promise<void> {
    const waitMs = Math.ceil(at - clock.now());
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

/** The instants of a grant's slots: under several caps the latest counts. */
function slotsIn(grant: RateGrant): Slot[] {
  const startOfSecond = grant.second * 1000;
  const expiresAt = startOfSecond + LAST_PART * 1000;
  return Array.from({ length: grant.granted }, (_, index) => {
    const parts = grant.firsts.map((first, cap) => (first + index) / (grant.caps[cap] ?? 1));
    const part = FIRST_PART + Math.max(...parts) * (LAST_PART - FIRST_PART - 0.01);
    return { startsAt: startOfSecond + part * 1000, expiresAt };
  });
}
