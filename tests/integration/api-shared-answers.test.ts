// Answers and reads that are shared, put together as the service does it: a change that was answered is in every answer asked for after it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shareReads } from '../../src/database/shared-reads.ts';
import { addMailing, first } from '../support/engine-seed.ts';
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

/** How many statements of the API wait for the clients, and how many others have begun since `from` and ended. */
async function progressSince(from: Date): Promise<{ readonly waiting: number; readonly read: number }> {
  const { rows } = await db.pool.query<{ waiting: number; read: number }>(
    `select count(*) filter (where state = 'active' and wait_event_type = 'Lock')::int as waiting,
       count(*) filter (where state = 'idle' and query_start > $1)::int as read
     from pg_stat_activity where application_name = 'test-api' and datname = current_database()`,
    [from],
  );
  return first(rows);
}

test('whoever asks after a change is answered sees it, though an equal query from before it is still being read', async () => {
  await addMailing(db.pool, { text: 'as it was' });
  // Twice: the operation has a plan from then on.
  for (let time = 0; time < 2; time += 1) expect((await api.ask(query)).data.mailings.nodes).toEqual([{ text: 'as it was' }]);

  const holder = await db.pool.connect();
  await holder.query('begin');
  await holder.query('lock table client in access exclusive mode');
  const { now } = first((await holder.query<{ now: Date }>('select clock_timestamp() as now')).rows);
  const asked: ReturnType<GraphqlApi['ask']>[] = [];
  try {
    asked.push(api.ask(query));
    // Its mailings are read, its clients are not.
    await eventually(async () => expect(await progressSince(now)).toEqual({ waiting: 1, read: 1 }));
    await db.pool.query(`update mailing set text = 'as it is'`);
    asked.push(api.ask(query), api.ask(query));
    await eventually(async () => expect(await progressSince(now)).toMatchObject({ waiting: 2 }));
  } finally {
    await holder.query('commit');
    holder.release();
  }
  const texts = (await Promise.all(asked)).map(({ data }) => data.mailings.nodes);
  expect(texts).toEqual([[{ text: 'as it was' }], [{ text: 'as it is' }], [{ text: 'as it is' }]]);
});
