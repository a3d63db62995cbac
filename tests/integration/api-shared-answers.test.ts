// Answers and reads that are shared, put together as the service does it: a change that was answered is in every answer asked for after it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shareReads } from '../../src/database/shared-reads.ts';
import { addMailing } from '../support/engine-seed.ts';
import { eventually } from '../support/eventually.ts';
import { openGraphqlApi } from '../support/graphql-api.ts';
import type { GraphqlApi } from '../support/graphql-api.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: GraphqlApi;
beforeAll(async () => {
  db = await createTestDatabase();
  api = await openGraphqlApi({ url: db.url, intercept: shareReads });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});

const query = '{ mailings { nodes { text } } clients { nodes { phone } } }';

/** Statements of the API that have begun and not ended, by what they wait for. */
async function waitingFor(): Promise<(string | null)[]> {
  const { rows } = await db.pool.query<{ event: string | null }>(
    `select wait_event_type as event from pg_stat_activity where application_name = 'test-api' and state = 'active' and datname = current_database()`,
  );
  return rows.map(({ event }) => event);
}

test('whoever asks after a change is answered sees it, though an equal query from before it is still being read', async () => {
  await addMailing(db.pool, { text: 'as it was' });
  // Twice: the operation has a plan from then on.
  for (let time = 0; time < 2; time += 1) expect((await api.ask(query)).data.mailings.nodes).toEqual([{ text: 'as it was' }]);

  const holder = await db.pool.connect();
  await holder.query('begin');
  await holder.query('lock table client in access exclusive mode');
  const asked: ReturnType<GraphqlApi['ask']>[] = [];
  try {
    asked.push(api.ask(query));
    // Its mailings are read, its clients are not.
    await eventually(async () => expect(await waitingFor()).toEqual(['Lock']));
    await db.pool.query(`update mailing set text = 'as it is'`);
    asked.push(api.ask(query), api.ask(query));
    await eventually(async () => expect(await waitingFor()).toEqual(['Lock', 'Lock']));
  } finally {
    await holder.query('commit');
    holder.release();
  }
  const texts = (await Promise.all(asked)).map(({ data }) => data.mailings.nodes);
  expect(texts).toEqual([[{ text: 'as it was' }], [{ text: 'as it is' }], [{ text: 'as it is' }]]);
});
