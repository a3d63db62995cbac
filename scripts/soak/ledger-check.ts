// Holds the provider's ledger against what people asked for: nothing outside its period, nothing forbidden, nothing repeated without a cause.
import type { StubEntry } from '../../tests/support/stub-provider.ts';
import { localMinutes } from './directory.ts';
import type { Journal } from './journal.ts';
import { numberOf } from './plan.ts';
import type { Ban, Plan, PlannedMailing } from './plan.ts';

export interface LedgerCheck {
  readonly counts: { requests: number; accepted: number; repeats: number; repeatsAfterAcceptance: number };
  /** Message ids the provider took at least once, and those it took with a prompt and clear answer that nothing disturbed. */
  readonly accepted: ReadonlySet<string>;
  readonly surelyAccepted: ReadonlySet<string>;
  /** Looks at what came since the last time, up to `until` (epoch milliseconds). */
  readonly look: (until: number) => void;
}

/** What was answered to people holds for every request that is started one second later; as much again for a busy machine. */
const obeyedWithinMs = 2_000;
/** Settling takes 50 ms; what was answered so long ago is settled when nothing was disturbed. */
const settledWithinMs = 3_000;

export function makeLedgerCheck(
  ledger: readonly StubEntry[],
  clearlyAccepted: (entry: StubEntry) => boolean,
  plan: Plan,
  journal: Journal,
): LedgerCheck {
  const previous = new Map<string, StubEntry>();
  const messageOf = new Map<string, string>();
  const accepted = new Set<string>();
  const surelyAccepted = new Set<string>();
  const counts = { requests: 0, accepted: 0, repeats: 0, repeatsAfterAcceptance: 0 };
  let next = 0;

  const undisturbed = ({ at, answeredAt }: StubEntry): boolean => !journal.disturbedBetween(at, (answeredAt ?? at) + settledWithinMs);
  /** A worker that stood still goes on with the portion it had in hand. */
  const recently = (at: number): boolean => journal.disturbedBetween(at - obeyedWithinMs, at);
  const describe = (entry: StubEntry): string => `message ${entry.msgId} at ${new Date(entry.at).toISOString()} ("${entry.body?.text}")`;

  const checkOne = (entry: StubEntry): void => {
    counts.requests += 1;
    if (entry.faults.length > 0 || entry.body === null)
      return journal.violated(`a request breaks the contract: ${entry.faults.join('; ')}`);
    const number = numberOf(entry.body.text);
    const mailing = number === null ? undefined : plan.mailings.get(number);
    if (mailing === undefined) return journal.violated(`a request for no mailing: ${describe(entry)}`);

    checkRepeat(entry);
    const key = `${mailing.number} ${entry.body.phone}`;
    const known = messageOf.get(key) ?? entry.msgId;
    if (known !== entry.msgId) journal.violated(`two messages for one client of mailing ${mailing.id}: ${known} and ${entry.msgId}`);
    messageOf.set(key, known);
    checkTime(entry, mailing);
    for (const ban of [...mailing.bans, ...plan.phoneBans]) checkBan(entry, ban);
    if (entry.accepted) {
      counts.accepted += 1;
      accepted.add(entry.msgId);
      if (clearlyAccepted(entry) && undisturbed(entry)) surelyAccepted.add(entry.msgId);
    }
  };

  const checkRepeat = (entry: StubEntry): void => {
    const before = previous.get(entry.msgId);
    previous.set(entry.msgId, entry);
    if (before === undefined) return;
    counts.repeats += 1;
    if (!clearlyAccepted(before)) return;
    counts.repeatsAfterAcceptance += 1;
    if (undisturbed(before)) journal.violated(`asked again after a clear acceptance: ${describe(before)}, then ${describe(entry)}`);
  };

  const checkTime = (entry: StubEntry, { startsAt, ends, window }: PlannedMailing): void => {
    if (entry.at < startsAt) journal.violated(`before the mailing's start: ${describe(entry)}`);
    for (const { at, since } of ends) {
      if (since === 0 ? entry.since >= at : entry.at >= Math.max(at, since + obeyedWithinMs) && !recently(entry.at)) {
        journal.violated(`after the mailing's end: ${describe(entry)}`);
      }
    }
    if (window === null) return;
    // The soak itself may have stood still before it read the request.
    const isInside = [entry.at, entry.since].some((instant) => {
      const minutes = localMinutes(entry.body?.phone ?? '', instant);
      return window.from < window.to ? minutes >= window.from && minutes < window.to : minutes >= window.from || minutes < window.to;
    });
    if (!isInside) journal.violated(`outside the client's window: ${describe(entry)}`);
  };

  const checkBan = (entry: StubEntry, ban: Ban): void => {
    if (ban.phone !== undefined && ban.phone !== entry.body?.phone) return;
    if (ban.text !== undefined && ban.text !== entry.body?.text) return;
    if (entry.at < ban.from + obeyedWithinMs || entry.at >= ban.until) return;
    if (!recently(entry.at)) journal.violated(`${ban.why}, and still requested: ${describe(entry)}`);
  };

  return {
    counts,
    accepted,
    surelyAccepted,
    look: (until) => {
      for (let entry = ledger[next]; entry !== undefined && entry.at <= until; entry = ledger[next]) {
        checkOne(entry);
        next += 1;
      }
    },
  };
}
