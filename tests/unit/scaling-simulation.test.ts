// The model behind docs/scaling.md: what comes in goes out, the narrowest part decides, and the page quotes what the program prints.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { apisFor, costs, hourlyShares, limitsOf, simulateDay } from '../../scripts/scaling/day.ts';
import type { Setup } from '../../scripts/scaling/day.ts';
import { LANES, LANES_PER_WORKER } from '../../src/operations/send-lanes.ts';
import { documented } from '../support/documented.ts';

const root = new URL('../../', import.meta.url);
const small: Setup = { messagesPerDay: 1e6, workers: 2, connections: 64, databaseCores: 2, answerSeconds: 0.1, mailings: 3 };
const once = (share: number, hour = 0): readonly number[] => Array.from({ length: 24 }, (_, n) => (n === hour ? share : 0));

describe('a day of sending', () => {
  test('has 24 hours that add up to all of it', () => {
    expect(hourlyShares).toHaveLength(24);
    expect(hourlyShares.reduce((sum, share) => sum + share)).toBeCloseTo(1, 10);
  });

  test.each([
    ['connections', small, 1_280],
    ['lanes', { ...small, connections: 4_096, mailings: 1 }, 4_000],
    ['lanes', { ...small, workers: 30, connections: 4_096, mailings: 1 }, 6_000],
    ['lanes', { ...small, workers: 2, connections: 4_096, mailings: 1_000 }, 20_000],
    ['workers', { ...small, workers: 1, answerSeconds: 0.001 }, (0.7 * 1e6) / costs.workerMicroseconds],
    ['database', { ...small, workers: 20, databaseCores: 1, answerSeconds: 0.001 }, (0.7 * 1e6) / costs.databaseMicroseconds],
  ] as const)('is bound by %s where these have the least room', (bound, setup, perSecond) => {
    const day = simulateDay(setup);
    expect([day.boundBy, day.capacity]).toEqual([bound, perSecond]);
    expect(Math.min(...Object.values(limitsOf(setup)))).toBe(perSecond);
  });

  test('takes as long as what came at once, divided by the capacity', () => {
    const day = simulateDay({ ...small, messagesPerDay: 1_280 * 600 }, once(1));
    expect(day.longestWaitSeconds).toBe(600);
    expect(day.mostWaiting).toBe(1_280 * 600);
    expect(day.busyShare * 86_400).toBeCloseTo(600, 6);
  });

  test('lets an hour that is too short add to the next one', () => {
    const shares = Array.from({ length: 24 }, (_, hour) => (hour < 2 ? 0.5 : 0));
    const day = simulateDay({ ...small, messagesPerDay: 2 * 1_280 * 5_400 }, shares);
    expect(day.longestWaitSeconds).toBe(5_400 + 1_800);
  });

  test('is not over the same day when too much comes too late', () => {
    expect(simulateDay({ ...small, messagesPerDay: 1_280 * 3_601 }, once(1, 23)).longestWaitSeconds).toBe(Infinity);
    expect(simulateDay({ ...small, messagesPerDay: 1_280 * 3_600 }, once(1, 23)).longestWaitSeconds).toBe(3_600);
  });

  test('knows of as many lanes as a mailing has', () => {
    expect([costs.lanesOfAMailing, costs.lanesOfAMailingInAWorker]).toEqual([LANES, LANES_PER_WORKER]);
  });

  test('opens as many connections to the database as docs/operations.md adds up', () => {
    expect(apisFor(2)).toBe(2);
    expect(simulateDay(small).databaseConnections).toBe(2 * 34 + 2 * 21 + 5);
  });
});

test('docs/scaling.md has the table that its command prints', async () => {
  const { stdout } = await promisify(execFile)('bash', ['-c', documented('docs/scaling.md', 'npm run -s scaling')], {
    cwd: fileURLToPath(root),
  });
  expect(stdout.split('\n').length).toBeGreaterThan(8);
  expect(await readFile(new URL('docs/scaling.md', root), 'utf8')).toContain(`\n${stdout}`);
});
