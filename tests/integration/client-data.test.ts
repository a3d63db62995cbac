// What is stored about one person: written out whole when they ask, and gone when they want it gone.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { leaseBatch } from '../../src/database/batch-queries.ts';
import { settleMixed } from '../../src/database/settle-queries.ts';
import { addMailing, clearEngine, faultsOfCounters, first, given } from '../support/engine-seed.ts';
import { startGuardedApi } from '../support/guarded-api.ts';
import type { GuardedApi } from '../support/guarded-api.ts';
import { openOperations, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
import { run } from '../support/planted-project.ts';
import { addMessages } from '../support/seed.ts';
import { outcome } from '../support/settling.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { signToken } from '../support/tokens.ts';

const program = fileURLToPath(new URL('../../scripts/client.ts', import.meta.url));
const phone = '79161234567';
let db: TestDatabase;
let operations: OpenedOperations;
let api: GuardedApi;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-client-'));
  db = await createTestDatabase();
  operations = await openOperations(db.url);
  api = await startGuardedApi(db.url);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await operations[Symbol.asyncDispose]();
  await db.drop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await clearEngine(db.pool);
  await db.pool.query('truncate idempotency_key');
});

async function addPerson(): Promise<string> {
  return valueOf(await operations.createClient({ phone, tag: 'gold', timeZone: 'Europe/Moscow' }, 'key-1')).id;
}

/** A message to them that the provider refused, in words of its own. */
async function refuseOne(clientId: string): Promise<{ readonly mailingId: string; readonly messageId: string }> {
  const mailingId = await addMailing(db.pool, { text: 'For you' });
  const {
    messageIds: [messageId],
  } = await addMessages(db.pool, mailingId, [clientId]);
  const batch = given(await leaseBatch(operations.database, mailingId, 60_000, 500));
  await settleMixed(
    operations.database,
    batch,
    [outcome(messageId, 'refused', { code: 'REJECTED', message: 'Ivan of 7916 is unknown' })],
    60_000,
  );
  return { mailingId, messageId: given(messageId) };
}

/** Every row of the database, as text, but for what PostgreSQL keeps for itself. */
async function everythingStored(): Promise<string> {
  const { rows } = await db.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'graphile_worker')`,
  );
  const texts = await Promise.all(rows.map(async ({ name }) => JSON.stringify((await db.pool.query(`select * from ${name}`)).rows)));
  return texts.join('\n');
}

describe('an export', () => {
  test('has the client, every message with what was sent, and every attempt', async () => {
    const id = await addPerson();
    const { mailingId, messageId } = await refuseOne(id);
    const { code, stdout } = await run(folder, process.execPath, [program, 'export', '--id', id], { DATABASE_URL: db.url });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      client: {
        id,
        phone,
        operatorCode: '916',
        tag: 'gold',
        timeZone: 'Europe/Moscow',
        optedOutAt: null,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
        version: 1,
      },
      messages: [
        {
          id: messageId,
          mailingId,
          clientId: id,
          phone,
          status: 'FAILED',
          attempts: 1,
          createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
          dueAt: null,
          finishedAt: expect.any(String),
          errorCode: 'REJECTED',
          errorMessage: 'Ivan of 7916 is unknown',
          errorAt: expect.any(String),
          text: 'For you',
          attemptLog: [
            {
              attempt: 1,
              at: expect.any(String),
              outcome: 'refused',
              code: 'REJECTED',
              message: 'Ivan of 7916 is unknown',
              httpStatus: 500,
              latencyMs: 12,
            },
          ],
        },
      ],
    });
  });

  test('over HTTP is the same, for operators and admins, and is logged by id', async () => {
    const id = await addPerson();
    await refuseOne(id);
    const get = async (role: string | null, path = `/clients/${id}/export.json`): Promise<Response> =>
      fetch(`${api.url}${path}`, { headers: role === null ? {} : { authorization: `Bearer ${await signToken({ role })}` } });
    expect([(await get(null)).status, (await get('viewer')).status, (await get('admin')).status]).toEqual([401, 403, 200]);
    const answer = await get('operator');
    expect([answer.headers.get('content-type'), answer.headers.get('content-disposition'), answer.headers.get('cache-control')]).toEqual([
      'application/json; charset=utf-8',
      `attachment; filename="client-${id}.json"`,
      'no-store',
    ]);
    const program_ = await run(folder, process.execPath, [program, 'export', '--phone', '+7 (916) 123-45-67'], { DATABASE_URL: db.url });
    expect(await answer.text()).toBe(program_.stdout);
    expect(api.logLines).toContainEqual(expect.objectContaining({ operation: 'exportClient', clientId: id, role: 'operator' }));
    expect(JSON.stringify(api.logLines)).not.toContain(phone);
    expect([(await get('operator', '/clients/999/export.json')).status, (await get('operator', '/clients/x/export.json')).status]).toEqual([
      404, 404,
    ]);
    expect((await get('operator', `/clients/${id}/export.json?x=1`)).status).toBe(400);
  });

  test('of somebody with more messages than fit into one page has all of them, each once', async () => {
    const id = await addPerson();
    await db.pool.query(
      `with m as (
         insert into mailing (text, starts_at, ends_at, status, started_at, expansion_ceiling, expanded_at)
         select 'n' || n, now(), now() + interval '1 day', 'RUNNING', now(), 0, now() from generate_series(1, 1201) n returning id
       )
       insert into message (mailing_id, client_id, phone, status, finished_at) select id, $1::bigint, $2::bigint, 'SENT', now() from m`,
      [id, phone],
    );
    const { stdout } = await run(folder, process.execPath, [program, 'export', '--id', id], { DATABASE_URL: db.url });
    const { messages } = JSON.parse(stdout) as { readonly messages: readonly { readonly id: string }[] };
    expect(messages).toHaveLength(1_201);
    expect(new Set(messages.map((message) => message.id)).size).toBe(1_201);
  });

  test('of somebody without messages is whole', async () => {
    const id = await addPerson();
    const { stdout } = await run(folder, process.execPath, [program, 'export', '--id', id], { DATABASE_URL: db.url });
    expect(JSON.parse(stdout)).toMatchObject({ client: { id }, messages: [] });
  });
});

describe('an erasure', () => {
  test('leaves no phone and no words about them in any table, and every count as it was', async () => {
    const id = await addPerson();
    const { messageId } = await refuseOne(id);
    const before = await everythingStored();
    expect([before.includes(phone), before.includes('Ivan')]).toEqual([true, true]);
    const { code, stderr } = await run(folder, process.execPath, [program, 'erase', '--phone', phone], { DATABASE_URL: db.url });
    expect([code, stderr]).toEqual([0, `Client ${id} is erased.\n`]);
    const after = await everythingStored();
    expect([after.includes(phone), after.includes('Ivan'), after.includes('gold')]).toEqual([false, false, false]);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
    const { rows } = await db.pool.query('select status, client_id, phone, error_code, error_message from message where id = $1', [
      messageId,
    ]);
    expect(rows).toEqual([{ status: 'FAILED', client_id: null, phone: null, error_code: 'REJECTED', error_message: '[erased]' }]);
  });

  test('takes what the client was created with from its idempotency key, which stays used up', async () => {
    const id = await addPerson();
    valueOf(await operations.deleteClient(id));
    const { rows } = await db.pool.query<{ hash: string }>('select request_hash as hash from idempotency_key');
    expect(rows).toEqual([{ hash: '' }]);
    expect(await operations.createClient({ phone, tag: 'gold', timeZone: 'Europe/Moscow' }, 'key-1')).toMatchObject({
      ok: false,
      errors: [{ code: 'NOT_FOUND', field: ['idempotencyKey'] }],
    });
  });

  test.each(['refused', 'retry', 'held'] as const)('while a request is in flight keeps nothing of its answer (%s)', async (kind) => {
    const id = await addPerson();
    const mailingId = await addMailing(db.pool);
    const {
      messageIds: [messageId],
    } = await addMessages(db.pool, mailingId, [id]);
    const batch = given(await leaseBatch(operations.database, mailingId, 60_000, 500));
    valueOf(await operations.deleteClient(id));
    await settleMixed(operations.database, batch, [outcome(messageId, kind, { message: 'Ivan is unknown' })], 60_000);
    expect((await everythingStored()).includes('Ivan')).toBe(false);
    expect(await faultsOfCounters(db.pool)).toEqual([]);
    const { rows } = await db.pool.query<{ status: string; words: string | null }>('select status, error_message as words from message');
    // A definite outcome is true, whoever it was about.
    expect(first(rows)).toEqual(kind === 'refused' ? { status: 'FAILED', words: '[erased]' } : { status: 'CANCELLED', words: null });
  });
});

test.each([
  [['export'], 2, '--id or --phone says which client, one of them'],
  [['export', '--id', '1', '--phone', phone], 2, '--id or --phone says which client, one of them'],
  [['show', '--id', '1'], 2, 'the first word must be export or erase'],
  [['erase', '--id', '0x1'], 2, '--id must be the id of a client'],
  [['export', '--phone', '12'], 2, '--phone must be 11 digits beginning with 7'],
  [['export', '--id', '987654'], 1, 'There is no such client.'],
] as const)('npm run client -- %j is refused in words', async (args, code, words) => {
  const answer = await run(folder, process.execPath, [program, ...args], { DATABASE_URL: db.url });
  expect([answer.code, answer.stdout, answer.stderr]).toEqual([code, '', expect.stringContaining(words)]);
});
