// Spreads requests over each second so that no second has more than the caps allow, over any number of workers.
// Slots are granted by the database for a tenth of a second at a time and used by this process at their own instants.
import { addRateKeys, FIRST_SLOT_AT, LAST_SLOT_BEFORE, takeSlots } from '../database/rate-queries.ts';
import type { RateCap, RateGrant } from '../database/rate-queries.ts';
import type { Database } from '../database/database.ts';
import { rampPerSecond } from '../domain/provider-gate.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { DatabaseClock } from './database-clock.ts';

/** One request's slot under every cap. */
export interface Permit {
  readonly startsAt: EpochMs;
  /** Near the end of its second: whoever is late takes another, so that lateness never pushes a request into the next second's count. */
  readonly expiresAt: EpochMs;
  /** The caps under which it was granted: under others it is void, as one of them may have been lowered. */
  readonly caps: string;
}

export interface RateLimiter {
  /** The mailing's cap as read at `readAt` (monotonic time before the statement was sent): what was read last counts for all lanes. */
  observe(mailingId: string, ratePerSecond: number | null, readAt: number): void;
  /** Whether a request of the mailing needs a permit. `openedAt`: of the gate, for the ramp after an outage. */
  isCapped(mailingId: string, openedAt: EpochMs | null): boolean;
  /**
   * Waits for the instant at which a request of the mailing may start; no more slots are taken than the `wanted` messages in hand can use.
   * null: it needs no permit, or `isOver` answered true (within a second) before one was granted. Throws what the database reports.
   */
  acquire(mailingId: string, openedAt: EpochMs | null, wanted: number, isOver: () => boolean): Promise<Permit | null>;
  /** Whether its time is not over and its caps are still those of now. */
  isValid(mailingId: string, openedAt: EpochMs | null, permit: Permit): boolean;
  /** A permit that was not used serves another request of the mailing in this process while it lasts. */
  giveBack(mailingId: string, permit: Permit): void;
}

/** Slots taken in advance are lost when the lanes of a mailing move to another worker: few enough to be no loss, enough for one look per tenth of a second. */
const AHEAD_SECONDS = 0.1;
/** A permit that is not used by then is void. Part of a second: the rest is for the way to the provider. */
const VOID_AT = 0.8;
/** Mailings that are remembered: those of the lanes at work are always among the last used. */
const MOST_MAILINGS = 1_000;

interface MailingRate {
  ratePerSecond: number | null;
  readAt: number;
  /** Granted and not yet used, in the order of their instants. */
  readonly ready: Permit[];
  refilling: Promise<void> | null;
  /** Ends the wait for the next second, when there is one. */
  wake: () => void;
  /** The rows of its caps are there. */
  known: boolean;
}

export function makeRateLimiter(dependencies: { database: Database; clock: DatabaseClock; providerRate: number | null }): RateLimiter {
  const { database, clock, providerRate } = dependencies;
  const mailings = new Map<string, MailingRate>();

  const isCapped = (mailingId: string, openedAt: EpochMs | null): boolean =>
    providerRate !== null || (mailings.get(mailingId)?.ratePerSecond ?? null) !== null || rampPerSecond(openedAt, secondNow()) !== null;

  return {
    observe: (mailingId, ratePerSecond, readAt) => {
      const mailing = mailingOf(mailingId);
      if (readAt < mailing.readAt) return;
      mailing.ratePerSecond = ratePerSecond;
      mailing.readAt = readAt;
    },
    isCapped,
    acquire: async (mailingId, openedAt, wanted, isOver) => {
      const mailing = mailingOf(mailingId);
      while (!isOver() && isCapped(mailingId, openedAt)) {
        const permit = takeReady(mailingId, mailing, openedAt);
        if (permit === undefined) {
          mailing.refilling ??= refill(mailingId, mailing, openedAt, wanted).finally(() => {
            mailing.refilling = null;
          });
          await mailing.refilling;
          continue;
        }
        await sleepUntil(permit.startsAt);
        if (isValid(mailingId, mailing, openedAt, permit)) return permit;
      }
      return null;
    },
    isValid: (mailingId, openedAt, permit) => isValid(mailingId, mailingOf(mailingId), openedAt, permit),
    giveBack: (mailingId, permit) => giveBack(mailingOf(mailingId), permit),
  };

  function secondNow(): number {
    return Math.floor(clock.now() / 1000);
  }

  /** What is used last is forgotten last. */
  function mailingOf(mailingId: string): MailingRate {
    const mailing = mailings.get(mailingId) ?? { ratePerSecond: null, readAt: 0, ready: [], refilling: null, wake: nothing, known: false };
    mailings.delete(mailingId);
    mailings.set(mailingId, mailing);
    const [oldest] = mailings.keys();
    if (mailings.size > MOST_MAILINGS && oldest !== undefined) mailings.delete(oldest);
    return mailing;
  }

  function capsOf(mailingId: string, { ratePerSecond }: MailingRate, openedAt: EpochMs | null): RateCap[] {
    const provider = [providerRate, rampPerSecond(openedAt, secondNow())].filter((cap) => cap !== null);
    const caps: RateCap[] = [];
    if (ratePerSecond !== null) caps.push({ key: `mailing:${mailingId}`, perSecond: ratePerSecond });
    if (provider.length > 0) caps.push({ key: 'provider', perSecond: Math.min(...provider) });
    return caps;
  }

  function isValid(mailingId: string, mailing: MailingRate, openedAt: EpochMs | null, permit: Permit): boolean {
    return clock.now() < permit.expiresAt && permit.caps === signatureOf(capsOf(mailingId, mailing, openedAt));
  }

  function takeReady(mailingId: string, mailing: MailingRate, openedAt: EpochMs | null): Permit | undefined {
    for (;;) {
      const permit = mailing.ready.shift();
      if (permit === undefined || isValid(mailingId, mailing, openedAt, permit)) return permit;
    }
  }

  /** Takes a tenth of a second's worth; when the second is used up, waits for the next one. */
  async function refill(mailingId: string, mailing: MailingRate, openedAt: EpochMs | null, wanted: number): Promise<void> {
    const second = secondNow();
    const caps = capsOf(mailingId, mailing, openedAt);
    if (caps.length === 0) return;
    if (!mailing.known) {
      await addRateKeys(
        database,
        caps.map((cap) => cap.key),
      );
      mailing.known = true;
    }
    const ahead = Math.ceil(Math.min(...caps.map((cap) => cap.perSecond)) * AHEAD_SECONDS);
    const askedAt = performance.now();
    const grant = await takeSlots(database, caps, second, Math.max(1, Math.min(ahead, wanted)));
    if (grant === null) {
      mailing.known = false;
      return;
    }
    clock.observe(grant.now, askedAt);
    if (grant.granted > 0) mailing.ready.push(...permitsOf(grant, signatureOf(caps)));
    else if (grant.second === second) await sleepUntil((second + 1) * 1000, mailing);
  }

  /** Until the database's clock shows `at` for sure, or a permit of the mailing is given back. */
  async function sleepUntil(at: EpochMs, mailing?: MailingRate): Promise<void> {
    for (let waitMs = at - clock.earliest(); waitMs > 0 && (mailing?.ready.length ?? 0) === 0; waitMs = at - clock.earliest()) {
      await new Promise<void>((resolve) => {
        // Not longer than a slot can lie ahead, whatever a clock that is being set makes of it.
        const timer = setTimeout(resolve, Math.min(Math.ceil(waitMs), 1_000));
        if (mailing === undefined) return;
        mailing.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

function giveBack({ ready, wake }: MailingRate, permit: Permit): void {
  ready.unshift(permit);
  wake();
}

function nothing(): void {}

function signatureOf(caps: readonly RateCap[]): string {
  return caps.map(({ key, perSecond }) => `${key}=${perSecond}`).join();
}

/** The instants of a grant's slots: under several caps the latest counts. */
function permitsOf(grant: RateGrant, caps: string): Permit[] {
  const startOfSecond = grant.second * 1000;
  const expiresAt = startOfSecond + VOID_AT * 1000;
  return Array.from({ length: grant.granted }, (_, index) => {
    const parts = grant.firsts.map((first, cap) => (first + index) / (grant.caps[cap] ?? 1));
    const part = FIRST_SLOT_AT + Math.max(...parts) * (LAST_SLOT_BEFORE - FIRST_SLOT_AT);
    return { startsAt: startOfSecond + part * 1000, expiresAt, caps };
  });
}
