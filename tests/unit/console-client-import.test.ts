// What the console reads of a file of clients, held against how the service reads it; what it makes of the answer, and of the rows that failed.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../src/http/csv-reader.ts';
import { formatBytes } from '../../web/src/clients/import/byte-format.ts';
import { readRows, separatorOf } from '../../web/src/clients/import/csv-rows.ts';
import { findLines, readFailedRows, toCorrectionFile, toErrorTable } from '../../web/src/clients/import/failed-rows.ts';
import { HEAD_BYTES, readFileHead } from '../../web/src/clients/import/file-head.ts';
import type { FileHead, HeadTable } from '../../web/src/clients/import/file-head.ts';
import { toImportEnd } from '../../web/src/clients/import/import-answer.ts';
import { remainingMs } from '../../web/src/clients/import/remaining.ts';
import { rowsToShow } from '../../web/src/clients/import/rows-to-show.ts';

const header = 'phone,operator_code,tag,time_zone\n';
const good = '79000000001,,tag,Europe/Moscow\n';

async function headOf(...parts: BlobPart[]): Promise<FileHead> {
  return readFileHead(new Blob(parts));
}

async function tableOf(...parts: BlobPart[]): Promise<HeadTable> {
  const head = await headOf(...parts);
  if (head.kind !== 'table') throw new Error(`it is ${head.kind}`);
  return head;
}

/** Texts that a CSV file may be made of, more often the special ones. */
const csvTexts = fc
  .array(fc.oneof(fc.constantFrom(',', ';', '\t', '"', '""', '\n', '\r\n', '\r', '\n\n'), fc.string({ unit: 'grapheme', maxLength: 4 })))
  .map((parts) => parts.join(''));

async function readByService(bytes: Uint8Array): Promise<{ rows: unknown[]; isWhole: boolean }> {
  const rows: unknown[] = [];
  try {
    for await (const part of readCsv(
      (async function* () {
        yield Buffer.from(bytes);
      })(),
    ))
      rows.push(...part);
    return { rows, isWhole: true };
  } catch {
    return { rows, isWhole: false };
  }
}

describe('the first rows of a file', () => {
  test('are read as the service reads them, lines and all', async () => {
    await fc.assert(
      fc.asyncProperty(csvTexts, async (text) => {
        const bytes = new TextEncoder().encode(`a${text}`);
        const expected = await readByService(bytes);
        const { rows, unclosedLine } = readRows(bytes, separatorOf(bytes));
        expect(rows.map(({ line, cells }) => ({ line, cells }))).toEqual(expected.rows);
        expect(unclosedLine === null).toBe(expected.isWhole);
      }),
      { numRuns: 500 },
    );
  });

  test('stand on the lines that the service counts, also below a cell of several lines', async () => {
    const table = await tableOf(header, '79000000001,,"a\r\nb\nc\rd",UTC\n', '\r\n', good);
    expect(table.rows.map(({ line }) => line)).toEqual([2, 7]);
  });

  test('show the separator, the mark and the columns', async () => {
    const table = await tableOf('\ufeff', 'Phone;time_zone\r\n79000000001;UTC\r\n');
    expect(table).toMatchObject({ separator: ';', mark: true, names: ['Phone', 'time_zone'], isWhole: true, isReady: true });
    expect(table.rows).toMatchObject([{ line: 2, cells: ['79000000001', 'UTC'], faults: [] }]);
    expect((await tableOf('phone\ttime_zone\n')).separator).toBe('\t');
  });

  test('are checked by the rules of the service', async () => {
    const { rows } = await tableOf(
      header,
      good,
      '12,9,,Mars/Olympus\n',
      '79000000002,,x\n',
      new Uint8Array([0xcf, 0xf0]),
      ',,,UTC\n',
      good,
    );
    expect(rows.map(({ line, faults }) => [line, ...faults.map(({ code, column }) => `${code} ${column}`)])).toEqual([
      [2],
      [3, 'INVALID_PHONE phone', 'INVALID_OPERATOR_CODE operator_code', 'INVALID_TIME_ZONE time_zone'],
      [4, 'WRONG_NUMBER_OF_CELLS null'],
      [5, 'INVALID_ENCODING phone'],
      [6],
    ]);
    expect(rows[3]?.cells).toEqual([null, '', '', 'UTC']);
  });

  test('say nothing of rows under a header that the service would refuse', async () => {
    const table = await tableOf('phone,name\n12,Anna\n');
    expect(table).toMatchObject({ isReady: false, header: { missing: ['time_zone'], unknown: ['name'] } });
    expect(table.rows).toMatchObject([{ faults: [] }]);
  });

  test('are only those that are whole when the file goes on', async () => {
    const table = await tableOf(header, good.repeat(10_000));
    expect(table.isWhole).toBe(false);
    expect(table.rows).toHaveLength(Math.floor((HEAD_BYTES - header.length) / good.length));
    expect(table.rows.every(({ faults }) => faults.length === 0)).toBe(true);
  });

  test('come before a quoted cell that ends beyond what was read', async () => {
    const table = await tableOf(header, good, `79000000002,,"${'\n'.repeat(HEAD_BYTES)}",UTC\n`);
    expect(table.rows.map(({ line }) => line)).toEqual([2]);
  });

  test.each<[string, BlobPart[], object]>([
    ['nothing', [], { kind: 'empty' }],
    ['blank lines', ['\n\r\n\n'], { kind: 'empty' }],
    ['a mark alone', ['\ufeff'], { kind: 'empty' }],
    ['UTF-16 with its mark', [new Uint8Array([0xff, 0xfe, 0x70, 0])], { kind: 'utf16' }],
    ['UTF-16 of the other order', [new Uint8Array([0xfe, 0xff, 0, 0x70])], { kind: 'utf16' }],
    ['UTF-16 without a mark', [new Uint8Array([0x70, 0, 0x68, 0])], { kind: 'utf16' }],
    ['a workbook', ['PK\u0003\u0004rest'], { kind: 'workbook' }],
    ['an open quotation mark', [header, good, '"79000000001,,,UTC\n'], { kind: 'unreadable', line: 3 }],
  ])('of %s are told apart', async (_, parts, expected) => {
    expect(await headOf(...parts)).toEqual(expected);
  });

  test('are shown from the beginning, and those with faults wherever they are', () => {
    const rows = Array.from({ length: 100 }, (_, index) => ({
      line: index + 2,
      cells: [],
      faults: index % 20 === 19 ? [{ code: 'INVALID_PHONE' as const, column: 'phone' }] : [],
    }));
    expect(rowsToShow(rows).map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 21, 41, 61, 81, 101]);
  });
});

describe('rows that failed', () => {
  test('are found by their lines, whatever ends them and however the file comes', async () => {
    await fc.assert(
      fc.asyncProperty(csvTexts, async (text) => {
        const bytes = new TextEncoder().encode(text);
        const starts = lineStarts(text);
        const found = await findLines(new Blob([bytes]), [...starts.keys(), starts.size + 2]);
        expect(new Map([...found].toSorted(([a], [b]) => a - b))).toEqual(starts);
      }),
    );
  });

  const rows = ['12,,,UTC\r\n', '79000000001,,"two\r\nlines; ""quoted""",Nowhere\r\n', '\r\n', '79000000002,9,=1+1,UTC'];
  const file = new Blob(['\ufeff', header, good.repeat(3_000), ...rows]);
  const lines = [3_002, 3_003, 3_006];

  test('are read again as they stand, also over several lines and at the end of a file', async () => {
    const failed = await readFailedRows(file, [...lines, 3_002], ',');
    expect([...failed].map(([line, { cells }]) => [line, ...cells])).toEqual([
      [3_002, '12', '', '', 'UTC'],
      [3_003, '79000000001', '', 'two\r\nlines; "quoted"', 'Nowhere'],
      [3_006, '79000000002', '9', '=1+1', 'UTC'],
    ]);
  });

  test('make a file that can be corrected and imported: the header and the very bytes', async () => {
    const correction = await toCorrectionFile(file, await readFailedRows(file, lines, ','), ',');
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await correction.arrayBuffer());
    expect(text).toBe(`\ufeff${header}${rows[0]}${rows[1]}${rows[3]}\r\n`);
  });

  test('stand beside their faults in a table in which nothing is a formula', async () => {
    const table = toErrorTable({
      names: ['phone', 'operator_code', 'tag', 'time_zone'],
      titles: ['Line', 'Column', 'Fault'],
      rows: await readFailedRows(file, lines, ','),
      errors: [
        { row: 3_006, code: 'INVALID_OPERATOR_CODE', field: ['operator_code'], message: '' },
        { row: 9_999, code: 'WRONG_NUMBER_OF_CELLS', field: [], message: '' },
      ],
      wordsOf: ({ code }) => code,
    });
    expect(table).toBe(
      "\ufeffLine,Column,Fault,phone,operator_code,tag,time_zone\r\n3006,operator_code,INVALID_OPERATOR_CODE,79000000002,9,'=1+1,UTC\r\n9999,,WRONG_NUMBER_OF_CELLS\r\n",
    );
  });
});

describe('the answer', () => {
  const report = { created: 1, updated: 0, skipped: 0, failed: 0, rowErrors: [] };

  test('of a whole import is its report', () => {
    expect(toImportEnd(200, JSON.stringify(report))).toEqual({ kind: 'done', report });
  });

  test('of one that ended early says why, and what is written', () => {
    const errors = [{ message: 'too slow', extensions: { code: 'REQUEST_TIMEOUT', requestId: 'r1' } }];
    const written = { ...report, lastRow: 2 };
    expect(toImportEnd(408, JSON.stringify({ errors, written }))).toEqual({
      kind: 'ended-early',
      code: 'REQUEST_TIMEOUT',
      message: 'too slow',
      requestId: 'r1',
      written,
    });
    expect(toImportEnd(403, JSON.stringify({ errors: [{ message: 'no' }] }))).toMatchObject({
      code: 'HTTP_403',
      requestId: null,
      written: null,
    });
  });

  test('of something between that speaks no JSON is no answer', () => {
    expect(toImportEnd(502, '<html>Bad gateway</html>')).toEqual({ kind: 'cut-off' });
    expect(toImportEnd(200, '17')).toEqual({ kind: 'cut-off' });
    expect(toImportEnd(200, 'null')).toEqual({ kind: 'cut-off' });
  });
});

test('what is left of an upload is told once it can be', () => {
  expect(remainingMs(0, 100, 10_000)).toBeNull();
  expect(remainingMs(50, 100, 1_000)).toBeNull();
  expect(remainingMs(25, 100, 10_000)).toBe(30_000);
  expect(remainingMs(100, 100, 10_000)).toBe(0);
});

test('sizes are told as file managers do', () => {
  expect([0, 999, 1_500, 25_000_000, 1_073_741_824].map((bytes) => formatBytes(bytes, 'en'))).toEqual([
    '0 bytes',
    '999 bytes',
    '1.5 kB',
    '25 MB',
    '1.1 GB',
  ]);
});

/** Where each line begins, in bytes, by a regular expression over the whole; a line without anything behind it is none. */
function lineStarts(text: string): Map<number, number> {
  const starts = new Map<number, number>();
  let at = 0;
  for (const [index, line] of text.split(/(?<=\r\n|\n|\r(?!\n))/).entries()) {
    if (line !== '') starts.set(index + 1, at);
    at += new TextEncoder().encode(line).length;
  }
  return starts;
}
