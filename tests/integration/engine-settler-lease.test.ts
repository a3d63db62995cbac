// Outcomes that cannot be settled for longer than a lease lasts: it stays with its holder, so that nothing is asked for a second time.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freeExpiredLeases } from '../../src/database/batch-queries.ts';
import { openDatabase } from '../../src/database/database.ts';
import type { Database } from '../../src/database/database.ts';
import { makeBatchSettler } from '../../src/operations/settle-outcomes.ts';
import { recordLog } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { begin, hold, outcome, settledMessages } from '../support/settling.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const shortLeaseMs = 400;
let db: TestDatabase;
/** As a worker's: a statement gives up on a row after a while. */
let database: Database;

beforeAll(async () => {
  db = await createTestDatabase();
  database = await openDatabase({
    url: db.url,
    connections: 4,
    applicationName: 'worker',
    statementTimeoutMs: 0,
    lockTimeoutMs: 100,
    onConnectionLost: () => undefined,
  });
});
afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
  await db?.drop();
});

test('while somebody holds the counters, a settle that gives up on them extends its own lease, again and again', async () => {
  const { mailingId, batch, ids } = await hold(db.pool, database, 3);
  const { log } = recordLog();
  const settler = makeBatchSettler({ database, leaseMs: shortLeaseMs, log, onSettled: () => undefined }, batch, performance.now());
  const person = await begin(db.pool);
  await person.query('select from mailing_statistics where mailing_id = $1 for update', [mailingId]);
  await db.pool.query(`update batch set lease_until = instant_now() + interval '${shortLeaseMs} ms'`);
  const until = async (): Promise<number> =>
    (await db.pool.query<{ at: number }>('select extract(epoch from lease_until)::float8 * 1000 as at from batch')).rows[0]?.at ?? 0;
  const before = await until();

  for (const id of ids) settler.add(outcome(id, 'accepted'));
  const settled = settler.flush();
  await eventually(async () => (await until()) > before + 3 * shortLeaseMs);
  expect(await freeExpiredLeases(database)).toEqual([]);

  await person.commit();
  await settled;
  expect(settler.isLost).toBe(false);
  expect((await settledMessages(db.pool)).map(({ status }) => status)).toEqual(ids.map(() => 'SENT'));
  expect(settler.batch.token).toBe(batch.token);
});
