// The list of mailings: live, by its address, with what can be done in a row, on a phone and in Russian.
import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { expectAccessible, expectVisible } from '../support/console-browser.ts';
import { addClients, startMailing, useConsole } from '../support/console-setup.ts';
import { eventually } from '../support/eventually.ts';
import { startWire } from '../support/wire.ts';

const stage = useConsole();

beforeEach(async () => {
  const { mailings } = await stage.service.query<{ readonly mailings: { readonly nodes: readonly { readonly id: string }[] } }>(
    '{ mailings(first: 100) { nodes { id } } }',
  );
  for (const { id } of mailings.nodes) await stage.service.query('mutation ($id: ID!) { deleteMailing(id: $id) { deletedId } }', { id });
});

const list = async (search = '', options = {}): Promise<Page> => stage.operators.open(`${stage.service.url}/mailings${search}`, options);
const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });
const textsOf = async (page: Page): Promise<readonly string[]> => page.locator('[data-mailing] a').allInnerTexts();
const day = (days: number): string => new Date(Date.UTC(2090, 0, days, 9)).toISOString();

/** Numbered texts; each begins a day later than the one before. */
async function schedule(count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    await startMailing(stage, { tag: 'nobody', text: `Number ${number}`, startsAt: day(number), endsAt: day(number + 1) });
  }
}

test('without mailings the list says what to do first, and leads there', async () => {
  const page = await list();
  await expectVisible(page.getByText('No mailings yet'));
  expect(await page.getByRole('link', { name: 'Import clients' }).getAttribute('href')).toBe('/import');
  await expectAccessible(page);
  await page.getByRole('main').getByRole('link', { name: 'New mailing' }).last().click();
  await page.waitForURL('**/mailings/new');
});

test("another operator's mailing appears by itself, and both see it being sent, without a reload", async () => {
  await addClients(stage, { tag: 'live', count: 60 });
  const [one, two] = await Promise.all([list(), list()]);
  await expectVisible(one.getByText('No mailings yet'));
  stage.stub.holdAll();
  await startMailing(stage, { tag: 'live', text: 'Live news' });
  for (const page of [one, two]) {
    await expectVisible(row(page, 'Live news').getByText('Running'));
    await expectVisible(row(page, 'Live news').getByText('0 of 60'));
  }
  stage.stub.release();
  for (const page of [one, two]) {
    await expectVisible(row(page, 'Live news').getByText('Completed'));
    await expectVisible(row(page, 'Live news').getByText('60 of 60'));
    expect(await row(page, 'Live news').locator('[data-progress]').innerText()).toBe('100%');
    await expectVisible(row(page, 'Live news').getByRole('img', { name: 'Sent: 60' }));
  }
});

test('rate and estimated end of a mailing that lasts are in its row', async () => {
  await addClients(stage, { tag: 'slow', count: 200 });
  const page = await list();
  await startMailing(stage, { tag: 'slow', text: 'Slow news', ratePerSecond: 5 });
  await expectVisible(row(page, 'Slow news').getByText('/s'));
  await expectVisible(row(page, 'Slow news').getByText(/done (.*, )?\d\d:\d\d/));
});

test('on the next day the times of a row that has not changed have their date', async () => {
  await startMailing(stage, { tag: 'nobody', text: 'Of yesterday', startsAt: day(1), endsAt: day(2) });
  const page = await list('', { expectedFaults: /WebSocket/ });
  await page.clock.install();
  await page.reload();
  const created = row(page, 'Of yesterday').getByRole('cell').nth(2);
  await expectVisible(created.getByText(/^\d\d:\d\d$/));
  await page.clock.fastForward('24:00:00');
  await expectVisible(created.getByText(/^\d+ \w+.* \d\d:\d\d$/));
});

test('pages follow each other by cursors: reload, the way back and another operator with the address see the same', async () => {
  await schedule(25);
  const page = await list();
  await expectVisible(page.getByText('1–20 of 25'));
  expect((await textsOf(page))[0]).toBe('Number 25');
  await page.getByRole('button', { name: 'Next page' }).click();
  await page.waitForURL('**/mailings?after=*');
  await expectVisible(page.getByRole('link', { name: 'Number 5', exact: true }));
  const second = await textsOf(page);
  expect(second).toEqual(['Number 5', 'Number 4', 'Number 3', 'Number 2', 'Number 1']);

  await page.reload();
  await expectVisible(page.getByRole('link', { name: 'Number 5', exact: true }));
  expect(await textsOf(page)).toEqual(second);
  const other = await stage.operators.open(page.url());
  await expectVisible(other.getByRole('link', { name: 'Number 5', exact: true }));
  expect(await textsOf(other)).toEqual(second);
  expect(await other.getByRole('button', { name: 'Previous page' }).getAttribute('aria-disabled')).toBe('true');
  await other.getByRole('button', { name: 'First page' }).click();
  await expectVisible(other.getByText('1–20 of 25'));

  await page.getByRole('button', { name: 'Previous page' }).click();
  await expectVisible(page.getByText('1–20 of 25'));
  await page.goBack();
  await expectVisible(page.getByRole('link', { name: 'Number 5', exact: true }));
});

test('filters and order are in the address, and none that match is said with a way out', async () => {
  await schedule(3);
  const page = await list();
  await page.getByRole('button', { name: 'Starts' }).click();
  await page.getByRole('button', { name: 'Starts' }).click();
  await page.waitForURL('**/mailings?order=starts-asc');
  await expectVisible(page.getByRole('link', { name: 'Number 1', exact: true }));
  await eventually(async () => expect(await textsOf(page)).toEqual(['Number 1', 'Number 2', 'Number 3']));
  expect(await page.getByRole('columnheader', { name: 'Starts' }).getAttribute('aria-sort')).toBe('ascending');

  await page.getByRole('group', { name: 'Only with the status' }).getByText('Paused').click();
  await page.waitForURL('**/mailings?status=paused&order=starts-asc');
  await expectVisible(page.getByText('No mailing matches'));
  await page.getByRole('button', { name: 'Show all mailings' }).click();
  await expectVisible(page.getByRole('link', { name: 'Number 3', exact: true }));

  // Of 3 January: Number 2 runs until then, Number 3 begins.
  const shared = await list('?from=2090-01-03&to=2090-01-03&order=starts-asc');
  await expectVisible(shared.getByRole('link', { name: 'Number 3', exact: true }));
  expect(await textsOf(shared)).toEqual(['Number 2', 'Number 3']);
  await shared.getByRole('button', { name: 'Any time again' }).click();
  await expectVisible(shared.getByRole('link', { name: 'Number 1', exact: true }));
});

test.for(['light', 'dark'] as const)(
  'until the answer to another filter is there, the list of before is marked (%s)',
  async (colorScheme) => {
    await using wire = await startWire(stage.service.url);
    await schedule(2);
    const page = await stage.operators.open(`${wire.url}/mailings`, {
      colorScheme,
      // The wire is gone before the page is.
      expectedFaults: /WebSocket connection .*ERR_CONNECTION_REFUSED/,
    });
    const region = page.getByRole('region', { name: 'Mailings' });
    await expectVisible(page.getByRole('link', { name: 'Number 1' }));
    expect(await region.getAttribute('aria-busy')).toBe('false');
    wire.holdAfter(0);
    await page.getByRole('group', { name: 'Only with the status' }).getByText('Paused').click();
    await eventually(async () => expect(await region.getAttribute('aria-busy')).toBe('true'));
    await eventually(async () => expect(await region.evaluate((list) => getComputedStyle(list).backgroundImage)).toMatch(/gradient/));
    await expectVisible(page.getByRole('link', { name: 'Number 1' }));
    await expectAccessible(page);
    wire.passOn();
    await expectVisible(page.getByText('No mailing matches'));
    expect(await region.getAttribute('aria-busy')).toBe('false');
  },
);

test('what was left, a filter or a screen, is not asked for again', async () => {
  await schedule(2);
  const page = await stage.operators.open(`${stage.service.url}/clients`);
  const asked: string[] = [];
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      if (payload.includes('subscription MailingsPage')) asked.push(String(payload));
    }),
  );
  await page.goto(`${stage.service.url}/mailings`);
  await expectVisible(page.getByRole('link', { name: 'Number 1', exact: true }));
  await page.getByRole('group', { name: 'Only with the status' }).getByText('Paused').click();
  await expectVisible(page.getByText('No mailing matches'));
  await page.getByRole('link', { name: 'Overview' }).click();
  await expectVisible(page.getByText('Nothing is being sent.'));
  // What breaks is asked for again within a second and a half: what was left would be by now.
  await page.waitForTimeout(2_000);
  expect(asked).toHaveLength(2);
});

test('a page whose address is not whole says so', async () => {
  await schedule(1);
  const page = await list('?after=nonsense');
  await expectVisible(page.getByText('This page of the list is not there any more'));
  await page.getByRole('button', { name: 'First page' }).click();
  await expectVisible(page.getByRole('link', { name: 'Number 1' }));
});

test('a mailing is paused, resumed, cancelled and deleted from its row, which says what it stops', async () => {
  await addClients(stage, { tag: 'row', count: 400 });
  const page = await list();
  stage.stub.holdAll();
  const id = await startMailing(stage, { tag: 'row', text: 'In a row', ratePerSecond: 2 });
  const mailing = row(page, 'In a row');
  await page.getByRole('button', { name: `Pause mailing ${id}` }).click();
  await expectVisible(mailing.getByText('Paused'));
  stage.stub.release();
  await page.getByRole('button', { name: `Resume mailing ${id}` }).click();
  await expectVisible(mailing.getByText('Running'));

  await page.getByRole('button', { name: `Actions for mailing ${id}` }).click();
  await page.getByRole('menuitem', { name: 'Cancel mailing' }).click();
  await expectVisible(page.getByRole('dialog').getByText(/messages? that waits? will not be sent/));
  await page.getByRole('button', { name: 'Cancel for good' }).click();
  await expectVisible(mailing.getByText('Cancelled'));

  await page.getByRole('button', { name: `Actions for mailing ${id}` }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await expectVisible(page.getByText('No mailings yet'));
});

test('after a deletion the keyboard goes on in the list', async () => {
  await schedule(2);
  const page = await list();
  await row(page, 'Number 2').getByRole('button').click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await row(page, 'Number 2').waitFor({ state: 'detached' });
  await eventually(async () => {
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Mailings');
  });
});

test('numbers are greyed at once when the connection is gone, and catch up by themselves', async () => {
  await schedule(1);
  const page = await list('', { expectedFaults: /WebSocket|ERR_INTERNET_DISCONNECTED/ });
  await expectVisible(page.getByRole('link', { name: 'Number 1' }));
  await page.context().setOffline(true);
  await page.locator('[data-stale="true"] [data-mailing]').waitFor();
  await startMailing(stage, { tag: 'nobody', text: 'Meanwhile', startsAt: day(1), endsAt: day(2) });
  await page.context().setOffline(false);
  await expectVisible(page.getByRole('link', { name: 'Meanwhile' }));
  expect(await page.locator('[data-stale="true"] [data-mailing]').count()).toBe(0);
});

test('on a phone mailings are cards, in the dark and in Russian, too', async () => {
  await schedule(2);
  await addClients(stage, { tag: 'phone', count: 3 });
  await startMailing(stage, { tag: 'phone', text: 'Очень длинный текст '.repeat(40) });
  const page = await list('', { viewport: { width: 390, height: 800 }, colorScheme: 'dark', locale: 'ru-RU' });
  await expectVisible(page.getByRole('listitem').filter({ hasText: 'Очень длинный' }).getByText('3 из 3'));
  expect(await page.getByRole('table').count()).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await expectAccessible(page);
  await page.getByRole('combobox', { name: 'Порядок' }).click();
  await page.getByRole('option', { name: 'Сначала старые' }).click();
  await page.waitForURL('**/mailings?order=created-asc');
});

test.each([
  ['en-GB', '7,500 of 20,000'],
  ['ru-RU', '7 500 из 20 000'],
])('thousands of messages stand in one line, in the language of %s', async (locale, words) => {
  const id = await startMailing(stage, { tag: 'nobody', text: 'To many' });
  const counts = 'total = 20000, pending = 12500, sent = 7500, version = version + 1';
  await stage.database.pool.query(`update mailing_statistics set ${counts} where mailing_id = $1`, [id]);
  const page = await list('', { locale });
  const done = row(page, 'To many').getByText(words);
  await expectVisible(done);
  const lines = await done.evaluate((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return new Set(Array.from(range.getClientRects(), ({ top }) => top)).size;
  });
  expect(lines).toBe(1);
});

test('the table has nothing that axe calls serious', async () => {
  await addClients(stage, { tag: 'axe', count: 3 });
  await startMailing(stage, { tag: 'axe', text: 'Done' });
  await schedule(1);
  const page = await list();
  await expectVisible(row(page, 'Done').getByText('Completed'));
  await expectAccessible(page);
});
