// Importing clients from a CSV file over HTTP: what may stand in a file, what is written, what is reported.
import { Readable } from 'node:stream';
import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CLIENTS } from '../../src/database/change-notifier.ts';
import { readTotals } from '../../src/database/statistics-queries.ts';
import { CHUNK_ROWS } from '../../src/operations/import-client-file.ts';
import { openCsvDoor } from '../support/csv-door.ts';
import type { CsvDoor } from '../support/csv-door.ts';
import { addMailing, clearEngine, faultsOfCounters } from '../support/engine-seed.ts';
import { eventually } from '../support/eventually.ts';
import { addMessages, batchesOf, jobsOf, stopClock } from '../support/seed.ts';
import { storeClient } from '../support/stored-rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let door: CsvDoor;

beforeAll(async () => {
  db = await createTestDatabase();
  door = await openCsvDoor(db.url);
});
beforeEach(async () => {
  await clearEngine(db.pool);
  await stopClock(db.pool, '2026-03-10T12:00:00Z');
});
afterAll(async () => {
  await door[Symbol.asyncDispose]();
  await db.drop();
});

/** In phone order: phone, operator code, tag, zone. */
async function clients(): Promise<readonly (readonly (string | null)[])[]> {
  const { rows } = await db.pool.query<{ row: (string | null)[] }>(
    'select array[c.phone::text, operator_code, tag, time_zone] as row from client c order by c.phone',
  );
  return rows.map(({ row }) => row);
}

const header = 'phone,operator_code,tag,time_zone';
const phone = (n: number): string => String(79_160_000_000 + n);
const fileOf = (rows: readonly string[]): string => `${[header, ...rows].join('\n')}\n`;
const linesOf = (count: number, zone = 'UTC'): string[] => Array.from({ length: count }, (_, n) => `${phone(n)},,,${zone}`);
const reported = (answer: Awaited<ReturnType<CsvDoor['importFile']>>): string[] =>
  (answer.body.rowErrors ?? []).map(({ row, code, field }) => `${row} ${code} ${field.join('.')}`);

describe('a file', () => {
  test('becomes clients by the rules of importClients', async () => {
    const answer = await door.importFile(fileOf(['+7 (916) 000-00-00,,,gmt+3', `${phone(1)},999,vip,asia/calcutta`]));
    expect(answer).toEqual({ status: 200, body: { created: 2, updated: 0, skipped: 0, failed: 0, rowErrors: [] } });
    expect(await clients()).toEqual([
      [phone(0), '916', null, '+03:00'],
      [phone(1), '999', 'vip', 'Asia/Kolkata'],
    ]);
    expect((await readTotals(door.operations.database)).clients).toBe(2);
    await eventually(() => expect(door.operations.heard.has(CLIENTS)).toBe(true));
  });

  test.each([
    ['columns in another order', `time_zone,phone,tag,operator_code\nUTC,${phone(0)},vip,900\n`, ['900', 'vip']],
    ['only the columns that must be', `phone,time_zone\n${phone(0)},UTC\n`, ['916', null]],
    ['names in capitals, with spaces', ` Phone ,TIME_ZONE\n${phone(0)},UTC\n`, ['916', null]],
    ['semicolons', `phone;tag;time_zone\n${phone(0)};a,b;UTC\n`, ['916', 'a,b']],
    ['tabs', `phone\ttag\ttime_zone\n${phone(0)}\ta,b;c\tUTC\n`, ['916', 'a,b;c']],
    ['a byte order mark and CRLF', `\u{FEFF}phone,tag,time_zone\r\n${phone(0)},vip,UTC\r\n`, ['916', 'vip']],
    ['line ends of old Macs', `phone,tag,time_zone\r${phone(0)},vip,UTC\r`, ['916', 'vip']],
    ['no line end at its end', `phone,tag,time_zone\n${phone(0)},vip,UTC`, ['916', 'vip']],
    ['blank lines', `\n\nphone,tag,time_zone\n\n${phone(0)},vip,UTC\n\r\n,,\n\n`, ['916', 'vip']],
    ['quoted cells', `"phone","tag","time_zone"\n"${phone(0)}","say ""hi"", all",UTC\n`, ['916', 'say "hi", all']],
    ['a quoted cell over three lines', `phone,tag,time_zone\n${phone(0)},"a\r\nb\nc",UTC\n`, ['916', 'a\r\nb\nc']],
    ['quotation marks inside cells', `phone,tag,time_zone\n${phone(0)},a"b" c,UTC\n`, ['916', 'a"b" c']],
    ['letters of all kinds', `phone,tag,time_zone\n${phone(0)},Москва 🎉 שלום,UTC\n`, ['916', 'Москва 🎉 שלום']],
    [
      'what COPY and SQL give a meaning',
      `phone,tag,time_zone\n${phone(0)},"\\N \\. \t\\t '; drop table client; --",UTC\n`,
      ['916', "\\N \\. \t\\t '; drop table client; --"],
    ],
    ['a formula', `phone,tag,time_zone\n${phone(0)},=1+1,UTC\n`, ['916', '=1+1']],
    ['empty cells behind the table', `phone,tag,time_zone\n${phone(0)},vip,UTC,,\n`, ['916', 'vip']],
  ])('with %s is understood', async (_, file, expected) => {
    expect((await door.importFile(file)).body).toEqual({ created: 1, updated: 0, skipped: 0, failed: 0, rowErrors: [] });
    expect((await clients()).map(([, ...row]) => row)).toEqual([[...expected, 'UTC']]);
  });

  test('in pieces of any size is the same file', async () => {
    const file = Buffer.from(`\u{FEFF}phone;tag;time_zone\r\n${phone(0)};"Я\r\n""ты"" 🎉";UTC\r\n${phone(1)};;UTC\r\n`);
    for (const size of [1, 2, 3, 7]) {
      await clearEngine(db.pool);
      const pieces = Array.from({ length: Math.ceil(file.length / size) }, (__, n) => file.subarray(n * size, (n + 1) * size));
      const { body } = await request(`${door.url}/clients/import`, {
        method: 'POST',
        headers: { 'content-type': 'text/csv' },
        body: Readable.from(pieces),
      });
      expect(await body.json()).toMatchObject({ created: 2, failed: 0 });
      expect((await clients()).map(([, , tag]) => tag)).toEqual(['Я\r\n"ты" 🎉', null]);
    }
  });

  test('with a header and nothing else writes nothing', async () => {
    expect(await door.importFile(header)).toEqual({ status: 200, body: { created: 0, updated: 0, skipped: 0, failed: 0, rowErrors: [] } });
  });

  test.each([
    ['', 'EMPTY_FILE', 'phone, time_zone'],
    ['\n\r\n\n', 'EMPTY_FILE', 'phone, time_zone'],
    [`${phone(0)},,,UTC\n`, 'INVALID_HEADER', 'missing: phone, time_zone'],
    ['phone,tag\n', 'INVALID_HEADER', 'missing: time_zone'],
    ['phone,time_zone,name,"e-mail"\n', 'INVALID_HEADER', 'unknown: "name", "e-mail"'],
    ['phone,time_zone,Phone\n', 'INVALID_HEADER', 'more than once: phone'],
    [Buffer.from('\u{FEFF}phone\ttime_zone\n', 'utf16le'), 'NOT_UTF8', 'CSV UTF-8'],
  ])('that begins %j is refused: %s', async (file, code, words) => {
    const { status, body } = await door.importFile(file);
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, code]);
    expect(body.errors?.[0]?.message).toContain(words);
    expect(body.written).toEqual({ created: 0, updated: 0, skipped: 0, failed: 0, rowErrors: [], lastRow: 0 });
    expect(await clients()).toEqual([]);
  });

  test('that is no CSV by its type, is compressed, or comes with a misspelt parameter is refused unread', async () => {
    const post = async (search: string, headers: Record<string, string>) => {
      const response = await fetch(`${door.url}/clients/import${search}`, { method: 'POST', headers, body: fileOf(linesOf(1)) });
      return [response.status, ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code];
    };
    const csv = { 'content-type': 'text/csv; charset=utf-8' };
    expect(await post('', { 'content-type': 'text/plain' })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(await post('', { 'content-type': 'application/x-www-form-urlencoded' })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(await post('', { 'content-type': 'text/csv; charset=windows-1251' })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(await post('', { ...csv, 'content-encoding': 'gzip' })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    for (const search of ['?onconflict=SKIP', '?onConflict=skip', '?onConflict=SKIP&onConflict=UPDATE', '?dryRun=true']) {
      expect(await post(search, csv)).toEqual([400, 'BAD_USER_INPUT']);
    }
    expect(await clients()).toEqual([]);
  });
});

describe('a bad row', () => {
  test('is reported by its line, column and reason, each fault, each row once; the others are written', async () => {
    const answer = await door.importFile(
      fileOf([
        `${phone(0)},,,UTC`,
        '123,,,EST',
        `${phone(2)},,"three`,
        'lines',
        'long",UTC',
        '',
        `${phone(3)},12,\0,UTC`,
        `${phone(4)},,UTC`,
        `${phone(5)},,vip,UTC,more`,
        `${phone(6)},,${'x'.repeat(101)},`,
        `${phone(7)},,,UTC`,
      ]),
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ created: 3, updated: 0, skipped: 0, failed: 5 });
    expect(reported(answer)).toEqual([
      '3 INVALID_PHONE phone',
      '3 INVALID_TIME_ZONE time_zone',
      '8 INVALID_OPERATOR_CODE operator_code',
      '8 INVALID_TAG tag',
      '9 WRONG_NUMBER_OF_CELLS ',
      '10 WRONG_NUMBER_OF_CELLS ',
      '11 INVALID_TAG tag',
      '11 INVALID_TIME_ZONE time_zone',
    ]);
    expect(answer.body.rowErrors[4]?.message).toBe('must have 4 cells, as the first line has; it has 3');
    expect((await clients()).map(([number]) => number)).toEqual([phone(0), phone(2), phone(7)]);
  });

  test('may have bytes that are not UTF-8: that row is reported, nothing else is lost', async () => {
    const file = Buffer.concat([
      Buffer.from(`${header}\n${phone(0)},,Ваня,UTC\n${phone(1)},,`),
      Buffer.from([0xc2, 0xe0, 0xed, 0xff]),
      Buffer.from(`,UTC\n${phone(2)},,\u{FFFD},UTC\n`),
    ]);
    const answer = await door.importFile(file);
    expect(reported(answer)).toEqual(['3 INVALID_ENCODING tag']);
    expect(answer.body).toMatchObject({ created: 2, failed: 1 });
    expect((await clients()).map(([, , tag]) => tag)).toEqual(['Ваня', '\u{FFFD}']);
  });

  test('is counted also when a thousand faults are reported already', async () => {
    const answer = await door.importFile(fileOf([...Array.from({ length: 6_000 }, (_, n) => `x${n},,,UTC`), ...linesOf(1)]));
    expect(answer.body).toMatchObject({ created: 1, failed: 6_000 });
    expect(answer.body.rowErrors.map(({ row }) => row)).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 2));
  });

  test('whose quotation mark is never closed ends the import; what came before is written', async () => {
    for (const rest of ['\n', `\n${'x'.repeat(100_000)}`]) {
      await clearEngine(db.pool);
      const { status, body } = await door.importFile(`${fileOf(linesOf(3))}${phone(8)},,"vip,UTC${rest}`);
      expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, 'UNREADABLE_CSV']);
      expect(body.errors?.[0]?.message).toContain('begins on line 5');
      expect(body.written).toEqual({ created: 3, updated: 0, skipped: 0, failed: 0, rowErrors: [], lastRow: 4 });
      expect((await clients()).length).toBe(3);
    }
  });
});

describe('phones that are there already', () => {
  test('are updated or skipped as importClients does, also of several rows with one phone', async () => {
    await storeClient(db.pool, { phone: phone(0), tag: 'old', timeZone: 'UTC' });
    await storeClient(db.pool, { phone: phone(1), tag: 'same', timeZone: 'UTC', optedOut: true });
    const rows = [`${phone(0)},,new,UTC`, `${phone(1)},,same,UTC`, `${phone(2)},,first,UTC`, `${phone(2)},,last,UTC`];
    expect((await door.importFile(fileOf(rows), '?onConflict=SKIP')).body).toMatchObject({ created: 1, updated: 0, skipped: 3, failed: 0 });
    expect((await clients()).map(([, , tag]) => tag)).toEqual(['old', 'same', 'first']);
    expect((await door.importFile(fileOf(rows), '?onConflict=UPDATE')).body).toMatchObject({ created: 0, updated: 2, skipped: 2 });
    expect((await clients()).map(([, , tag]) => tag)).toEqual(['new', 'same', 'last']);
    expect((await door.importFile(fileOf(rows))).body).toMatchObject({ created: 0, updated: 0, skipped: 4 });
    const { rows: optedOut } = await db.pool.query('select from client where opted_out_at is not null');
    expect(optedOut.length).toBe(1);
  });

  test('in chunks far apart count as an update of the earlier row; the last row stays', async () => {
    const rows = [`${phone(0)},,first,UTC`, ...linesOf(CHUNK_ROWS + 1_000).slice(1), `${phone(0)},,last,UTC`];
    expect((await door.importFile(fileOf(rows))).body).toMatchObject({ created: CHUNK_ROWS + 1_000, updated: 1, skipped: 0 });
    expect((await clients())[0]?.[2]).toBe('last');
    expect((await door.importFile(fileOf(rows), '?onConflict=SKIP')).body).toMatchObject({
      created: 0,
      updated: 0,
      skipped: CHUNK_ROWS + 1_001,
    });
  });

  test('take their unsent messages to the hours of their new zones', async () => {
    const ids = [await storeClient(db.pool, { phone: phone(0) }), await storeClient(db.pool, { phone: phone(1) })];
    const mailing = await addMailing(db.pool, { window: ['09:00', '18:00'], endsInMs: 48 * 3_600_000 });
    await addMessages(db.pool, mailing, ids);
    await door.importFile(fileOf([`${phone(0)},,,Asia/Vladivostok`]), '?onConflict=SKIP');
    expect((await batchesOf(db.pool, mailing)).map(({ timeZone, pending }) => [timeZone, pending])).toEqual([['Europe/Moscow', 2]]);
    expect((await door.importFile(fileOf([`${phone(0)},,,Asia/Vladivostok`]))).body).toMatchObject({ updated: 1 });
    expect((await batchesOf(db.pool, mailing)).map(({ timeZone, pending }) => [timeZone, pending])).toEqual([
      ['Europe/Moscow', 1],
      ['Asia/Vladivostok', 1],
    ]);
    expect((await batchesOf(db.pool, mailing))[1]).toMatchObject({ dueAt: '2026-03-10T23:00:00Z' });
    expect(await jobsOf(db.pool, mailing)).toMatchObject({ send: '2026-03-10T23:00:00Z' });
    expect(await faultsOfCounters(db.pool)).toEqual([]);
  });
});
