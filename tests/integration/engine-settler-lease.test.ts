// Outcomes that cannot be settled for longer than a lease lasts: it stays with its holder, so that nothing is asked for a second time.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { freeExpiredLeases } from '../../src/database/batch-queries.ts';
import { openDatabase } from '../../src/database/database.ts';
import type { Database } from '../../src/database/database.ts';
import { makeBatchSettler } from '../../src/operations/settle-outcomes.ts';
import { recordLog } from '../support/engine.ts';
import { clearEngine, first } from '../support/engine-seed.ts';
import { eventually } from '../support/eventually.ts';
import { stopClock } from '../support/seed.ts';
import { begin, hold, outcome, settledMessages } from '../support/settling.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const shortLeaseMs = 400;
let db: TestDatabase;
/** As a worker's: a statement gives up on a row after a while. */
let impatient: Database;
let patient: Database;

beforeAll(async () => {
  db = await createTestDatabase();
  const open = async (lockTimeoutMs: number): Promise<Database> =>
    openDatabase({
      url: db.url,
      connections: 4,
      applicationName: 'worker',
      statementTimeoutMs: 0,
      lockTimeoutMs,
      onConnectionLost: () => undefined,
    });
  [impatient, patient] = await Promise.all([open(100), open(60_000)]);
});
afterAll(async () => {
  await impatient?.[Symbol.asyncDispose]();
  await patient?.[Symbol.asyncDispose]();
  await db?.drop();
});
beforeEach(async () => {
  await stopClock(db.pool, null);
  await clearEngine(db.pool);
});

/** A batch whose lease is short, with a person who has its mailing's counters locked. */
async function holdBehind(database: Database) {
  const { mailingId, batch, ids } = await hold(db.pool, database, 3);
  const { log } = recordLog();
  const settler = makeBatchSettler({ database, leaseMs: shortLeaseMs, log, onSettled: () => undefined }, batch, performance.now());
  const person = await begin(db.pool);
  await person.query('select from mailing_statistics where mailing_id = $1 for update', [mailingId]);
  await db.pool.query(`update batch set lease_until = instant_now() + interval '${shortLeaseMs} ms'`);
  return { settler, person, batch, ids };
}

/** By the database's clock, in epoch milliseconds: now, and when the only lease runs out. */
async function leaseTimes(): Promise<{ readonly now: number; readonly until: number }> {
  const { rows } = await db.pool.query<{ now: number; until: number }>(
    'select extract(epoch from instant_now())::float8 * 1000 as now, extract(epoch from lease_until)::float8 * 1000 as until from batch',
  );
  return first(rows);
}

test('while somebody holds the counters, a settle that gives up on them extends its own lease, again and again', async () => {
  // The database's clock goes on only here: no pause of the machine ends a lease.
  let clock = Date.parse('2027-06-15T09:00:00Z');
  await stopClock(db.pool, new Date(clock).toISOString());
  const { settler, person, batch, ids } = await holdBehind(impatient);
  for (const id of ids) settler.add(outcome(id, 'accepted'));
  const settled = settler.flush();
  for (let turn = 0; turn < 4; turn += 1) {
    clock += 0.75 * shortLeaseMs;
    await stopClock(db.pool, new Date(clock).toISOString());
    await eventually(async () => (await leaseTimes()).until > clock + shortLeaseMs - 1);
  }
  expect(await freeExpiredLeases(impatient)).toEqual([]);

  await person.commit();
  await settled;
  expect(settler.isLost).toBe(false);
  expect((await settledMessages(db.pool)).map(({ status }) => status)).toEqual(ids.map(() => 'SENT'));
  expect(settler.batch.token).toBe(batch.token);
});

test('a settle that waited longer than its lease lasts leaves a whole one, not what was left of it when it began', async () => {
  const { settler, person, ids } = await holdBehind(patient);
  settler.add(outcome(ids[0], 'accepted'));
  const settled = settler.flush();
  await eventually(async () => {
    const { now, until } = await leaseTimes();
    return now > until;
  });
  const { now: freedAt } = await leaseTimes();
  await person.commit();
  await settled;
  expect(settler.isLost).toBe(false);
  expect((await leaseTimes()).until).toBeGreaterThan(freedAt + shortLeaseMs);
});
