// The setups of docs/scaling.md, and the table that the page quotes.
import { apisFor, simulateDay } from './day.ts';
import type { Setup } from './day.ts';

const answerSeconds = 0.1;

const setups: readonly Setup[] = [
  { messagesPerDay: 1e7, workers: 2, connections: 64, databaseCores: 2, answerSeconds, mailings: 3 },
  { messagesPerDay: 1e7, workers: 2, connections: 256, databaseCores: 2, answerSeconds, mailings: 3 },
  { messagesPerDay: 1e8, workers: 4, connections: 512, databaseCores: 4, answerSeconds, mailings: 1 },
  { messagesPerDay: 1e8, workers: 4, connections: 512, databaseCores: 4, answerSeconds, mailings: 10 },
  { messagesPerDay: 1e9, workers: 10, connections: 1_000, databaseCores: 4, answerSeconds: 0.02, mailings: 20 },
  { messagesPerDay: 1e9, workers: 10, connections: 1_000, databaseCores: 8, answerSeconds, mailings: 20 },
  { messagesPerDay: 1e9, workers: 20, connections: 1_000, databaseCores: 16, answerSeconds, mailings: 50 },
];

const heads = [
  'messages a day',
  'answers in',
  'workers × connections',
  'mailings at once',
  'a second',
  'bound by',
  'longest wait',
  'sending',
  'cores of PostgreSQL',
  'apis',
  'connections to it',
  'rows a day',
  'to remove them',
];

/** As Markdown. */
export function printSetups(): string {
  const rows = setups.map((setup) => {
    const day = simulateDay(setup);
    return [
      setup.messagesPerDay.toLocaleString('en-US'),
      `${1_000 * setup.answerSeconds} ms`,
      `${setup.workers} × ${setup.connections.toLocaleString('en-US')}`,
      String(setup.mailings),
      Math.round(day.capacity).toLocaleString('en-US'),
      day.boundBy,
      duration(day.longestWaitSeconds),
      `${Math.round(100 * day.busyShare)} % of the day`,
      `${day.databaseCoresBusy.toFixed(2)} of ${setup.databaseCores}`,
      String(apisFor(setup.workers)),
      String(day.databaseConnections),
      `${day.gigabytesPerDay.toLocaleString('en-US', { maximumFractionDigits: 1 })} GB`,
      duration(3_600 * day.removalHours),
    ];
  });
  return [heads, heads.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
    .replaceAll(/ ?--- ?/g, '---');
}

function duration(seconds: number): string {
  if (seconds === Infinity) return 'not the same day';
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
