// The messages of a mailing as a CSV file over HTTP: its columns, its options, and readers who stop reading.
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openCsvDoor } from '../support/csv-door.ts';
import type { CsvDoor } from '../support/csv-door.ts';
import { clearEngine } from '../support/engine-seed.ts';
import { eventually } from '../support/eventually.ts';
import { storeClient, storeMailing, storeMessage } from '../support/stored-rows.ts';
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

const get = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
  const { statusCode, headers: given, body } = await request(`${door.url}${path}`, { headers });
  return { status: statusCode, headers: given, bytes: Buffer.from(await body.arrayBuffer()) };
};
const rowsOf = async (path: string): Promise<Record<string, string>[]> => {
  const { status, bytes } = await get(path);
  expect(status).toBe(200);
  return parse<Record<string, string>>(bytes, { columns: true, bom: true });
};

/** Returns the mailing's id. */
async function storeMany(count: number, words = 10): Promise<string> {
  const mailingId = await storeMailing(db.pool);
  await db.pool.query(
    `insert into message (mailing_id, client_id, phone, status, finished_at, error_code, error_message)
     select $1, g, 79000000000 + g, case when g % 1000 = 0 then 'FAILED' else 'SENT' end::message_status, instant_now(), 'REJECTED', repeat('words ', $3::int)
     from generate_series(1, $2::int) g`,
    [mailingId, count, words],
  );
  return mailingId;
}

describe('an export', () => {
  test('has a row for each message, oldest first, with everything about it', async () => {
    const mailingId = await storeMailing(db.pool);
    const clientId = await storeClient(db.pool, { phone: '79000000000' });
    const waiting = await storeMessage(db.pool, {
      mailingId,
      clientId,
      dueAt: '2026-05-01T09:00:00+03:00',
      error: ['HTTP_500', 'busy', '2026-02-03T04:05:06Z'],
    });
    const sent = await storeMessage(db.pool, { mailingId, clientId: await storeClient(db.pool), status: 'SENT' });
    const forgotten = await storeMessage(db.pool, { mailingId, clientId: null, status: 'CANCELLED' });
    await storeMessage(db.pool, { mailingId: await storeMailing(db.pool), clientId });

    const { headers, bytes } = await get(`/mailings/${mailingId}/messages.csv`);
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="mailing-${mailingId}-messages.csv"`,
      'cache-control': 'no-store',
    });
    const text = bytes.toString();
    expect(text).toMatch(/^message_id,client_id,phone,status,attempts,created_at,due_at,sent_at,finished_at,error_code,error_message\r\n/);
    expect(text.split('\r\n').length).toBe(5);
    const created = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const finished = '2026-02-03T04:05:06.789Z';
    const empty = { due_at: '', sent_at: '', finished_at: '', error_code: '', error_message: '' };
    expect(await rowsOf(`/mailings/${mailingId}/messages.csv`)).toEqual([
      {
        ...empty,
        message_id: waiting,
        client_id: clientId,
        phone: '79000000000',
        status: 'PENDING',
        attempts: '3',
        created_at: created,
        due_at: '2026-05-01T06:00:00.000Z',
        error_code: 'HTTP_500',
        error_message: 'busy',
      },
      {
        ...empty,
        message_id: sent,
        client_id: expect.any(String),
        phone: '79000000000',
        status: 'SENT',
        attempts: '3',
        created_at: created,
        sent_at: finished,
        finished_at: finished,
      },
      {
        ...empty,
        message_id: forgotten,
        client_id: '',
        phone: '',
        status: 'CANCELLED',
        attempts: '3',
        created_at: created,
        finished_at: finished,
      },
    ]);
  });

  test('of a mailing without messages is the header', async () => {
    const { bytes } = await get(`/mailings/${await storeMailing(db.pool)}/messages.csv`);
    expect(bytes.toString().split('\r\n')).toEqual([expect.stringContaining('message_id'), '']);
  });

  test('keeps to the statuses that are asked for, also over many pages', async () => {
    const mailingId = await storeMany(10_000);
    const path = `/mailings/${mailingId}/messages.csv`;
    expect(new Set((await rowsOf(path)).map((row) => row['message_id'])).size).toBe(10_000);
    expect((await rowsOf(`${path}?status=FAILED`)).map((row) => row['client_id'])).toEqual(
      Array.from({ length: 10 }, (_, n) => String((n + 1) * 1_000)),
    );
    expect((await rowsOf(`${path}?status=SENT,FAILED`)).length).toBe(10_000);
    expect(await rowsOf(`${path}?status=EXPIRED`)).toEqual([]);
  });

  test('neutralises what a spreadsheet would take for a formula, and quotes what has to be', async () => {
    const mailingId = await storeMailing(db.pool);
    const words = ['=HYPERLINK("http://x","y")', '+1', '-1', '@SUM(A1)', '\tx', '\rx', 'a "b", c\nd', 'Ошибка 🎉', "'quoted"];
    for (const word of words) {
      const clientId = await storeClient(db.pool);
      await storeMessage(db.pool, { mailingId, clientId, status: 'FAILED', error: ['REJECTED', word, '2026-02-03T04:05:06Z'] });
    }
    const found = (await rowsOf(`/mailings/${mailingId}/messages.csv`)).map((row) => row['error_message']);
    expect(found).toEqual(words.map((word, n) => (n < 6 ? `'${word}` : word)));
  });

  test('has a byte order mark when asked, is compressed when accepted, and is headers alone for HEAD', async () => {
    const path = `/mailings/${await storeMany(3)}/messages.csv`;
    const plain = (await get(path)).bytes;
    expect(plain.subarray(0, 3).toString('hex')).not.toBe('efbbbf');
    expect((await get(`${path}?bom=true`)).bytes).toEqual(Buffer.concat([Buffer.from('\u{FEFF}'), plain]));
    const packed = await get(path, { 'accept-encoding': 'br, gzip;q=0.5' });
    expect([packed.headers['content-encoding'], gunzipSync(packed.bytes)]).toEqual(['gzip', plain]);
    expect((await get(path, { 'accept-encoding': 'gzip;q=0, br' })).headers['content-encoding']).toBeUndefined();
    const head = await request(`${door.url}${path}`, { method: 'HEAD' });
    expect([head.statusCode, head.headers['content-type'], await head.body.text()]).toEqual([200, expect.stringContaining('text/csv'), '']);
  });

  test('of what is no mailing is 404, with a wrong parameter 400, in JSON', async () => {
    const deleted = await storeMailing(db.pool, { deleted: true });
    const mailing = await storeMailing(db.pool);
    const outcome = async (path: string) => {
      const { status, headers, bytes } = await get(path);
      return [status, headers['content-type'], JSON.parse(bytes.toString()).errors[0].extensions.code];
    };
    for (const id of [deleted, '999999', '0', '-1', 'x', '99999999999999999999', '%27']) {
      expect(await outcome(`/mailings/${id}/messages.csv`)).toEqual([404, 'application/json; charset=utf-8', 'NOT_FOUND']);
    }
    for (const search of ['?status=sent', '?status=', '?status=SENT&status=FAILED', '?bom=1', '?from=1']) {
      expect(await outcome(`/mailings/${mailing}/messages.csv${search}`)).toEqual([
        400,
        'application/json; charset=utf-8',
        'BAD_USER_INPUT',
      ]);
    }
  });

  test('whose reader stops reading holds no transaction and reads no further; the rest comes when it reads on', async () => {
    const messages = 100_000;
    const mailingId = await storeMany(messages, 40);
    const pagesBefore = door.pagesRead();
    const { hostname, port } = new URL(door.url);
    const socket = connect({ host: hostname, port: Number(port) });
    let tail = '';
    socket.on('data', (data: Buffer) => (tail = (tail + data.toString('latin1')).slice(-500)));
    socket.write(`GET /mailings/${mailingId}/messages.csv HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    await eventually(() => expect(tail).not.toBe(''));
    socket.pause();
    // Until the sockets' buffers are full, and nothing moves for a second.
    let seen = -1;
    const standsStill = (): boolean => seen === (seen = door.pagesRead());
    await eventually(standsStill, { everyMs: 1_000 });
    // One that is held for the reader is there at every look; a page that is being read is not.
    await eventually(async () => {
      const { rows } = await db.pool.query(
        `select from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and xact_start is not null
           and pid <> pg_backend_pid()`,
      );
      expect(rows).toEqual([]);
    });
    expect(door.pagesRead() - pagesBefore).toBeLessThan(messages / 2_000 - 10);
    socket.resume();
    await eventually(() => expect(socket.destroyed).toBe(true));
    expect(tail).toContain(`,${79_000_000_000 + messages},`);
    expect(door.pagesRead() - pagesBefore).toBeGreaterThanOrEqual(messages / 2_000);
  });

  test('that breaks in the middle ends in a broken connection, and the log has the cause', async () => {
    // More than the sockets' buffers hold.
    const mailingId = await storeMany(30_000, 100);
    await db.pool.query('alter table message rename to message_gone');
    const whole = get(`/mailings/${mailingId}/messages.csv`);
    expect((await whole).status).toBe(500);
    await db.pool.query('alter table message_gone rename to message');

    const { hostname, port } = new URL(door.url);
    const socket = connect({ host: hostname, port: Number(port) });
    let text = '';
    socket.on('data', (data: Buffer) => (text += data.toString()));
    socket.on('error', () => {});
    socket.write(`GET /mailings/${mailingId}/messages.csv HTTP/1.1\r\nHost: x\r\n\r\n`);
    await eventually(() => expect(text).toContain('message_id'));
    socket.pause();
    await db.pool.query('alter table message rename to message_gone');
    socket.resume();
    await eventually(() => expect(socket.destroyed).toBe(true));
    await db.pool.query('alter table message_gone rename to message');
    expect(text.endsWith('0\r\n\r\n')).toBe(false);
    expect(door.logLines).toContainEqual(expect.objectContaining({ msg: 'an export broke off', level: 50 }));
    expect(door.logLines).toContainEqual(expect.objectContaining({ operation: 'exportMessages', mailingId, errors: ['BROKEN_OFF'] }));
  });
});
