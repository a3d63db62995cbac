// This worker's view of the provider gate: counts answers, closes the shared gate when they are bad, takes probes when its pause is over.
import {
  allowProbeNow,
  beginProbe,
  closeGate,
  failProbe,
  passProbe,
  readGate,
  reportAnswers,
  returnProbe,
} from '../database/gate-queries.ts';
import type { Closing, GateState } from '../database/gate-queries.ts';
import { PROVIDER } from '../database/change-notifier.ts';
import type { ChangeNotifier } from '../database/change-notifier.ts';
import type { Database } from '../database/database.ts';
import { breakerTrips, isBadAnswer, isDegraded, isGoodProbe, TOKEN_PAUSE_MS } from '../domain/provider-gate.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { Provider, SendOutcome } from '../domain/send-outcome.ts';
import type { Log } from '../log.ts';

export interface ProviderGate extends AsyncDisposable {
  readonly state: GateState;
  /** Many answers of all workers are bad: retries stand back. */
  readonly isDegraded: boolean;
  /** News from the row, as every portion brings it. What was read before later news is ignored. */
  observe(state: GateState): void;
  /** Reads the row; returns what the database's clock showed. Throws what the database reports. */
  refresh(): Promise<EpochMs>;
  /** Nothing may be sent, not even to test the provider: its pause is not over. */
  isClosed(now: EpochMs): boolean;
  /** Whether a message may be sent now: any through an open gate, only the one that tests the provider when the pause is over. */
  isOpenFor(message: { readonly probeToken: string | null }, now: EpochMs): boolean;
  /** When a lane that found the gate not open should look again. */
  lookAgainAt(now: EpochMs): EpochMs;
  /**
   * Counts one answer; throttling and a refused token close the gate at once for this worker, then for all. `tokenGeneration`: of the
   * token that the request went out with; the refusal of an older one says nothing. Never throws.
   */
  answered(outcome: SendOutcome, tokenGeneration: number): void;
  /** The one probe of all workers, or null; `state` then says why. Throws what the database reports. */
  beginProbe(): Promise<string | null>;
  /** Never throws: a probe that could not be ended lapses by itself. */
  endProbe(token: string, outcome: SendOutcome, tokenGeneration: number): Promise<void>;
  /** Its request was not started. Does nothing after endProbe. Never throws. */
  returnProbe(token: string): Promise<void>;
}

interface Dependencies {
  readonly database: Database;
  readonly provider: Provider;
  /** After this long a probe is taken for lost with its worker. Milliseconds. */
  readonly probeMs: number;
  /** Called when sending may go on that had to wait: lanes of all workers look now. */
  readonly wakeSenders: () => Promise<void>;
  readonly changes: ChangeNotifier;
  readonly log: Log;
}

/** Answers are reported once a second, at once when this many bad ones wait: an outage costs few attempts before the gate closes. */
const REPORT_MS = 1_000;
const BAD_REPORT = 20;
/** While another lane tests the provider, or this worker's own closing is being written. */
const LOOK_AGAIN_MS = 500;

export function makeProviderGate({ database, provider, probeMs, wakeSenders, changes, log }: Dependencies): ProviderGate {
  let state: GateState = { state: 'OPEN', blockedUntil: null, openedAt: null, version: 0 };
  /** Closed here, not yet in the row: what is read there meanwhile is older. */
  let closing = false;
  let degraded = false;
  let answers = 0;
  let bad = 0;
  let reporting: Promise<void> | null = null;
  let tokenGeneration = provider.tokenGeneration();
  const probes = new Set<string>();

  /** A report that fails costs a late closing, nothing else: the next one tries again. */
  const safely = async (work: () => Promise<void>): Promise<void> =>
    work().catch((error: unknown) => log.warn({ err: error }, 'the provider gate could not be updated'));
  const reportOnce = (): void => {
    reporting ??= safely(report).finally(() => {
      reporting = null;
    });
  };
  const timer = setInterval(reportOnce, REPORT_MS);
  timer.unref();

  return {
    get state() {
      return state;
    },
    get isDegraded() {
      return degraded;
    },
    observe: learn,
    refresh: async () => {
      const { now, ...news } = await readGate(database);
      learn(news);
      return now;
    },
    isClosed,
    isOpenFor: ({ probeToken }, now) => state.state === 'OPEN' || (probeToken !== null && !isClosed(now)),
    lookAgainAt: (now) => (state.state === 'OPEN' ? now : (state.blockedUntil ?? now + LOOK_AGAIN_MS)),
    answered: (outcome, generation) => {
      // Requests that were in flight at the closing belong to the outage that is known already.
      if (state.state !== 'OPEN') return;
      answers += 1;
      if (isBadAnswer(outcome)) bad += 1;
      if (outcome.kind === 'throttled') void safely(async () => close(closingFor(outcome)));
      else if (outcome.kind === 'token-refused' && generation === provider.tokenGeneration())
        void safely(async () => close(closingFor(outcome)));
      else if (bad >= BAD_REPORT) reportOnce();
    },
    beginProbe: async () => {
      const { token, gate } = await beginProbe(database, probeMs);
      learn(gate);
      if (token === null) return null;
      probes.add(token);
      changes.changed(PROVIDER);
      return token;
    },
    endProbe: async (token, outcome, generation) => {
      probes.delete(token);
      await safely(async () => conclude(token, outcome, generation));
    },
    returnProbe: async (token) => {
      if (probes.delete(token)) await safely(async () => returnProbe(database, token));
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await reporting;
    },
  };

  function isClosed(now: EpochMs): boolean {
    return state.state === 'CLOSED' && (state.blockedUntil ?? Number.POSITIVE_INFINITY) > now;
  }

  function learn(news: GateState): void {
    if (closing || news.version < state.version) return;
    // What was counted before an opening speaks of the time before it.
    if (news.state === 'OPEN' && state.state !== 'OPEN') forget();
    state = news;
  }

  function forget(): void {
    answers = 0;
    bad = 0;
    degraded = false;
  }

  async function report(): Promise<void> {
    const generation = provider.tokenGeneration();
    if (generation !== tokenGeneration) {
      if (await allowProbeNow(database)) {
        changes.changed(PROVIDER);
        await wakeSenders();
      }
      tokenGeneration = generation;
    }
    const [reported, reportedBad] = [answers, bad];
    answers = 0;
    bad = 0;
    const { gate, ...counts } = await reportAnswers(database, reported, reportedBad);
    learn(gate);
    degraded = isDegraded(counts);
    if (state.state === 'OPEN' && breakerTrips(counts)) {
      await close({ code: 'OUTAGE', reason: `${counts.bad} of the last ${counts.answers} answers were failures`, forMs: null });
    }
  }

  /** Nothing more is started here while the row is being written. */
  async function close(reason: Closing): Promise<void> {
    closing = true;
    state = { ...state, state: 'CLOSED', blockedUntil: null };
    const gate = await closeGate(database, reason).finally(() => {
      closing = false;
    });
    learn(gate);
    forget();
    changes.changed(PROVIDER);
    log.warn({ event: 'gate-closed', code: reason.code, reason: reason.reason, until: state.blockedUntil }, 'provider gate closed');
  }

  async function conclude(token: string, outcome: SendOutcome, generation: number): Promise<void> {
    if (outcome.kind === 'token-refused' && generation !== provider.tokenGeneration()) return returnProbe(database, token);
    const before = state.state;
    learn(isGoodProbe(outcome) ? await passProbe(database, token) : await failProbe(database, token, closingFor(outcome)));
    changes.changed(PROVIDER);
    if (state.state !== 'OPEN' || before === 'OPEN') return;
    log.info({ event: 'gate-opened' }, 'provider gate opened');
    await wakeSenders();
  }
}

/** Why a gate closes because of one answer. */
function closingFor(outcome: Exclude<SendOutcome, { kind: 'accepted' | 'refused' }>): Closing {
  const { code, message } = outcome;
  switch (outcome.kind) {
    case 'throttled':
      return { code, reason: message, forMs: outcome.retryAfterMs };
    case 'token-refused':
      return { code: 'TOKEN_REFUSED', reason: `${message}; it is tried again, at once when the token changes`, forMs: TOKEN_PAUSE_MS };
    case 'retry':
    case 'ambiguous':
      return { code: 'OUTAGE', reason: `Still failing when tested: ${message}`, forMs: null };
    default:
      return outcome satisfies never;
  }
}
