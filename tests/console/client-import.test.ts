// A file of clients in the browser: looked at before it is sent, sent, stopped, cut off, and its faults taken home.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Download, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectAccessible, expectVisible } from '../support/console-browser.ts';
import { addClients, useConsole } from '../support/console-setup.ts';
import { eventually } from '../support/eventually.ts';
import { startWire } from '../support/wire.ts';

const stage = useConsole();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-files-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function fileOf(contents: string | Uint8Array, name = 'clients.csv'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, contents);
  return path;
}

async function open(options: Parameters<typeof stage.operators.open>[1] = {}, url = stage.service.url): Promise<Page> {
  return stage.operators.open(`${url}/import`, options);
}

async function choose(page: Page, contents: string | Uint8Array): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(await fileOf(contents));
}

const clientCount = async (): Promise<number> =>
  (await stage.service.query<{ readonly clients: { readonly totalCount: number } }>('{ clients { totalCount } }')).clients.totalCount;

async function expectCounts(page: Page, counts: Readonly<Record<string, string>>): Promise<void> {
  await expectVisible(page.locator('[data-rows=created]'));
  for (const [name, count] of Object.entries(counts)) expect(await page.locator(`[data-rows=${name}]`).textContent()).toBe(count);
}

async function textOf(download: Download): Promise<string> {
  return readFile(await download.path(), 'utf8');
}

const errorRow = (page: Page, line: number): Locator => page.getByRole('table').locator(`tr[data-line="${line}"]`);

const badFile = [
  'phone;operator_code;tag;time_zone',
  '+7 (900) 111-22-33;;vip;Europe/Moscow',
  '12;;;Europe/Moscow',
  '79005556677;9;=1+1;Mars/Olympus',
  '79005556678;;"two',
  'lines";UTC',
  '',
  '79005556679;;',
  '79005556680;910;gold;+03:00',
  '',
].join('\r\n');

describe('a file with bad rows', () => {
  test('shows them before it is sent, is imported without them, and gives them back in two files', async () => {
    const page = await open();
    await expectVisible(page.getByRole('heading', { name: 'Columns' }));
    await expectAccessible(page);
    await choose(page, `\ufeff${badFile}`);
    await expectVisible(page.getByText('semicolons', { exact: true }));
    await expectVisible(page.getByText('UTF-8 with a byte order mark'));
    await expectVisible(page.getByText('6 rows, 3 with faults'));
    await expectVisible(errorRow(page, 3).getByText('Must be 11 digits beginning with 7', { exact: false }));
    await expectVisible(errorRow(page, 8).getByText('Has more or fewer cells', { exact: false }));
    await expectAccessible(page);

    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await expectVisible(page.getByRole('heading', { name: 'The import is done, but some rows were left out' }));
    await expectCounts(page, { created: '3', updated: '0', skipped: '0', failed: '3' });
    await expectVisible(errorRow(page, 4).getByText('Must be three digits.'));
    await expectVisible(errorRow(page, 4).getByText('Must be a name such as Europe/Moscow', { exact: false }));
    await expectAccessible(page);
    expect(await clientCount()).toBe(3);

    const [faults] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download the faults' }).click()]);
    expect(faults.suggestedFilename()).toBe('import-faults.csv');
    expect(await textOf(faults)).toBe(
      [
        '\ufeffLine,Column,What is wrong,phone,operator_code,tag,time_zone',
        '3,phone,"Must be 11 digits beginning with 7; spaces, brackets, dashes and a leading + are allowed.",12,,,Europe/Moscow',
        "4,operator_code,Must be three digits.,79005556677,9,'=1+1,Mars/Olympus",
        '4,time_zone,"Must be a name such as Europe/Moscow, or an offset such as +03:00.",79005556677,9,\'=1+1,Mars/Olympus',
        '8,,Has more or fewer cells than the first line.,79005556679,,',
        '',
      ].join('\r\n'),
    );

    const [rows] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download these lines to correct them' }).click(),
    ]);
    const lines = badFile.split('\r\n');
    expect(await textOf(rows)).toBe(`\ufeff${[lines[0], lines[2], lines[3], lines[7], ''].join('\r\n')}`);

    // Corrected, that file goes in as it is.
    await page.getByRole('button', { name: 'Import another file' }).click();
    await choose(
      page,
      (await textOf(rows)).replace('12;', '79005550012;').replace(';9;=1+1;Mars/Olympus', ';;x;UTC').replace(';;\r\n', ';;;UTC\r\n'),
    );
    await expectVisible(page.getByText('3 rows, no faults in them'));
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await expectVisible(page.getByRole('heading', { name: 'The import is done', exact: true }));
    expect(await clientCount()).toBe(6);
    await page.getByRole('link', { name: 'To the clients' }).click();
    await expectVisible(page.getByText('6 clients', { exact: true }));
  });

  test('in Russian, on a phone, in the dark', async () => {
    const page = await open({ locale: 'ru-RU', viewport: { width: 390, height: 800 }, colorScheme: 'dark' });
    await choose(page, badFile);
    await expectVisible(page.getByText('6 строк, с ошибками: 3'));
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Загрузить', exact: true }).click();
    await expectVisible(page.getByRole('heading', { name: 'Загрузка завершена, но часть строк пропущена' }));
    await expectVisible(errorRow(page, 4).getByText('Нужны три цифры.'));
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
});

test('a phone that is here already is left as it is when the operator says so', async () => {
  await addClients(stage, { tag: 'old', count: 2 });
  const page = await open();
  await choose(page, 'phone,tag,time_zone\n79000000000,new,UTC\n79000000005,new,UTC\n');
  await page.getByText('Leave the client as it is').click();
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expectCounts(page, { created: '1', updated: '0', skipped: '1', failed: '0' });
  expect(await stage.service.query('{ clients(where: { tags: ["old"] }) { totalCount } }')).toEqual({ clients: { totalCount: 2 } });
});

test.each<[string, string | Uint8Array, string]>([
  ['nothing in it', '', 'The file is empty'],
  ['UTF-16', new Uint8Array(Buffer.from('\ufeffphone,time_zone\r\n', 'utf16le')), 'The file is in UTF-16'],
  ['a workbook in it', 'PK\u0003\u0004xl/workbook.xml', 'This is a workbook, not a CSV file'],
  ['other columns', 'phone,name\n79000000001,Anna\n', 'The columns are not those of clients'],
  ['only a header', '\ufeffphone,time_zone\r\n', 'there is nothing to import'],
  ['an open quotation mark', 'phone,time_zone\n"79000000001,UTC\n', 'A quotation mark is not closed'],
])('a file with %s is refused in words before it is sent', async (_, contents, words) => {
  const page = await open();
  await choose(page, contents);
  await expectVisible(page.getByRole('alert').getByText(words, { exact: false }));
  expect(await page.getByRole('button', { name: 'Import', exact: true }).count()).toBe(0);
  await expectAccessible(page);
});

test('the columns of a file are told apart: known, missing, unknown', async () => {
  const page = await open();
  await choose(page, 'phone,name\n79000000001,Anna\n');
  await expectVisible(page.getByText('phone: recognised'));
  await expectVisible(page.getByText('time_zone: missing, required'));
  await expectVisible(page.getByText('name: unknown'));
  await expectVisible(page.getByText('tag: not there, may be missing'));
});

test('the sample can be imported', async () => {
  const page = await open();
  const [sample] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download a sample' }).click()]);
  await choose(page, await textOf(sample));
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expectCounts(page, { created: '3', failed: '0' });
});

test('an import that ends early says up to where it came, and why', async () => {
  const page = await open({ expectedFaults: /400/ });
  const rows = Array.from({ length: 3_000 }, (_, index) => `7900${String(index).padStart(7, '0')},early,UTC\n`);
  await choose(page, `phone,tag,time_zone\n${rows.join('')}79001000000,"${'x'.repeat(100_000)}\n`);
  await expectVisible(page.getByText('no faults in them', { exact: false }));
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expectVisible(page.getByRole('heading', { name: 'The import ended early' }));
  await expectVisible(page.getByText('the row behind line 3,001 does not end', { exact: false }));
  await expectVisible(page.getByText('Everything up to line 3,001 is done', { exact: false }));
  await expectCounts(page, { created: '3,000', failed: '0' });
});

describe('while a large file goes out', () => {
  // Larger than what waits in sockets between the page and a service that does not read; quickly read, as most rows fail.
  const goodRows = Array.from({ length: 100 }, (_, index) => `7901${String(index).padStart(7, '0')},large,UTC\n`);
  const largeFile = ['phone,tag,time_zone\n', ...goodRows, `79020000000,${'x'.repeat(60_000)},UTC\n`.repeat(500)].join('');

  /** The upload has begun, and does not get on. */
  async function startHeld(page: Page): Promise<void> {
    await choose(page, largeFile);
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await expectVisible(page.getByRole('progressbar'));
    await eventually(async () => Number(await page.getByRole('progressbar').getAttribute('aria-valuenow')) > 0);
    await expectVisible(page.getByText(/ of 30 MB sent/));
  }

  test('a connection that breaks is told, with what to do; the same file sent again doubles nothing', async () => {
    await using wire = await startWire(stage.service.url);
    const page = await open({ expectedFaults: /ERR_|WebSocket/ }, wire.url);
    wire.holdAfter(2_000_000);
    await startHeld(page);
    wire.refuse();
    await expectVisible(page.getByRole('heading', { name: 'The connection broke before the service answered' }));
    await expectVisible(page.getByText('Rows that had arrived may be written already', { exact: false }));
    await expectAccessible(page);
    wire.passOn();
    wire.accept();
    await page.getByRole('button', { name: 'Send the file again' }).click();
    await expectVisible(page.getByRole('heading', { name: 'The import is done, but some rows were left out' }));
    await expectCounts(page, { failed: '500' });
    await expectVisible(page.getByText('50 of 500 faults are shown.'));
    expect(await clientCount()).toBe(100);
  });

  test('the operator may look elsewhere, is warned before leaving, and may stop it', async () => {
    await using wire = await startWire(stage.service.url);
    const page = await open({ expectedFaults: /ERR_|WebSocket/ }, wire.url);
    wire.holdAfter(2_000_000);
    await startHeld(page);
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Clients', exact: true }).click();
    await expectVisible(page.getByText('An import is under way', { exact: false }));
    const [dialog] = await Promise.all([page.waitForEvent('dialog'), page.close({ runBeforeUnload: true })]);
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await page.getByRole('link', { name: 'Show it' }).click();
    await page.getByRole('button', { name: 'Stop the import' }).click();
    await expectVisible(page.getByRole('heading', { name: 'The import was stopped' }));
    await page.getByRole('button', { name: 'Import another file' }).click();
    await expectVisible(page.getByText('or drop it here'));
  });
});
