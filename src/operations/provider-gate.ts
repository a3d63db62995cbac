// This worker's view of the provider gate: counts answers, closes the shared gate when they are bad, takes probes when its pause is over.
import { allowProbeNow, beginProbe, closeGate, endProbe, recordAnswers } from '../database/gate-queries.ts';
import type { GateState } from '../database/gate-queries.ts';
import type { Database } from '../database/database.ts';
import { breakerTrips, isBadAnswer } from '../domain/provider-gate.ts';
import type { Provider, SendOutcome } from '../domain/send-outcome.ts';
import type { Log } from '../log.ts';

export interface ProviderGate extends AsyncDisposable {
  /** News from the row, as every portion brings it. What was read before later news is ignored. */
  observe(state: GateState): void;
  readonly state: GateState;
  /** Counts one answer; throttling and a refused token close the gate at once for this worker, then for all. Never throws. */
  answered(outcome: SendOutcome): void;
  /** The one probe of all workers, or null. Throws what the database reports. */
  beginProbe(): Promise<string | null>;
  /** Never throws: a probe that could not be ended lapses by itself. */
  endProbe(token: string, outcome: SendOutcome): Promise<void>;
}

/** Answers are reported once a second, at once when this many bad ones wait: an outage costs few attempts before the gate closes. */
const REPORT_MS = 1_000;
const BAD_REPORT = 20;
/** A refused token is tested again after this long unless the token changes before. */
const TOKEN_PAUSE_MS = 30_000;

export function makeProviderGate(dependencies: { database: Database; provider: Provider; probeMs: number; log: Log }): ProviderGate {
  const { database, provider, probeMs, log } = dependencies;
  let state: GateState = { state: 'OPEN', blockedUntil: null, openedAt: null, version: 0 };
  /** Closed here, not yet in the row: what is read there meanwhile is older. */
  let closing = false;
  let answers = 0;
  let bad = 0;
  let reporting: Promise<void> | null = null;
  let tokenGeneration = provider.tokenGeneration();

  const learn = (news: GateState): void => {
    if (news.version >= state.version) state = news;
  };
  const close = async (code: string, reason: string, forMs: number | null): Promise<void> => {
    learn(await closeGate(database, code, reason, forMs));
    answers = 0;
    bad = 0;
    log.warn({ event: 'gate-closed', code, reason, until: state.blockedUntil }, 'provider gate closed');
  };
  const report = async (): Promise<void> => {
    const [reported, reportedBad] = [answers, bad];
    answers = 0;
    bad = 0;
    const generation = provider.tokenGeneration();
    if (generation !== tokenGeneration) {
      await allowProbeNow(database);
      tokenGeneration = generation;
    }
    if (reported === 0) return;
    const sums = await recordAnswers(database, reported, reportedBad);
    if (state.state === 'OPEN' && breakerTrips(sums.answers, sums.bad)) {
      await close('OUTAGE', `${sums.bad} of the last ${sums.answers} answers were failures`, null);
    }
  };
  /** A report that fails costs a late closing, nothing else: the next one tries again. */
  const safely = (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => log.warn({ err: error }, 'the provider gate could not be updated'));
  const reportOnce = (): void => {
    reporting ??= safely(report()).finally(() => {
      reporting = null;
    });
  };
  const timer = setInterval(reportOnce, REPORT_MS);
  timer.unref();

  return {
    get state() {
      return state;
    },
    observe: (news) => {
      if (!closing) learn(news);
    },
    answered: (outcome) => {
      // Requests that were in flight at the closing belong to the outage that is known already.
      if (state.state !== 'OPEN') return;
      answers += 1;
      if (isBadAnswer(outcome)) bad += 1;
      if (outcome.kind === 'throttled') closeLocally(outcome.retryAfterMs, outcome.code, outcome.message);
      else if (outcome.kind === 'token-refused') closeLocally(TOKEN_PAUSE_MS, 'TOKEN_REFUSED', outcome.message);
      else if (bad >= BAD_REPORT) reportOnce();
    },
    beginProbe: () => beginProbe(database, probeMs),
    endProbe: (token, outcome) => safely(conclude(token, outcome)),
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await reporting;
    },
  };

  async function conclude(token: string, outcome: SendOutcome): Promise<void> {
    const passed = outcome.kind === 'accepted' || outcome.kind === 'refused';
    const before = state.state;
    if (outcome.kind === 'throttled') learn(await closeGate(database, outcome.code, outcome.message, outcome.retryAfterMs));
    else learn(await endProbe(database, token, passed));
    if (state.state === 'OPEN' && before !== 'OPEN') log.info({ event: 'gate-opened' }, 'provider gate opened');
  }

  function closeLocally(forMs: number, code: string, reason: string): void {
    closing = true;
    state = { ...state, state: 'CLOSED', blockedUntil: null };
    void safely(close(code, reason, forMs)).then(() => {
      closing = false;
    });
  }
}
