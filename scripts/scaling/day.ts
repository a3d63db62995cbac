// A day of sending as a queue: messages that wait, against what workers, the provider and PostgreSQL can take. Pure arithmetic; what it
// is fed with is measured (docs/scaling.md says where).

/** What a thing costs, measured with `npm run bench -- send` unless said otherwise. */
export const costs = {
  /** Processor time of a worker for one message, on its one thread. */
  workerMicroseconds: 26,
  /** Processor time of PostgreSQL for one message: selected, leased, settled, counted. */
  databaseMicroseconds: 20,
  /** A row of `message` with its indexes (`pg_total_relation_size`). */
  messageBytes: 350,
  /** What RETENTION_DAYS removes, with its pauses. */
  removedPerSecond: 11_000,
  /** src/operations/send-lanes.ts: of one mailing, over all workers and in one of them. */
  lanesOfAMailing: 6,
  lanesOfAMailingInAWorker: 2,
  /** src/jobs/runner.ts. */
  lanesOfAWorker: 10,
  /** src/operations/leased-messages.ts. */
  messagesInALane: 100,
} as const;

/** Above this share a processor is called full: beyond it, waiting grows faster than work. */
const FULL = 0.7;

/** Share of a day's messages whose mailings start at each full hour: an office day, with a peak before noon and one in the evening. Adds up to 1. */
export const hourlyShares: readonly number[] = [0, 0, 0, 0, 0, 0, 2, 4, 7, 10, 12, 10, 8, 7, 7, 7, 6, 6, 6, 5, 3, 0, 0, 0].map(
  (share) => share / 100,
);

export interface Setup {
  readonly messagesPerDay: number;
  readonly workers: number;
  /** PROVIDER_CONNECTIONS: of each worker. */
  readonly connections: number;
  /** Cores of the machine, or the machines together, that PostgreSQL has. */
  readonly databaseCores: number;
  /** How long the provider takes to answer. */
  readonly answerSeconds: number;
  /** Mailings that are sent at the same time. */
  readonly mailings: number;
}

/** What has the least room: requests that may be open, lanes that fill them, processors of workers, or those of PostgreSQL. */
export type Bound = 'connections' | 'lanes' | 'workers' | 'database';

export interface Day {
  /** Messages a second that each part can take. The least of them is the capacity. */
  readonly limits: Readonly<Record<Bound, number>>;
  readonly capacity: number;
  readonly boundBy: Bound;
  /** From the full hour to the last message that was due then, at the worst hour. Infinity: something is left at midnight. */
  readonly longestWaitSeconds: number;
  readonly mostWaiting: number;
  /** Share of the day in which something is sent. */
  readonly busyShare: number;
  /** While sending. */
  readonly databaseCoresBusy: number;
  readonly gigabytesPerDay: number;
  /** Hours that removing one day's messages takes. */
  readonly removalHours: number;
  readonly databaseConnections: number;
}

/** An api process for every ten workers, two at least: they do not send. src/api-role.ts and worker-role.ts: 21 and 34 connections. */
export function apisFor(workers: number): number {
  return Math.max(2, Math.ceil(workers / 10));
}

export function limitsOf(setup: Setup): Readonly<Record<Bound, number>> {
  const { workers, connections, databaseCores, answerSeconds, mailings } = setup;
  return {
    connections: (workers * connections) / answerSeconds,
    lanes: (lanesOf(workers, mailings) * costs.messagesInALane) / answerSeconds,
    workers: (workers * FULL * 1e6) / costs.workerMicroseconds,
    database: (databaseCores * FULL * 1e6) / costs.databaseMicroseconds,
  };
}

function lanesOf(workers: number, mailings: number): number {
  const ofAMailing = Math.min(costs.lanesOfAMailing, workers * costs.lanesOfAMailingInAWorker);
  return Math.min(mailings * ofAMailing, workers * costs.lanesOfAWorker);
}

/** Second by second: a burst at each full hour, taken away at the capacity. What is left at midnight never ends. */
export function simulateDay(setup: Setup, shares = hourlyShares): Day {
  const limits = limitsOf(setup);
  const [boundBy, capacity] = (Object.entries(limits) as [Bound, number][]).reduce((least, one) => (one[1] < least[1] ? one : least));
  let waiting = 0;
  let busySeconds = 0;
  let mostWaiting = 0;
  let longestWaitSeconds = 0;
  for (let second = 0; second < 86_400; second += 1) {
    if (second % 3_600 === 0) {
      waiting += setup.messagesPerDay * (shares[second / 3_600] ?? 0);
      mostWaiting = Math.max(mostWaiting, waiting);
      // First come, first served: what has just come is through when everything that waits now is.
      longestWaitSeconds = Math.max(longestWaitSeconds, waiting / capacity);
    }
    busySeconds += Math.min(1, waiting / capacity);
    waiting = Math.max(0, waiting - capacity);
  }
  return {
    limits,
    capacity,
    boundBy,
    longestWaitSeconds: waiting > 0 ? Infinity : longestWaitSeconds,
    mostWaiting,
    busyShare: busySeconds / 86_400,
    databaseCoresBusy: (capacity * costs.databaseMicroseconds) / 1e6,
    gigabytesPerDay: (setup.messagesPerDay * costs.messageBytes) / 1e9,
    removalHours: setup.messagesPerDay / costs.removedPerSecond / 3_600,
    databaseConnections: 34 * setup.workers + 21 * apisFor(setup.workers) + 5,
  };
}
