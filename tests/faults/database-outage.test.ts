// PostgreSQL cuts connections or restarts in the middle of a mailing: every process recovers by itself, and what was settled stays so.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectDelivered, startDatabaseStage } from '../support/database-stage.ts';
import type { DatabaseStage } from '../support/database-stage.ts';
import { eventually } from '../support/eventually.ts';
import { postGraphql, subscribeTo } from '../support/graphql-client.ts';
import { addClients, createMailing, readStatistics, statisticsFields } from '../support/scenario.ts';
import type { Statistics } from '../support/scenario.ts';
import { accept } from '../support/stub-behaviours.ts';

const clients = 6_000;
/** The promise: every process recovers by itself within this long. */
const RECOVERED_MS = 30_000;
let stage: DatabaseStage;

beforeAll(async () => {
  stage = await startDatabaseStage();
  await addClients(stage.pool, clients);
});
afterAll(async () => stage?.[Symbol.asyncDispose]());
// Some 900 messages a second: a few seconds to interfere in.
beforeEach(({ onTestFailed }) => {
  stage.stub.behave(() => accept({ delayMs: 70 }));
  onTestFailed(async () => void process.stderr.write(await stage.story()));
});

async function midway(text: string): Promise<string> {
  const id = await createMailing(stage.api, { text });
  await eventually(async () => (await readStatistics(stage.api, id)).sent > 300);
  return id;
}

/** What callers see while `fault` lasts: statuses of /readyz, codes and words of errors. */
async function watchApi(fault: () => Promise<unknown>): Promise<{ ready: Set<number>; codes: Set<string>; words: string }> {
  const seen = { ready: new Set<number>(), codes: new Set<string>(), words: '' };
  let over = false;
  const watch = (async () => {
    while (!over) {
      const [ready, answer] = await Promise.all([
        fetch(`${stage.api.url}/readyz`),
        postGraphql(stage.api.url, '{ clients(first: 1) { totalCount nodes { id } } }'),
      ]);
      seen.ready.add(ready.status);
      for (const error of answer.errors ?? []) seen.codes.add(error.extensions?.code ?? 'none');
      seen.words += (await ready.text()) + JSON.stringify(answer.errors ?? '');
    }
  })();
  await fault();
  await eventually(async () => (await fetch(`${stage.api.url}/readyz`)).status === 200, { timeoutMs: RECOVERED_MS });
  over = true;
  await watch;
  return seen;
}

/** Names of the database, its driver and its host, as their errors would carry them. */
const internals = /postgres|pg_|sqlstate|57P0|ECONN|127\.0\.0\.1|terminat|relation|administrator|\bat .*\.js/i;

describe('connections that are cut', () => {
  test('all of them every 200 ms for at least six seconds of a mailing: everyone is reached, nothing settled is asked again', async () => {
    const text = 'terminated';
    const id = await midway(text);
    let cuts = 0;
    const repeatedOfSettled: string[] = [];
    const until = performance.now() + 6_000;
    while (performance.now() < until || cuts <= 30) {
      const settled = await stage.settled(id);
      const from = stage.stub.ledger.length;
      cuts += await stage.cutConnections();
      await new Promise((resolve) => setTimeout(resolve, 200));
      repeatedOfSettled.push(
        ...stage.stub.ledger
          .slice(from)
          .map(({ msgId }) => msgId)
          .filter((msgId) => settled.has(msgId)),
      );
    }
    await expectDelivered(stage, id, text, clients);
    expect(repeatedOfSettled).toEqual([]);
  });
});

describe.each(['immediate', 'fast'] as const)('a restart of the database (%s) in the middle of a mailing', (mode) => {
  test('is survived by every process: delivered whole, callers read SERVICE_UNAVAILABLE meanwhile, subscribers go on', async () => {
    const text = `restart ${mode}`;
    const id = await midway(text);
    await using subscription = subscribeTo<{ mailingStatistics: Statistics }>(
      stage.api.url,
      `subscription ($id: ID!) { mailingStatistics(mailingId: $id) { ${statisticsFields} } }`,
      { id },
    );
    await subscription.until(() => true);
    const settled = await stage.settled(id);
    const from = stage.stub.ledger.length;
    const seen = await watchApi(async () => stage.restart(mode));
    // A restart may be over before anybody has asked: whoever did ask read nothing else.
    expect([...seen.ready].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect([...seen.codes].filter((code) => code !== 'SERVICE_UNAVAILABLE')).toEqual([]);
    expect(seen.words).not.toMatch(internals);
    await eventually(async () => (await readStatistics(stage.api, id)).sent > settled.size + 500, { timeoutMs: RECOVERED_MS });
    await expectDelivered(stage, id, text, clients);
    expect(stage.stub.ledger.slice(from).filter(({ msgId }) => settled.has(msgId))).toEqual([]);
    const seenStates = (await subscription.completed(20_000)).map(({ data }) => data.mailingStatistics);
    expect(seenStates.at(-1)).toMatchObject({ mailingStatus: 'COMPLETED', sent: clients });
    const versions = seenStates.map(({ version }) => version);
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
  });
});
