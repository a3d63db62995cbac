// A sender that always has more to send, and a provider, on a virtual clock: what an hour of sending does to the limit takes a second.
import pino from 'pino';
import type { Log } from '../../src/log.ts';
import type { SendOutcome } from '../../src/domain/send-outcome.ts';
import { makeAdaptiveSlots } from '../../src/operations/adaptive-slots.ts';
import type { AdaptiveSlots } from '../../src/operations/adaptive-slots.ts';

/** How a request that begins now would go; changed by a test in the middle of a run. */
export interface SimulatedProvider {
  /** Requests that it works on at a time; the others wait in their order. */
  servers: number;
  /** Time that its work on one takes, milliseconds. */
  serviceMs: () => number;
  /** Requests that it takes at most, working and waiting; the others are refused after `rejectMs`. */
  mostTaken: number;
  rejectMs: number;
  /** Share of the requests that it drops with 503 whatever the load. */
  dropShare: number;
}

export interface SimulatedLoad {
  readonly provider: SimulatedProvider;
  readonly slots: readonly AdaptiveSlots[];
  /** Lets so much time pass. What was accepted in it a second, and how long an acceptance took on the average. */
  run(ms: number): Run;
}

export interface Run {
  readonly perSecond: number;
  readonly latencyMs: number;
  readonly rejectedPerSecond: number;
  /** Of the first worker, averaged over time; and the extremes. */
  readonly meanLimit: number;
  readonly lowest: number;
  readonly highest: number;
}

interface Options {
  readonly connections: number;
  /** Workers that share the provider, each with its own limit. */
  readonly workers?: number;
  /** A request is given up after so long, though the provider goes on with it. */
  readonly timeoutMs?: number;
  /** Messages a second that there are to send for each worker; else any number. */
  readonly perSecond?: () => number;
  readonly provider: Partial<SimulatedProvider>;
  readonly log?: Log;
}

const silent = pino({ level: 'silent' });
const accepted: SendOutcome = { kind: 'accepted' };
const unavailable: SendOutcome = { kind: 'retry', code: 'HTTP_503', message: 'busy', httpStatus: 503 };
const timedOut: SendOutcome = { kind: 'ambiguous', code: 'TIMEOUT', message: 'too late' };

export function simulateLoad({
  connections,
  workers = 1,
  timeoutMs = Infinity,
  perSecond,
  provider: given,
  log = silent,
}: Options): SimulatedLoad {
  const provider: SimulatedProvider = {
    servers: Infinity,
    serviceMs: () => 50,
    mostTaken: Infinity,
    rejectMs: 1,
    dropShare: 0,
    ...given,
  };
  const slots = Array.from({ length: workers }, () => makeAdaptiveSlots({ connections, log }));
  const events = makeEvents();
  const queue: (() => void)[] = [];
  const random = makeRandom(7);
  let now = 0;
  let lastLimit = connections;
  let working = 0;
  let run = { accepted: 0, latency: 0, rejected: 0, limits: 0, since: 0, lowest: Infinity, highest: 0 };
  const backlog = slots.map(() => (perSecond === undefined ? Infinity : 0));

  const note = (): void => {
    const limit = slots[0]?.limit() ?? 0;
    run.limits += lastLimit * (now - run.since);
    run.since = now;
    run.lowest = Math.min(run.lowest, limit);
    run.highest = Math.max(run.highest, limit);
    lastLimit = limit;
  };
  const startAll = (): void => {
    for (const [worker, own] of slots.entries()) {
      while (own.taken() < own.limit() && (backlog[worker] ?? 0) >= 1) {
        backlog[worker] = (backlog[worker] ?? 0) - 1;
        void own.acquire();
        start(own);
      }
    }
  };
  const start = (own: AdaptiveSlots): void => {
    const startedAt = now;
    let over = false;
    const end = (outcome: SendOutcome): void => {
      if (over) return;
      over = true;
      const latencyMs = now - startedAt;
      if (outcome === accepted) {
        run.accepted += 1;
        run.latency += latencyMs;
      } else run.rejected += 1;
      own.answered(outcome, latencyMs, now);
      own.release();
      note();
    };
    if (timeoutMs < Infinity) events.add(now + timeoutMs, () => end(timedOut));
    if (random() < provider.dropShare) return events.add(now + provider.serviceMs(), () => end(unavailable));
    if (working + queue.length >= provider.mostTaken) return events.add(now + provider.rejectMs, () => end(unavailable));
    const work = (): void => {
      working += 1;
      events.add(now + provider.serviceMs(), () => {
        working -= 1;
        if (working < provider.servers) queue.shift()?.();
        end(accepted);
      });
    };
    if (working < provider.servers) work();
    else queue.push(work);
  };
  if (perSecond !== undefined) {
    const arrive = (worker: number): void => {
      backlog[worker] = (backlog[worker] ?? 0) + 1;
      events.add(now + 1_000 / perSecond(), () => arrive(worker));
    };
    for (const worker of slots.keys()) events.add(0, () => arrive(worker));
  }

  return {
    provider,
    slots,
    run: (ms) => {
      const until = now + ms;
      note();
      run = { accepted: 0, latency: 0, rejected: 0, limits: 0, since: now, lowest: Infinity, highest: 0 };
      note();
      while (queue.length > 0 && working < provider.servers) queue.shift()?.();
      startAll();
      for (let next = events.take(until); next !== null; next = events.take(until)) {
        now = next.at;
        next.happen();
        startAll();
      }
      now = until;
      note();
      return {
        perSecond: (run.accepted / ms) * 1_000,
        latencyMs: run.latency / run.accepted,
        rejectedPerSecond: (run.rejected / ms) * 1_000,
        meanLimit: run.limits / ms,
        lowest: run.lowest,
        highest: run.highest,
      };
    },
  };
}

interface Event {
  readonly at: number;
  readonly happen: () => void;
}

/** In the order of time, and of their adding at the same time. */
function makeEvents() {
  const events: Event[] = [];
  return {
    add(at: number, happen: () => void): void {
      let [low, high] = [0, events.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        // The next one is the last of the list.
        if ((events[middle]?.at ?? 0) > at) low = middle + 1;
        else high = middle;
      }
      events.splice(low, 0, { at, happen });
    },
    take(until: number): Event | null {
      const next = events.at(-1);
      if (next === undefined || next.at > until) return null;
      events.pop();
      return next;
    },
  };
}

/** mulberry32: the same numbers from the same seed. */
export function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Latency of this median whose logarithm has the standard deviation `sigma`: most are usual, a few are several times as long. */
export function lognormal(medianMs: number, sigma: number, random: () => number): () => number {
  return () => medianMs * Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}
