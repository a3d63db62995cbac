// PostgreSQL lives but gives little: no connection is free, rows are locked for long, transactions are refused. Mailings wait and go on.
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectDelivered, repeatedIds, startDatabaseStage } from '../support/database-stage.ts';
import type { DatabaseStage } from '../support/database-stage.ts';
import { eventually } from '../support/eventually.ts';
import { postGraphql } from '../support/graphql-client.ts';
import { addClients, createMailing, readStatistics } from '../support/scenario.ts';
import { accept } from '../support/stub-behaviours.ts';

const clients = 3_000;
const idleSessions = 300;
let stage: DatabaseStage;

beforeAll(async () => {
  // Room for the idle sessions and a few of the service's connections: once those are cut, most of them find no place.
  stage = await startDatabaseStage({
    parameters: { max_connections: String(idleSessions + 30) },
    env: { LEASE_SECONDS: '15', PROVIDER_TIMEOUT_MS: '20000' },
  });
  await addClients(stage.pool, clients);
});
afterAll(async () => stage?.[Symbol.asyncDispose]());
beforeEach(() => stage.stub.behave(() => accept({ delayMs: 70 })));

async function midway(text: string): Promise<string> {
  const id = await createMailing(stage.api, { text });
  await eventually(async () => (await readStatistics(stage.api, id)).sent > 300, { timeoutMs: 60_000 });
  return id;
}

/** A session of the test's own that ends with it. */
async function openSession(): Promise<pg.Client & AsyncDisposable> {
  const session = new pg.Client({ connectionString: stage.databaseUrl, application_name: stage.name });
  session.on('error', () => undefined);
  await session.connect();
  return Object.assign(session, { [Symbol.asyncDispose]: async () => session.end() });
}

describe('no connection is to be had', () => {
  test('300 idle sessions take every place: callers read SERVICE_UNAVAILABLE, and when they leave, the mailing is delivered whole', async () => {
    const text = 'exhausted';
    const id = await midway(text);
    const sessions: (pg.Client & AsyncDisposable)[] = [];
    try {
      // Each place that the service loses is taken before it comes back.
      for (let refused = 0; refused < 20;) {
        await stage.cutConnections();
        const opened = await Promise.allSettled(Array.from({ length: 10 }, openSession));
        for (const session of opened) if (session.status === 'fulfilled') sessions.push(session.value);
        refused += opened.filter(({ status }) => status === 'rejected').length;
      }
      expect(sessions.length).toBeGreaterThanOrEqual(idleSessions);
      const words: string[] = [];
      await eventually(async () => {
        const answers = await Promise.all(
          Array.from({ length: 10 }, async () => postGraphql(stage.api.url, '{ clients(first: 1) { totalCount } }')),
        );
        const errors = answers.flatMap((answer) => answer.errors ?? []);
        words.push(...errors.map((error) => error.message));
        return errors.some((error) => error.extensions?.code === 'SERVICE_UNAVAILABLE');
      });
      expect(words.join()).not.toMatch(/too many|connection|client/i);
    } finally {
      await Promise.all(sessions.map(async (session) => session.end()));
    }
    await expectDelivered(stage, id, text, clients);
    expect(repeatedIds(stage.requestsFor(text))).toEqual([]);
  });
});

describe('a long transaction', () => {
  test('that holds the counters of a mailing: sending pauses instead of piling up, others go on, and nothing is asked twice', async () => {
    const text = 'locked';
    const id = await midway(text);
    await using session = await openSession();
    await session.query('begin');
    await session.query('select from mailing_statistics where mailing_id = $1 for update', [id]);
    const other = await createMailing(stage.api, { text: 'beside the lock' });
    await expectDelivered(stage, other, 'beside the lock', clients);
    // Past the lease of 15 s: what waits to be settled stays with its holder.
    await new Promise((resolve) => setTimeout(resolve, 16_000));
    expect((await readStatistics(stage.api, id)).mailingStatus).toBe('RUNNING');
    await session.query('rollback');
    await expectDelivered(stage, id, text, clients);
    expect(repeatedIds(stage.requestsFor(text))).toEqual([]);
  });

  test('that only reads, held open from before the mailing to after it, changes nothing', async () => {
    await using session = await openSession();
    await session.query('begin isolation level repeatable read');
    await session.query('select count(*) from message');
    stage.stub.behave(() => accept());
    const id = await createMailing(stage.api, { text: 'old snapshot' });
    await expectDelivered(stage, id, 'old snapshot', clients);
    expect(repeatedIds(stage.requestsFor('old snapshot'))).toEqual([]);
    await session.query('rollback');
  });
});

describe('a transaction that PostgreSQL rolls back', () => {
  test.each([
    ['40001', 'serialization failure'],
    ['40P01', 'deadlock'],
  ])('with SQLSTATE %s (%s), while settling and while people change things, runs again', async (code) => {
    const text = `rolled back ${code}`;
    // Every third write of messages, and every fourth one of a mailing, is refused.
    await stage.pool.query(`
      create sequence message_writes;
      create sequence mailing_writes;
      create function refuse() returns trigger language plpgsql as $$
      begin
        if nextval(tg_argv[0]) % tg_argv[1]::int = 0 then raise exception 'planted' using errcode = '${code}'; end if;
        return null;
      end $$;
      create trigger refused after update on message for each statement execute function refuse('message_writes', 3);
      create trigger refused after update on mailing for each statement execute function refuse('mailing_writes', 4);`);
    try {
      const id = await midway(text);
      for (const field of ['pauseMailing', 'resumeMailing']) {
        const answer = await postGraphql<Record<string, { userErrors: unknown[] }>>(
          stage.api.url,
          `mutation ($id: ID!) { ${field}(id: $id) { userErrors { code } } }`,
          { id },
        );
        expect(answer).toMatchObject({ errors: undefined, data: { [field]: { userErrors: [] } } });
      }
      await expectDelivered(stage, id, text, clients);
      expect(repeatedIds(stage.requestsFor(text))).toEqual([]);
      const { rows } = await stage.pool.query<{ writes: number }>('select last_value::int as writes from message_writes');
      expect(rows[0]?.writes).toBeGreaterThan(9);
    } finally {
      await stage.pool.query(
        'drop trigger refused on message; drop trigger refused on mailing; drop function refuse; drop sequence message_writes, mailing_writes',
      );
    }
  });

  test('in a real deadlock against the settling worker, ends with everything delivered', async () => {
    const text = 'deadlocked';
    const id = await midway(text);
    await stage.pool.query("alter system set deadlock_timeout = '50ms'");
    await stage.pool.query('select pg_reload_conf()');
    const deadlocks = async (): Promise<number> => {
      const { rows } = await stage.pool.query<{ n: number }>(
        'select deadlocks::int as n from pg_stat_database where datname = current_database()',
      );
      return rows[0]?.n ?? 0;
    };
    const before = await deadlocks();
    await using session = await openSession();
    await eventually(async () => {
      // The wrong order on purpose: the counters first, then the batches that settling holds.
      await session.query('begin');
      await session.query('select from mailing_statistics where mailing_id = $1 for update', [id]);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await session.query('select from batch where mailing_id = $1 order by id for update', [id]).catch(() => undefined);
      await session.query('rollback');
      return (await deadlocks()) > before;
    });
    await expectDelivered(stage, id, text, clients);
    expect(repeatedIds(stage.requestsFor(text))).toEqual([]);
  });
});
