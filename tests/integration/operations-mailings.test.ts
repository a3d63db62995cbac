// Pausing, resuming, cancelling and deleting mailings: what they leave in the tables and in the job queue.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findMailing } from '../../src/database/mailing-queries.ts';
import { readStatistics, readTotals } from '../../src/database/statistics-queries.ts';
import type { Result } from '../../src/domain/errors.ts';
import type { MailingStatus } from '../../src/domain/mailing.ts';
import type { NewMailingInput } from '../../src/domain/mailing.ts';
import { eventually } from '../support/eventually.ts';
import { addMailing, clearEngine, countsOf, faultsOfCounters, given, statusOf } from '../support/engine-seed.ts';
import { errorsOf, openOperations, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
import {
  addMessages,
  batchesOf,
  inTheWay,
  jobsOf,
  messagesOf,
  removeJobs,
  statisticsVersion,
  stopClock,
  storeClients,
} from '../support/seed.ts';
import { leaseBatch, releaseBatch } from '../../src/database/batch-queries.ts';
import { settleAccepted } from '../../src/database/settle-queries.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: OpenedOperations;

const now = '2026-03-10T12:00:00Z';
const nowAt = Date.parse(now);
const hour = 3_600_000;
const hourly: NewMailingInput = { text: 'Hello', startsAt: nowAt + hour, endsAt: nowAt + 2 * hour };

beforeAll(async () => {
  db = await createTestDatabase();
  api = await openOperations(db.url);
});
beforeEach(async () => {
  await clearEngine(db.pool);
  await stopClock(db.pool, now);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});

type Verb = 'pauseMailing' | 'resumeMailing' | 'cancelMailing' | 'deleteMailing';

describe('in every status', () => {
  const outcomes: readonly (readonly [Verb, MailingStatus, string])[] = [
    ['pauseMailing', 'SCHEDULED', 'NOT_RUNNING id'],
    ['pauseMailing', 'RUNNING', 'PAUSED'],
    ['pauseMailing', 'PAUSED', 'NOT_RUNNING id'],
    ['pauseMailing', 'COMPLETED', 'MAILING_FINISHED id'],
    ['pauseMailing', 'CANCELLED', 'MAILING_FINISHED id'],
    ['resumeMailing', 'SCHEDULED', 'NOT_PAUSED id'],
    ['resumeMailing', 'RUNNING', 'NOT_PAUSED id'],
    ['resumeMailing', 'PAUSED', 'RUNNING'],
    ['resumeMailing', 'COMPLETED', 'MAILING_FINISHED id'],
    ['resumeMailing', 'CANCELLED', 'MAILING_FINISHED id'],
    ['cancelMailing', 'SCHEDULED', 'CANCELLED'],
    ['cancelMailing', 'RUNNING', 'CANCELLED'],
    ['cancelMailing', 'PAUSED', 'CANCELLED'],
    ['cancelMailing', 'COMPLETED', 'MAILING_FINISHED id'],
    ['cancelMailing', 'CANCELLED', 'MAILING_FINISHED id'],
    ['deleteMailing', 'SCHEDULED', 'CANCELLED'],
    ['deleteMailing', 'RUNNING', 'CANCELLED'],
    ['deleteMailing', 'PAUSED', 'CANCELLED'],
    ['deleteMailing', 'COMPLETED', 'COMPLETED'],
    ['deleteMailing', 'CANCELLED', 'CANCELLED'],
  ];

  test.each(outcomes)('%s of a %s mailing: %s', async (verb, status, expected) => {
    const id = await addMailing(db.pool, { status });
    const [before, version] = [given(await findMailing(api.database, id)), await statisticsVersion(db.pool, id)];
    const result: Result<unknown> = await api[verb](id);
    if (expected.includes(' ')) {
      expect(errorsOf(result)).toEqual([expected]);
      expect(await findMailing(api.database, id)).toEqual(before);
      expect(await statisticsVersion(db.pool, id)).toBe(version);
      expect(await jobsOf(db.pool, id)).toEqual({});
      return;
    }
    expect(await statusOf(db.pool, id)).toBe(expected);
    // Subscribers see the status with the statistics: it is a new version of them.
    expect(await statisticsVersion(db.pool, id)).toBeGreaterThan(version);
    await eventually(() => api.heard.has(id));
    if (verb === 'deleteMailing') {
      expect(valueOf(result)).toEqual({ deletedId: id });
      expect(await findMailing(api.database, id)).toBeNull();
      return;
    }
    const after = given(await findMailing(api.database, id));
    expect(valueOf(result)).toEqual(after);
    expect(after).toMatchObject({
      status: expected,
      version: before.version + 1,
      updatedAt: nowAt,
      finishedAt: expected === 'CANCELLED' ? nowAt : null,
    });
  });

  test.each(['pauseMailing', 'resumeMailing', 'cancelMailing', 'deleteMailing'] as const)(
    '%s of what is not there: NOT_FOUND',
    async (verb) => {
      const deleted = await addMailing(db.pool, { status: 'CANCELLED', deleted: true });
      for (const id of [deleted, '123456789', '0', 'x', '9223372036854775808'])
        expect(errorsOf(await api[verb](id))).toEqual(['NOT_FOUND id']);
    },
  );

  test('of two people who pause, resume, cancel or delete at once, one does', async () => {
    const starts: readonly (readonly [Verb, MailingStatus, string])[] = [
      ['pauseMailing', 'RUNNING', 'NOT_RUNNING id'],
      ['resumeMailing', 'PAUSED', 'NOT_PAUSED id'],
      ['cancelMailing', 'RUNNING', 'MAILING_FINISHED id'],
      ['deleteMailing', 'RUNNING', 'NOT_FOUND id'],
    ];
    for (const [verb, status, refusal] of starts) {
      const id = await addMailing(db.pool, { status });
      const results: Result<unknown>[] = await Promise.all([api[verb](id), api[verb](id), api[verb](id)]);
      expect(results.filter((result) => result.ok).length).toBe(1);
      for (const result of results) if (!result.ok) expect(errorsOf(result)).toEqual([refusal]);
    }
  });
});

describe('a pause', () => {
  test('keeps messages and their batches; nothing of it can be leased until it is resumed', async () => {
    const id = await addMailing(db.pool);
    await addMessages(db.pool, id, await storeClients(db.pool, 3));
    const before = await batchesOf(db.pool, id);
    valueOf(await api.pauseMailing(id));
    expect(await batchesOf(db.pool, id)).toEqual(before);
    expect(await leaseBatch(api.database, id, 60_000, 500)).toBeNull();
    valueOf(await api.resumeMailing(id));
    expect(await leaseBatch(api.database, id, 60_000, 500)).not.toBeNull();
  });

  test('does not keep the end away: what is unsent then is EXPIRED and the mailing COMPLETED', async () => {
    const id = await addMailing(db.pool, { endsInMs: hour });
    await addMessages(db.pool, id, await storeClients(db.pool, 3));
    valueOf(await api.pauseMailing(id));
    await stopClock(db.pool, '2026-03-10T13:00:00Z');
    await api.finishMailing(id);
    expect(await statusOf(db.pool, id)).toBe('COMPLETED');
    expect(await countsOf(db.pool, id)).toMatchObject({ pending: 0, expired: 3 });
  });
});

test('a resumed mailing sends, selects and ends at once what is due by then', async () => {
  const id = await addMailing(db.pool, { status: 'PAUSED' });
  valueOf(await api.resumeMailing(id));
  expect(await jobsOf(db.pool, id)).toEqual({ send: 'now', expand: 'now', finish: 'now' });
});

describe('a cancellation', () => {
  test('leaves nothing to send: unsent messages are CANCELLED by the job it adds, past ones stay', async () => {
    const id = await addMailing(db.pool);
    const clients = await storeClients(db.pool, 4);
    await addMessages(db.pool, id, clients.slice(0, 3));
    await addMessages(db.pool, id, clients.slice(3), { status: 'SENT' });
    valueOf(await api.cancelMailing(id));
    expect(await jobsOf(db.pool, id)).toEqual({ finish: 'now' });
    expect(await leaseBatch(api.database, id, 60_000, 500)).toBeNull();
    await api.finishMailing(id);
    expect(await countsOf(db.pool, id)).toEqual({ total: 4, pending: 0, sent: 1, failed: 0, expired: 0, cancelled: 3, unconfirmed: 0 });
    expect(await batchesOf(db.pool, id)).toEqual([]);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });

  test('before the start: it never starts', async () => {
    await storeClients(db.pool, 3);
    const { id } = valueOf(await api.createMailing({ ...hourly, startsAt: nowAt }, null));
    valueOf(await api.cancelMailing(id));
    await api.expandMailing(id);
    expect(await findMailing(api.database, id)).toMatchObject({ status: 'CANCELLED', startedAt: null, finishedAt: nowAt });
    expect(await messagesOf(db.pool, id)).toEqual([]);
  });

  test('while recipients are being selected: whoever comes first, the rest is CANCELLED and the counters are exact', async () => {
    for (const order of [0, 1]) {
      await clearEngine(db.pool);
      await storeClients(db.pool, 3);
      const id = await addMailing(db.pool, { status: 'SCHEDULED' });
      const steps = [async () => api.expandMailing(id), async () => api.cancelMailing(id)];
      await inTheWay(db.pool, 'select from mailing where id = $1 for update', id, order === 0 ? steps : steps.toReversed());
      await api.finishMailing(id);
      expect(await statusOf(db.pool, id)).toBe('CANCELLED');
      expect(await countsOf(db.pool, id)).toMatchObject(order === 0 ? { total: 3, cancelled: 3, pending: 0 } : { total: 0 });
      expect(await faultsOfCounters(db.pool)).toEqual([]);
    }
  });

  test('keeps the true outcome of what was under way', async () => {
    const id = await addMailing(db.pool);
    const { messageIds } = await addMessages(db.pool, id, await storeClients(db.pool, 3));
    const batch = given(await leaseBatch(api.database, id, 60_000, 500));
    valueOf(await api.cancelMailing(id));
    await api.finishMailing(id);
    await settleAccepted(api.database, batch, messageIds.slice(0, 2), 60_000);
    await releaseBatch(api.database, batch);
    await api.finishMailing(id);
    expect(await countsOf(db.pool, id)).toMatchObject({ pending: 0, sent: 2, cancelled: 1 });
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });
});

describe('a deletion', () => {
  test('takes the mailing out of every read at once, then its rows', async () => {
    const id = await addMailing(db.pool);
    await addMessages(db.pool, id, await storeClients(db.pool, 3));
    await removeJobs(db.pool);
    valueOf(await api.deleteMailing(id));
    expect(await readStatistics(api.database, [id])).toEqual([]);
    expect((await readTotals(api.database)).mailings.total).toBe(0);
    expect(await jobsOf(db.pool, id)).toEqual({ finish: 'now' });
    await api.finishMailing(id);
    await api.removeMessages();
    const { rows } = await db.pool.query(
      'select (select count(*) from mailing)::int + (select count(*) from message)::int + (select count(*) from batch)::int + (select count(*) from mailing_statistics)::int as n',
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  test('waits with the rows for what is under way', async () => {
    const id = await addMailing(db.pool);
    const { messageIds } = await addMessages(db.pool, id, await storeClients(db.pool, 2));
    const batch = given(await leaseBatch(api.database, id, 60_000, 500));
    valueOf(await api.deleteMailing(id));
    await api.finishMailing(id);
    await api.removeMessages();
    expect((await messagesOf(db.pool, id)).length).toBe(2);
    await settleAccepted(api.database, batch, messageIds, 60_000);
    await releaseBatch(api.database, batch);
    await api.finishMailing(id);
    await api.removeMessages();
    expect(await messagesOf(db.pool, id)).toEqual([]);
    expect(await statusOf(db.pool, id)).toBeNull();
  });
});

test('at the moment of the last settle, a pause or a cancellation leaves exact counters, and the mailing ends', async () => {
  for (const verb of ['pauseMailing', 'cancelMailing', 'deleteMailing'] as const) {
    for (const order of [0, 1]) {
      await clearEngine(db.pool);
      const id = await addMailing(db.pool);
      const { messageIds } = await addMessages(db.pool, id, await storeClients(db.pool, 3));
      const batch = given(await leaseBatch(api.database, id, 60_000, 500));
      const steps = [async () => settleAccepted(api.database, batch, messageIds, 60_000), async () => api[verb](id)];
      await inTheWay(
        db.pool,
        'select from mailing_statistics where mailing_id = $1 for update',
        id,
        order === 0 ? steps : steps.toReversed(),
      );
      expect(await countsOf(db.pool, id)).toMatchObject({ total: 3, sent: 3, pending: 0 });
      expect(await faultsOfCounters(db.pool)).toEqual([]);
      await releaseBatch(api.database, batch);
      await api.finishMailing(id);
      await api.removeMessages();
      expect(await statusOf(db.pool, id)).toBe(verb === 'deleteMailing' ? null : verb === 'cancelMailing' ? 'CANCELLED' : 'COMPLETED');
    }
  }
});

test('each step of a mailing’s life is a line in the log under its id', async () => {
  const { id } = valueOf(await api.createMailing(hourly, null));
  valueOf(await api.updateMailing(id, { startsAt: nowAt }, null));
  await api.expandMailing(id);
  // Without clients it is over at once; the rest of the story is another's.
  const other = await addMailing(db.pool);
  valueOf(await api.pauseMailing(other));
  valueOf(await api.resumeMailing(other));
  valueOf(await api.cancelMailing(other));
  valueOf(await api.deleteMailing(other));
  const events = (mailingId: string): unknown[] =>
    api.logLines.filter((line) => line['mailingId'] === mailingId).map((line) => line['event']);
  expect(events(id)).toEqual(['created', 'updated', 'started', 'expanded', 'completed']);
  expect(events(other)).toEqual(['paused', 'resumed', 'cancelled', 'deleted']);
});
