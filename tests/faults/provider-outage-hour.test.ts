// The provider is down for an hour in the middle of a mailing, on a moved clock. The figures are those of `npm run outage`.
import { expect, test } from 'vitest';
import { runOutageCampaign } from '../support/outage-campaign.ts';
import { createTestDatabase } from '../support/test-database.ts';

const messages = 4_000;

test('an hour without the provider: no message fails, few are charged, people notice nothing, and it comes back at a ramp', async () => {
  await using database = await createTestDatabase();
  const result = await runOutageCampaign({ databaseUrl: database.url, messages, apiRequests: 400 });
  expect(result.statistics).toMatchObject({ mailingStatus: 'COMPLETED', total: messages, sent: messages, failed: 0, unconfirmed: 0 });
  expect(result.counterFaults).toEqual([]);
  expect(result.clientsReached).toBe(messages);
  expect(result.apiErrors).toBe(0);
  // It was tested about once a minute; the outage was recognised before it had cost many attempts.
  expect(result.tests).toBeGreaterThan(40);
  expect(result.tests).toBeLessThan(80);
  expect(result.during).toBeLessThan(messages / 2);
  expect(result.mostAttempts).toBeLessThanOrEqual(3);
  // 50 in the second of the opening, doubling each second.
  const judged = [...result.afterOpening.slice(0, 10).entries()].flatMap(([second, requests]) =>
    requests === null ? [] : [{ second, requests }],
  );
  expect(judged.length).toBeGreaterThan(2);
  for (const { second, requests } of judged) expect(requests).toBeLessThanOrEqual(50 * 2 ** second);
}, 240_000);
