// The worker's places for requests, shared by all lanes: as many as the provider keeps up with, at most PROVIDER_CONNECTIONS.
import { makeAnswers } from '../domain/answer-window.ts';
import { firstLimit, loadSignOf, nextLimit } from '../domain/concurrency-limit.ts';
import type { AnswerWindow } from '../domain/concurrency-limit.ts';
import type { SendOutcome } from '../domain/send-outcome.ts';
import type { Log } from '../log.ts';
import { makeRequestSlots } from './request-slots.ts';
import type { RequestSlots } from './request-slots.ts';

export interface AdaptiveSlots extends Pick<RequestSlots, 'acquire' | 'release' | 'taken'> {
  /** A request that has its slot still ended after `latencyMs`, at `now` (monotonic milliseconds). Costs some tens of nanoseconds. */
  answered(outcome: SendOutcome, latencyMs: number, now: number): void;
  /** How many there are at the moment. */
  limit(): number;
}

/** Changes are told when they are of at least this factor, and one in this time at most. Milliseconds. */
const NOTABLE = 2;
const TOLD_EVERY_MS = 30_000;

/** `connections`: the most, and how many there are at the beginning. */
export function makeAdaptiveSlots({ connections, log }: { readonly connections: number; readonly log: Log }): AdaptiveSlots {
  const slots = makeRequestSlots(connections);
  let state = firstLimit(connections);
  // The first answers are those of new connections and of code that was never run: they are no measure.
  const answers = makeAnswers();
  answers.restart(connections, connections);
  let told = connections;
  let toldAt = Number.NEGATIVE_INFINITY;

  return {
    acquire: slots.acquire,
    release: slots.release,
    taken: slots.taken,
    limit: () => state.limit,
    answered: (outcome, latencyMs, now) => {
      const sign = loadSignOf(outcome);
      if (sign !== null && answers.add(sign === 'accepted', latencyMs, slots.taken(), now)) adapt();
    },
  };

  function adapt(): void {
    const before = state.limit;
    const window = answers.read();
    state = nextLimit(state, window, connections);
    const { limit, atEase, trial, slowFor } = state;
    answers.restart(limit, limit === before ? 0 : before);
    if (limit !== before) slots.resize(limit);
    else if (atEase !== null && trial === null && slowFor === 0) tell(window);
  }

  /** Where it has come to rest, not every step on the way. */
  function tell({ at, latencyMs, overloaded }: AnswerWindow): void {
    const { limit } = state;
    if (at - toldAt < TOLD_EVERY_MS || Math.max(limit, told) < Math.min(limit, told) * NOTABLE) return;
    log.info(
      { event: 'concurrency-changed', limit, before: told, connections, latencyMs: Math.round(latencyMs), overloaded },
      limit < told ? 'fewer requests at a time: the provider does not keep up with more' : 'more requests at a time: the provider keeps up',
    );
    told = limit;
    toldAt = at;
  }
}
