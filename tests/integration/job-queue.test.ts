// Jobs that wait already when they are added again: each says for itself what becomes of its time.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { addJobs } from '../../src/database/job-queue.ts';
import type { JobRequest } from '../../src/database/job-queue.ts';
import { openEngineDatabase, waitingJobs } from '../support/engine-seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let database: Database;
beforeAll(async () => {
  db = await createTestDatabase();
  database = await openEngineDatabase(db.url, 1);
});
beforeEach(async () => db.pool.query('delete from graphile_worker._private_jobs'));
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await db.drop();
});

const inHours = (hours: number): number => Date.now() + hours * 3_600_000;

test.each([
  ['later', 5, { a: 5, b: 2, c: 2, d: 5 }],
  ['earlier', 1, { a: 1, b: 1, c: 1, d: 1 }],
])('jobs that are added again %s, in one statement: those that replace are moved, the others come no later', async (_, again, hours) => {
  // Not in the order of their keys, in which they are added.
  const modes: readonly Partial<JobRequest>[] = [
    { key: 'd', mode: 'replace' },
    { key: 'b' },
    { key: 'a', mode: 'replace' },
    { key: 'c', mode: 'earliest' },
  ];
  const job = { task: 'expand', key: '', mailingId: '1' } as const;
  await addJobs(
    database,
    modes.map(({ key = '' }) => ({ ...job, key, runAt: inHours(2) })),
  );
  await addJobs(
    database,
    modes.map((mode) => ({ ...job, ...mode, runAt: inHours(again) })),
  );
  const waiting = await waitingJobs(db.pool);
  expect(Object.fromEntries(waiting.map(({ key, inSeconds }) => [key, Math.round(inSeconds / 3_600)]))).toEqual(hours);
});
