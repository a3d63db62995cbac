// Messages of mailings that ended long ago go, and nothing that is told about the mailings becomes untrue.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { beginRemoval, endRemoval, hasMessagesToRemove, removeMessages } from '../../src/database/retention-queries.ts';
import { armFailpoints } from '../../src/failpoints.ts';
import { makeMessageRemoval } from '../../src/operations/remove-old-messages.ts';
import type { MessageRemoval } from '../../src/operations/remove-old-messages.ts';
import { makeRetryMessages } from '../../src/operations/retry-messages.ts';
import { openCsvDoor } from '../support/csv-door.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { addMailing, clearEngine, countsOf, first, waitingJobs } from '../support/engine-seed.ts';
import { openGraphqlApi } from '../support/graphql-api.ts';
import type { GraphqlApi } from '../support/graphql-api.ts';
import { removeWhole } from '../support/remove-whole.ts';
import { storeClient } from '../support/stored-rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let engine: Engine;
let api: GraphqlApi;

beforeAll(async () => {
  db = await createTestDatabase();
  engine = await startEngine(db.url);
  api = await openGraphqlApi({ url: db.url });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
  await db.drop();
});
beforeEach(async () => {
  await clearEngine(db.pool);
  engine.lines.length = 0;
});
afterEach(() => armFailpoints([]));

const removal = (days: number | null): MessageRemoval => makeMessageRemoval({ ...engine, days });

interface Ended {
  readonly daysAgo: number;
  readonly sent?: number;
  readonly failed?: number;
  readonly status?: 'COMPLETED' | 'CANCELLED';
  readonly clientId?: string;
}

/** A mailing that ended so long ago, its period not over, with an attempt for each message that failed. */
async function addEnded({ daysAgo, sent = 2, failed = 1, status = 'COMPLETED', clientId }: Ended): Promise<string> {
  const id = await addMailing(db.pool, { status, endsInMs: 365 * 86_400_000 });
  await db.pool.query(
    `with m as (
       insert into message (mailing_id, client_id, phone, status, finished_at, attempts, error_code, error_message, error_at)
       select $1::bigint, case when n = 1 then $4::bigint end, case when n = 1 and $4::bigint is not null then 79000000000 end, case when n <= $3::int then 'FAILED' else 'SENT' end::message_status, instant_now(), 1,
         case when n <= $3::int then 'REJECTED' end, case when n <= $3::int then 'no' end, case when n <= $3::int then instant_now() end
       from generate_series(1, $2::int + $3::int) n returning id, status
     )
     insert into message_attempt (message_id, mailing_id, attempt, outcome, code, message, latency_ms)
     select id, $1::bigint, 1, 'refused', 'REJECTED', 'no', 1 from m where status = 'FAILED'`,
    [id, sent, failed, clientId ?? null],
  );
  await db.pool.query('update mailing_statistics set total = $2::int + $3::int, sent = $2, failed = $3 where mailing_id = $1', [
    id,
    sent,
    failed,
  ]);
  await db.pool.query(`update mailing set finished_at = instant_now() - $2::float8 * interval '1 day' where id = $1`, [id, daysAgo]);
  return id;
}

async function stored(mailingId: string): Promise<{ messages: number; attempts: number }> {
  const { rows } = await db.pool.query<{ messages: number; attempts: number }>(
    `select (select count(*)::int from message where mailing_id = $1) as messages, (select count(*)::int from message_attempt where mailing_id = $1) as attempts`,
    [mailingId],
  );
  return first(rows);
}

const removeAll = async (): Promise<void> => removeWhole(engine.database, removal(30).remove, { days: 30 });

describe('removing', () => {
  test('takes messages and attempts of mailings that ended longer ago than the days, and of no others', async () => {
    const [old, cancelled] = [await addEnded({ daysAgo: 30.1 }), await addEnded({ daysAgo: 40, status: 'CANCELLED' })];
    const young = await addEnded({ daysAgo: 29.9 });
    const running = await addMailing(db.pool);
    await db.pool.query(
      'insert into message (mailing_id, client_id, phone, status, finished_at) values ($1, 1, 79000000000, $2, instant_now())',
      [running, 'SENT'],
    );
    await removeAll();
    expect([await stored(old), await stored(cancelled)]).toEqual([
      { messages: 0, attempts: 0 },
      { messages: 0, attempts: 0 },
    ]);
    expect([await stored(young), await stored(running)]).toMatchObject([{ messages: 3, attempts: 1 }, { messages: 1 }]);
    expect(await countsOf(db.pool, old)).toMatchObject({ total: 3, sent: 2, failed: 1 });
    expect(engine.lines.filter(({ event }) => event === 'messages-removed').map(({ mailingId }) => mailingId)).toEqual([cancelled, old]);
  });

  test('again finds nothing to do, and asks for no job', async () => {
    await addEnded({ daysAgo: 31 });
    const { remove, keepJob } = removal(30);
    await keepJob();
    expect(await waitingJobs(db.pool)).toEqual([{ key: 'remove', inSeconds: 0 }]);
    await db.pool.query('delete from graphile_worker._private_jobs');
    await removeAll();
    await db.pool.query('delete from graphile_worker._private_jobs');
    await remove();
    await keepJob();
    expect(await waitingJobs(db.pool)).toEqual([]);
    expect(engine.lines.filter(({ event }) => event === 'messages-removed')).toHaveLength(1);
  });

  test('without days removes nothing, and yet ends what was begun with some', async () => {
    const [begun, other] = [await addEnded({ daysAgo: 900 }), await addEnded({ daysAgo: 800 })];
    expect(await beginRemoval(engine.database, 30)).toBe(begun);
    await removal(null).remove();
    expect([await stored(begun), await stored(other)]).toMatchObject([{ messages: 0 }, { messages: 3 }]);
  });

  test('that ends in the middle is gone on with, and what it left is in no answer meanwhile', async () => {
    const id = await addEnded({ daysAgo: 31, sent: 4_500, failed: 500 });
    armFailpoints([{ name: 'mid-removal', phone: null, action: 'throw', pass: 2 }]);
    await expect(removeAll()).rejects.toThrow('failpoint mid-removal');
    armFailpoints([]);
    expect((await stored(id)).messages).toBe(1_000);
    const { data } = await api.ask('query ($id: ID!) { mailing(id: $id) { messages { totalCount nodes { id } } errors { code } } }', {
      id,
    });
    expect(data.mailing).toEqual({ messages: { totalCount: 0, nodes: [] }, errors: [] });
    await removeAll();
    expect(await stored(id)).toEqual({ messages: 0, attempts: 0 });
    expect((await db.pool.query('select from mailing where removing_messages')).rowCount).toBe(0);
  });

  test('leaves its place after a while, with a job for the rest', async () => {
    await addEnded({ daysAgo: 31, sent: 5_000 });
    await removal(30).remove(AbortSignal.abort());
    const { rows } = await db.pool.query(
      "select key, run_at - created_at >= interval '0.9 seconds' as waits from graphile_worker.jobs where key = 'remove'",
    );
    expect(rows).toEqual([{ key: 'remove', waits: true }]);
  });

  test('passes by messages that somebody holds, and waits for nobody', async () => {
    const id = await addEnded({ daysAgo: 31, sent: 3, failed: 0 });
    const holder = await db.pool.connect();
    try {
      await holder.query('begin');
      await holder.query('select from message where id = (select min(id) from message where mailing_id = $1) for update', [id]);
      await beginRemoval(engine.database, 30);
      expect([await removeMessages(engine.database, id), await removeMessages(engine.database, id)]).toEqual([2, 0]);
      expect(await endRemoval(engine.database, id)).toBe(false);
    } finally {
      await holder.query('commit');
      holder.release();
    }
    await removal(30).remove();
    expect((await stored(id)).messages).toBe(0);
  });

  test('by two workers at once removes everything once', async () => {
    const ids = [await addEnded({ daysAgo: 31, sent: 4_000 }), await addEnded({ daysAgo: 32, sent: 4_000 })];
    await Promise.all([removal(30).remove(), removal(30).remove()]);
    await removeAll();
    for (const id of ids) expect(await stored(id)).toEqual({ messages: 0, attempts: 0 });
  });
});

describe('a deleted mailing', () => {
  test('goes in bounded chunks, and one that ends in the middle is gone on with', async () => {
    const [id, other] = [await addEnded({ daysAgo: 1, sent: 4_500, failed: 500 }), await addEnded({ daysAgo: 1 })];
    await db.pool.query('update mailing set deleted_at = instant_now() where id = $1', [id]);
    await engine.finish(id);
    expect((await stored(id)).messages).toBe(5_000);
    armFailpoints([{ name: 'mid-removal', phone: null, action: 'throw', pass: 1 }]);
    await expect(engine.remove()).rejects.toThrow('failpoint mid-removal');
    expect((await stored(id)).messages).toBe(3_000);
    armFailpoints([]);
    await engine.reconcile();
    expect((await waitingJobs(db.pool)).map(({ key }) => key)).toContain('remove');
    while ((await stored(id)).messages > 0) await engine.remove();
    await engine.remove();
    const { rows } = await db.pool.query('select id::text from mailing');
    expect([rows, await stored(id), (await stored(other)).messages]).toEqual([[{ id: other }], { messages: 0, attempts: 0 }, 3]);
  });

  test('removed by several workers at once leaves nothing behind', async () => {
    const id = await addEnded({ daysAgo: 1, sent: 6_500 });
    await db.pool.query('update mailing set deleted_at = instant_now() where id = $1', [id]);
    const work = async (): Promise<void> => {
      await engine.finish(id);
      await engine.remove();
    };
    await Promise.all([work(), work(), work()]);
    while ((await db.pool.query('select from mailing where id = $1', [id])).rows.length > 0) await engine.remove();
    expect(await stored(id)).toEqual({ messages: 0, attempts: 0 });
  });

  test('stays while one of its messages is held by somebody', async () => {
    const id = await addEnded({ daysAgo: 1 });
    await db.pool.query('update mailing set deleted_at = instant_now() where id = $1', [id]);
    await engine.finish(id);
    const holder = await db.pool.connect();
    try {
      await holder.query('begin');
      await holder.query('select from message where id = (select min(id) from message where mailing_id = $1) for update', [id]);
      await engine.remove(AbortSignal.abort());
      await engine.remove(AbortSignal.abort());
      expect((await db.pool.query('select from mailing where id = $1', [id])).rows).toHaveLength(1);
    } finally {
      await holder.query('commit');
      holder.release();
    }
    await engine.remove();
    expect([(await stored(id)).messages, (await db.pool.query('select from mailing where id = $1', [id])).rows]).toEqual([0, []]);
  });

  test('goes before those that are old', async () => {
    const [old, id] = [await addEnded({ daysAgo: 31 }), await addEnded({ daysAgo: 1 })];
    await beginRemoval(engine.database, 30);
    await db.pool.query('update mailing set deleted_at = instant_now() where id = $1', [id]);
    await engine.finish(id);
    await engine.remove(AbortSignal.abort());
    expect([(await stored(id)).messages, (await stored(old)).messages]).toEqual([0, 3]);
  });

  test('whose messages were being removed for their age goes, too', async () => {
    const id = await addEnded({ daysAgo: 31 });
    await beginRemoval(engine.database, 30);
    await removeMessages(engine.database, id);
    await db.pool.query('update mailing set deleted_at = instant_now() where id = $1', [id]);
    expect(await endRemoval(engine.database, id)).toBe(false);
    await engine.finish(id);
    await engine.remove();
    expect((await db.pool.query('select from mailing where id = $1', [id])).rows).toEqual([]);
  });
});

describe('what is told of a mailing without its messages', () => {
  test('is that they are removed, and what they had come to', async () => {
    const clientId = await storeClient(db.pool);
    const [id, kept] = [await addEnded({ daysAgo: 31, clientId }), await addEnded({ daysAgo: 1, clientId })];
    const { rows } = await db.pool.query<{ id: string }>('select id::text from message where mailing_id = $1 order by id', [id]);
    await beginRemoval(engine.database, 30);
    const { data, errors } = await api.ask(
      `query ($id: ID!, $kept: ID!, $message: ID!, $client: ID!) {
        mailing(id: $id) { status messagesRemovedAt statistics { total sent failed } errors { code } messages { totalCount nodes { id } } failed: messages(where: { statuses: [FAILED] }) { totalCount nodes { id } } }
        kept: mailing(id: $kept) { messagesRemovedAt messages { totalCount nodes { id } } }
        messages(where: { mailingId: $id }) { totalCount nodes { id } }
        everything: messages { totalCount nodes { mailing { id } } }
        failures: messages(where: { statuses: [FAILED] }) { totalCount nodes { mailing { id } } }
        message(id: $message) { id }
        client(id: $client) { messages { totalCount nodes { mailing { id } } } }
      }`,
      { id, kept, message: first(rows).id, client: clientId },
    );
    expect(errors).toEqual([]);
    const none = { totalCount: 0, nodes: [] };
    expect(data.mailing).toMatchObject({
      status: 'COMPLETED',
      statistics: { total: 3, sent: 2, failed: 1 },
      errors: [],
      messages: none,
      failed: none,
    });
    expect(Date.parse(data.mailing.messagesRemovedAt)).toBeGreaterThan(Date.now() - 60_000);
    expect(data.kept).toMatchObject({ messagesRemovedAt: null, messages: { totalCount: 3 } });
    expect([data.messages, data.message]).toEqual([none, null]);
    expect(data.everything).toEqual({ totalCount: 3, nodes: Array.from({ length: 3 }, () => ({ mailing: { id: kept } })) });
    expect(data.failures).toEqual({ totalCount: 1, nodes: [{ mailing: { id: kept } }] });
    expect(data.client.messages).toEqual({ totalCount: 1, nodes: [{ mailing: { id: kept } }] });
  });

  test('is no fault to the audit of counters', async () => {
    await addEnded({ daysAgo: 31 });
    await removal(30).remove();
    await engine.reconcile();
    await engine.reconcile();
    expect(engine.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('is that there is nothing to retry', async () => {
    const id = await addEnded({ daysAgo: 31 });
    await beginRemoval(engine.database, 30);
    expect(await makeRetryMessages(engine)(id, ['FAILED'])).toEqual({
      ok: false,
      errors: [
        {
          code: 'MAILING_FINISHED',
          field: ['mailingId'],
          message: 'its messages have been removed (RETENTION_DAYS): there is nothing to retry',
        },
      ],
    });
  });

  test('is 410 for its CSV, with the reason', async () => {
    await using door = await openCsvDoor(db.url);
    const id = await addEnded({ daysAgo: 31 });
    await beginRemoval(engine.database, 30);
    const answer = await fetch(`${door.url}/mailings/${id}/messages.csv`);
    expect(answer.status).toBe(410);
    expect(await answer.json()).toMatchObject({
      errors: [
        {
          message: expect.stringMatching(/^The messages of this mailing were removed at .* \(RETENTION_DAYS\); its statistics remain\.$/),
          extensions: { code: 'MESSAGES_REMOVED' },
        },
      ],
    });
  });
});

test('a retry that comes first keeps the messages: the mailing has not ended any more', async () => {
  const clientId = await storeClient(db.pool);
  const id = await addEnded({ daysAgo: 31, clientId });
  expect(await makeRetryMessages(engine)(id, ['FAILED'])).toMatchObject({ ok: true, value: { retried: 1 } });
  expect(await beginRemoval(engine.database, 30)).toBeNull();
});

test('what is to be removed is found and removed by indexes, among many mailings that keep theirs or have none left', async () => {
  await db.pool.query(`
    insert into mailing (text, starts_at, ends_at, status, started_at, finished_at, expansion_ceiling, expanded_at, messages_removed_at)
      select 'x', '2020-01-01Z', '2030-01-01Z', 'COMPLETED', now(), now() - n * interval '1 hour', 0, now(), case when n > 720 then now() end from generate_series(1, 30000) n;
    insert into mailing_statistics (mailing_id, total, sent) select id, 1, 1 from mailing;
    insert into message (mailing_id, client_id, phone, status, finished_at) select 1 + n % 100, n, 79000000000 + n, 'SENT', now() from generate_series(1, 100000) n;`);
  await db.pool.query('vacuum analyze mailing, mailing_statistics, message, message_attempt');
  const whole: string[] = [];
  const explaining = {
    rows: async <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
      for (const [explain, given] of [
        ['explain', values],
        ['explain (generic_plan)', []],
      ] as const) {
        const { rows } = await db.pool.query<Record<string, string>>(`${explain} ${text}`, [...given]);
        whole.push(
          ...rows.map((row) => String(row['QUERY PLAN'])).filter((line) => /Seq Scan on (mailing|message|mailing_statistics)\b/.test(line)),
        );
      }
      return [];
    },
  };
  await hasMessagesToRemove(explaining, 30);
  await beginRemoval(explaining, 30);
  await removeMessages(explaining, '7');
  expect(whole).toEqual([]);
});
