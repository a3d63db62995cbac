// Consecutive kill -9 at random instants of one mailing. Here a short campaign; the long one is `npm run kills`.
import { expect, test } from 'vitest';
import { runKillCampaign } from '../support/kill-campaign.ts';
import { createTestDatabase } from '../support/test-database.ts';

const kills = Number(process.env['KILLS'] ?? 8);
const messages = Number(process.env['KILL_MESSAGES'] ?? 4_000);
const seed = Number(process.env['KILL_SEED'] ?? 20_260_101);

test(`${kills} kills in ${messages} messages (seed ${seed}): nothing lost, counters exact, only what was not settled is requested again`, async () => {
  await using database = await createTestDatabase();
  const result = await runKillCampaign({
    databaseUrl: database.url,
    kills,
    messages,
    seed,
    leaseSeconds: 10,
    reconcileSeconds: 1,
    patienceMs: 90_000,
  });
  expect(result.statistics).toEqual({ status: 'COMPLETED', total: messages, sent: messages, pending: 0 });
  expect(result.clientsReached).toBe(messages);
  expect(result.counterFaults).toEqual([]);
  expect(result.inexcusable).toEqual([]);
  for (const kill of result.kills) expect(kill.repeated).toBeLessThanOrEqual(kill.unsettled);
}, 400_000);
