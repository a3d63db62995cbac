// Imports that do not come to their end: senders who hang up or dawdle, a database that goes away. What is written is whole chunks, and said.
import { request as startRequest } from 'node:http';
import type { ClientRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CHUNK_ROWS } from '../../src/operations/import-client-file.ts';
import { openCsvDoor } from '../support/csv-door.ts';
import type { CsvDoor } from '../support/csv-door.ts';
import { clearEngine } from '../support/engine-seed.ts';
import { eventually } from '../support/eventually.ts';
import { waitForLocks } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let door: CsvDoor;

beforeAll(async () => {
  db = await createTestDatabase();
  door = await openCsvDoor(db.url);
});
beforeEach(async () => await clearEngine(db.pool));
afterAll(async () => {
  await door[Symbol.asyncDispose]();
  await db.drop();
});

const phone = (n: number): string => String(79_160_000_000 + n);
const header = 'phone,operator_code,tag,time_zone\n';
const rowsFrom = (first: number, count: number): string => Array.from({ length: count }, (_, n) => `${phone(first + n)},,,UTC\n`).join('');

async function clientCount(): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>('select count(*)::int as count from client');
  return rows[0]?.count ?? 0;
}

/** A request whose body is written by hand. */
function beginImport({ url }: CsvDoor): { sender: ClientRequest; answer: Promise<{ status: number; body: unknown }> } {
  const sender = startRequest(`${url}/clients/import`, { method: 'POST', headers: { 'content-type': 'text/csv' } });
  const answer = new Promise<{ status: number; body: unknown }>((resolve, reject) => {
    sender.on('error', reject);
    sender.on('response', (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body: JSON.parse(body) }), reject);
    });
  });
  answer.catch(() => {});
  return { sender, answer };
}

describe('an import whose sender', () => {
  test('hangs up leaves what has come, and the log says how much that is', async () => {
    const { sender } = beginImport(door);
    sender.write(header + rowsFrom(0, CHUNK_ROWS + 100));
    await eventually(async () => expect(await clientCount()).toBe(CHUNK_ROWS));
    sender.destroy();
    const line = await eventually(() => {
      const found = door.logLines.find(({ event }) => event === 'clients-import-broken-off');
      expect(found).toBeDefined();
      return found;
    });
    expect(line).toMatchObject({ created: await clientCount(), failed: 0, level: 40, requestId: expect.any(String) });
    expect(line?.['lastRow']).toBe((await clientCount()) + 1);
  });

  test('is slower than the pace is answered 408 with what is written', async () => {
    await using slow = await openCsvDoor(db.url, { pace: { graceMs: 200, bytesPerSecond: 1_000_000 } });
    const { sender, answer } = beginImport(slow);
    sender.write(header + rowsFrom(0, 10));
    // The last line may go on: it is not taken.
    expect(await answer).toMatchObject({
      status: 408,
      body: { errors: [{ extensions: { code: 'REQUEST_TIMEOUT' } }], written: { created: 9, lastRow: 10 } },
    });
    expect(await clientCount()).toBe(9);
  });

  test('keeps the pace may take longer than other bodies may', async () => {
    await using patient = await openCsvDoor(db.url, { bodyMs: 100 });
    const { sender, answer } = beginImport(patient);
    sender.write(header);
    for (let n = 0; n < 5; n += 1) {
      // Slowness is what is tried here: each pause is shorter than other bodies may take, all of them together are longer.
      await delay(80);
      sender.write(rowsFrom(n, 1));
    }
    sender.end();
    expect(await answer).toMatchObject({ status: 200, body: { created: 5 } });
  });

  test('has sent on after a fault finds the answer: the rest is read and thrown away', async () => {
    const { status, body } = await door.importFile(`name\n${'x'.repeat(79)}\n`.repeat(200_000));
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, 'INVALID_HEADER']);
    expect((await door.importFile(header + rowsFrom(0, 1))).status).toBe(200);
  });
});

describe('an import whose database', () => {
  test('cuts the connection answers 503 with the whole chunks that are written; the same file again writes the rest', async () => {
    const file = header + rowsFrom(0, CHUNK_ROWS * 3);
    const holder = await db.pool.connect();
    await holder.query('begin');
    await holder.query(`insert into client (phone, operator_code, time_zone) values ($1, '916', 'UTC')`, [phone(CHUNK_ROWS + 10)]);
    const answer = door.importFile(file);
    await waitForLocks(db.pool, 1);
    await db.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    );
    const { status, body } = await answer;
    await holder.query('rollback');
    holder.release();
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(body.errors?.[0]?.message).not.toMatch(/terminat|connection/i);
    expect(body.written).toMatchObject({ created: CHUNK_ROWS, failed: 0, lastRow: CHUNK_ROWS + 1 });
    expect(await clientCount()).toBe(CHUNK_ROWS);
    expect((await door.importFile(file)).body).toMatchObject({ created: CHUNK_ROWS * 2, skipped: CHUNK_ROWS });
  });

  test('refuses a chunk leaves nothing of that chunk, and tells nothing of itself', async () => {
    await db.pool.query(`alter table client add constraint planted check (phone <> ${phone(CHUNK_ROWS + 7)})`);
    try {
      const { status, body } = await door.importFile(header + rowsFrom(0, CHUNK_ROWS * 3));
      expect([status, body.errors?.[0]?.extensions.code]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
      expect(JSON.stringify(body)).not.toContain('planted');
      expect(body.written).toMatchObject({ created: CHUNK_ROWS, lastRow: CHUNK_ROWS + 1 });
      expect(await clientCount()).toBe(CHUNK_ROWS);
    } finally {
      await db.pool.query('alter table client drop constraint planted');
    }
  });
});

test('imports of the same clients in opposite orders at the same time create each once and never fail', async () => {
  const rows = rowsFrom(0, 25_000).trimEnd().split('\n');
  const files = [rows, rows.toReversed(), rows.map((row) => row.replace(',,,UTC', ',,vip,UTC'))].map(
    (lines) => `${header}${lines.join('\n')}`,
  );
  const answers = await Promise.all(files.map(async (file, n) => door.importFile(file, n === 1 ? '?onConflict=SKIP' : '')));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(answers.reduce((sum, { body }) => sum + body.created, 0)).toBe(25_000);
  expect(await clientCount()).toBe(25_000);
});

test('a long import says in the log how far it is', async () => {
  const rows = 110_000;
  expect((await door.importFile(header + 'x,,,UTC\n'.repeat(rows))).body).toMatchObject({ failed: rows });
  expect(door.logLines).toContainEqual(expect.objectContaining({ event: 'clients-importing', failed: 100_000, lastRow: 100_001 }));
});
