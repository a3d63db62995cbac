// Between the service and PostgreSQL lies a network: answers of commits get lost, statements take long, connections are refused.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import type { DatabaseProxy } from '../support/database-proxy.ts';
import { expectDelivered, repeatedIds, startDatabaseStage } from '../support/database-stage.ts';
import type { DatabaseStage } from '../support/database-stage.ts';
import { eventually } from '../support/eventually.ts';
import { postGraphql } from '../support/graphql-client.ts';
import { addClients, createMailing, inMs, readStatistics } from '../support/scenario.ts';
import { accept } from '../support/stub-behaviours.ts';

const clients = 6_000;
let proxy: DatabaseProxy;
let stage: DatabaseStage;

beforeAll(async () => {
  stage = await startDatabaseStage({
    env: { LEASE_SECONDS: '20' },
    through: async (databaseUrl) => {
      proxy = await startDatabaseProxy(databaseUrl);
      return proxy;
    },
  });
  await addClients(stage.pool, clients);
});
afterAll(async () => stage?.[Symbol.asyncDispose]());
beforeEach(() => stage.stub.behave(() => accept({ delayMs: 50 })));

const settles = (text: string): boolean => text.includes('update message g') && text.includes('lease_token');
const commits = (text: string): boolean => /^commit\b/i.test(text.trim());

describe('the answer to a commit is lost', () => {
  test('of settling, twenty times: nothing is counted or asked twice', async () => {
    const text = 'settled unheard';
    const id = await createMailing(stage.api, { text });
    await stage.stub.waitForRequests(stage.stub.ledger.length + 200);
    const before = proxy.lost;
    proxy.loseAnswers(settles, 20);
    await expectDelivered(stage, id, text, clients);
    expect(proxy.lost - before).toBe(20);
    expect(repeatedIds(stage.requestsFor(text))).toEqual([]);
  });

  test('of createMailing: the caller reads SERVICE_UNAVAILABLE, repeats under the same key, and gets the one mailing there is', async () => {
    const input = { text: 'created unheard', startsAt: inMs(-1_000), endsAt: inMs(3_600_000) };
    const create = async () =>
      postGraphql<{ createMailing: { mailing: { id: string } } | null }>(
        stage.api.url,
        'mutation ($input: CreateMailingInput!) { createMailing(input: $input, idempotencyKey: "unheard") { mailing { id } userErrors { code } } }',
        { input },
      );
    const before = proxy.lost;
    proxy.loseAnswers(commits, 1);
    const answers = [await create()];
    await eventually(async () => {
      answers.push(await create());
      return answers.at(-1)?.errors === undefined && proxy.lost > before;
    });
    const unheard = answers.flatMap((answer) => answer.errors ?? []);
    expect(new Set(unheard.map(({ extensions }) => extensions?.code))).toEqual(
      new Set(unheard.length === 0 ? [] : ['SERVICE_UNAVAILABLE']),
    );
    const { rows } = await stage.pool.query<{ id: string }>('select id::text from mailing where text = $1', [input.text]);
    expect(rows.map(({ id }) => id)).toEqual([answers.at(-1)?.data.createMailing?.mailing.id]);
    await expectDelivered(stage, rows[0]?.id ?? '', input.text, clients);
    expect(repeatedIds(stage.requestsFor(input.text))).toEqual([]);
  });
});

describe('settling is slow', () => {
  /** Two lanes with four batches of 500 each: what may be asked and not yet settled. */
  const unsettledLimit = 2 * 4 * 500;

  test('sending waits when nothing can be settled, and goes on when it can', async () => {
    const text = 'held back';
    stage.stub.behave(() => accept());
    proxy.hold(settles);
    const id = await createMailing(stage.api, { text });
    try {
      await eventually(() => proxy.waiting > 0);
      let [asked, askedBefore] = [0, -1];
      // Until a whole second brings nothing more.
      await eventually(
        () => {
          [askedBefore, asked] = [asked, stage.requestsFor(text).length];
          return asked === askedBefore && asked > 0;
        },
        { everyMs: 1_000, timeoutMs: 60_000 },
      );
      expect(asked).toBeLessThanOrEqual(unsettledLimit);
      expect(asked).toBeLessThan(clients);
      expect((await readStatistics(stage.api, id)).sent).toBe(0);
    } finally {
      proxy.passOn();
    }
    await expectDelivered(stage, id, text, clients);
    expect(repeatedIds(stage.requestsFor(text))).toEqual([]);
  });

  test('with 300 ms for each statement that settles, everything arrives once', async () => {
    const text = 'slow';
    stage.stub.behave(() => accept());
    proxy.slowDown(settles, 300);
    const id = await createMailing(stage.api, { text });
    await expectDelivered(stage, id, text, clients);
    proxy.passOn();
    expect(repeatedIds(stage.requestsFor(text))).toEqual([]);
  });
});

describe('the database cannot be reached for three seconds', () => {
  test('/readyz says 503, callers read SERVICE_UNAVAILABLE, and afterwards everything goes on by itself', async () => {
    const text = 'refused';
    const id = await createMailing(stage.api, { text });
    await eventually(async () => (await readStatistics(stage.api, id)).sent > 300);
    const settled = await stage.settled(id);
    const from = stage.stub.ledger.length;
    proxy.refuse();
    const refusedAt = performance.now();
    const words: string[] = [];
    try {
      await eventually(async () => {
        const [ready, answer] = await Promise.all([
          fetch(`${stage.api.url}/readyz`),
          postGraphql(stage.api.url, '{ clients(first: 1) { totalCount } }'),
        ]);
        words.push(await ready.text(), JSON.stringify(answer.errors));
        return (
          ready.status === 503 && answer.errors?.[0]?.extensions?.code === 'SERVICE_UNAVAILABLE' && performance.now() > refusedAt + 3_000
        );
      });
      expect((await fetch(`${stage.api.url}/healthz`)).status).toBe(200);
    } finally {
      proxy.accept();
    }
    expect(words.join()).not.toMatch(/ECONN|127\.0\.0\.1|postgres|terminated/i);
    await eventually(async () => (await fetch(`${stage.api.url}/readyz`)).status === 200);
    await eventually(async () => (await readStatistics(stage.api, id)).sent > settled.size + 500);
    await expectDelivered(stage, id, text, clients);
    expect(stage.stub.ledger.slice(from).filter(({ msgId }) => settled.has(msgId))).toEqual([]);
  });
});
