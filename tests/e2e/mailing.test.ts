// A mailing from its creation to its end through the real service: who gets it, what the provider reads, what a subscriber sees.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postGraphql, subscribeTo } from '../support/graphql-client.ts';
import { addClients, createMailing, expectOnceEach, finished, statisticsFields } from '../support/scenario.ts';
import type { Statistics } from '../support/scenario.ts';
import { startTestService } from '../support/service.ts';
import type { TestService } from '../support/service.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import type { StubProvider } from '../support/stub-provider.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
let stub: StubProvider;
let service: TestService;

beforeAll(async () => {
  database = await createTestDatabase();
  stub = await startStubProvider();
  service = await startTestService({ databaseUrl: database.url, providerUrl: stub.url });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await stub.close();
  await database.drop();
});

describe('a mailing to 10,000 of 30,000 clients', () => {
  let id: string;
  let statistics: Statistics;
  let seen: readonly Statistics[];

  beforeAll(async () => {
    await addClients(database.pool, 10_000, { tag: 'in', timeZone: 'Asia/Omsk' });
    await addClients(database.pool, 10_000, { from: 10_000, tag: 'out' });
    await addClients(database.pool, 10_000, { from: 20_000, tag: null });
    id = await createMailing(service, { text: 'Привет, "мир" 🎉\nвторая строка', filter: { tags: ['in'] } });
    await using subscription = subscribeTo<{ mailingStatistics: Statistics }>(
      service.url,
      `subscription ($id: ID!) { mailingStatistics(mailingId: $id) { ${statisticsFields} } }`,
      { id },
    );
    const results = await subscription.completed(40_000);
    seen = results.map((result) => result.data.mailingStatistics);
    statistics = await finished(service, id);
  });

  test('reaches each matching client exactly once and no other', () => {
    expectOnceEach(stub, 10_000);
    expect(stub.ledger.length).toBe(10_000);
    const phones = stub.accepted().map((entry) => Number(entry.body?.phone));
    expect(Math.min(...phones)).toBe(79000000000);
    expect(Math.max(...phones)).toBe(79000009999);
  });

  test('speaks the contract: number id and phone, the text as it is, bearer token, JSON', () => {
    const entry = stub.ledger[0];
    expect(entry?.method).toBe('POST');
    expect(entry?.path).toBe(`/v1/send/${entry?.msgId}`);
    expect(entry?.headers['authorization']).toBe('Bearer test-token');
    expect(entry?.headers['content-type']).toBe('application/json');
    expect(entry?.rawBody).toMatch(/^\{"id":\d+,"phone":7900\d{7},"text":"/);
    expect(new Set(stub.ledger.map(({ body }) => body?.text))).toEqual(new Set(['Привет, "мир" 🎉\nвторая строка']));
  });

  test('ends with total 10,000 and sent 10,000', () => {
    expect(statistics).toMatchObject({
      mailingStatus: 'COMPLETED',
      total: 10_000,
      pending: 0,
      sent: 10_000,
      failed: 0,
      expired: 0,
      cancelled: 0,
      unconfirmed: 0,
    });
  });

  test('the subscription saw a snapshot, rising versions that always add up, and the end', () => {
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.at(-1)).toMatchObject({ mailingStatus: 'COMPLETED', sent: 10_000, pending: 0 });
    const versions = seen.map(({ version }) => version);
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    for (const state of seen)
      expect(state.pending + state.sent + state.failed + state.expired + state.cancelled + state.unconfirmed).toBe(state.total);
  });

  test('its messages say when they were sent, and to whom', async () => {
    const { messages } = await service.query<{
      messages: {
        totalCount: number;
        nodes: { status: string; attempts: number; sentAt: string; phone: string; client: { tag: string } }[];
      };
    }>(
      'query ($id: ID!) { messages(first: 100, where: { mailingId: $id, statuses: [SENT] }) { totalCount nodes { status attempts sentAt phone client { tag } } } }',
      { id },
    );
    expect(messages.totalCount).toBe(10_000);
    expect(messages.nodes.length).toBe(100);
    for (const node of messages.nodes) expect(node).toMatchObject({ status: 'SENT', attempts: 1, client: { tag: 'in' } });
  });

  test('the log tells the story of one message and of the mailing by their ids', () => {
    const messageId = stub.ledger[17]?.msgId;
    expect(service.log.filter((line) => line['messageId'] === messageId)).toMatchObject([{ mailingId: id, outcome: 'accepted' }]);
    expect(service.log.filter((line) => line['mailingId'] === id && line['event'] !== undefined).map((line) => line['event'])).toEqual(
      expect.arrayContaining(['created', 'started', 'expanded', 'completed']),
    );
    expect(JSON.stringify(service.log)).not.toContain('test-token');
    expect(JSON.stringify(service.log)).not.toMatch(/7900000\d{4}/);
  });
});

describe('a mailing that cannot be', () => {
  test('is answered with every fault, and nothing is written', async () => {
    const answer = await postGraphql<{ createMailing: { mailing: null; userErrors: { code: string; field: string[] }[] } }>(
      service.url,
      'mutation { createMailing(input: { text: "", startsAt: "2026-01-02T00:00:00Z", endsAt: "2026-01-01T00:00:00Z", ratePerSecond: 0 }) { mailing { id } userErrors { code field } } }',
    );
    expect(answer.data.createMailing.mailing).toBeNull();
    expect(answer.data.createMailing.userErrors.map((error) => error.code).toSorted()).toEqual([
      'INVALID_PERIOD',
      'INVALID_RATE',
      'INVALID_TEXT',
    ]);
  });
});
