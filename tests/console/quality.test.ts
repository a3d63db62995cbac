// What every screen owes its operators, whatever it shows: readable in both colour schemes, within a phone's width, and by the keyboard alone.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { accessibilityFaults, expectAccessible, expectVisible } from '../support/console-browser.ts';
import { addClients, openBusy, startMailing, useConsole } from '../support/console-setup.ts';
import type { ConsoleStage } from '../support/console-setup.ts';
import { eventually } from '../support/eventually.ts';
import { neverFocused, tabbable } from '../support/keyboard.ts';
import { accept, answer } from '../support/stub-behaviours.ts';

const stage = useConsole();
const farAhead = { startsAt: '2090-03-01T06:00:00Z', endsAt: '2090-03-02T18:00:00Z' };

/** Each screen by what its address needs and what stands there once it is complete. */
const screens: readonly (readonly [name: string, address: (on: Filled) => string, complete: string])[] = [
  ['the overview', () => '/', '[data-problem]'],
  ['the list of mailings', () => '/mailings', '[data-mailing]'],
  ['a mailing that is being sent', ({ running }) => `/mailings/${running}`, '[data-message]'],
  ['a mailing that is over', ({ over }) => `/mailings/${over}`, '[data-error]'],
  ['a mailing to come', ({ scheduled }) => `/mailings/${scheduled}`, '[data-notice=scheduled]'],
  ['the form of a new mailing', () => '/mailings/new', '[data-audience]'],
  ['the form of a mailing to come', ({ scheduled }) => `/mailings/${scheduled}/edit`, '[data-audience]'],
  ['the list of clients', () => '/clients', 'main table tbody tr'],
  ['a client', ({ client }) => `/clients/${client}`, '[data-message]'],
  ['the import', () => '/import', 'input[type=file]'],
  ['an unknown address', () => '/nowhere', 'main h1'],
];

test('the first load is less than 300 KiB of compressed script', async () => {
  const page = await openBusy(stage);
  const scripts = await page.evaluate(() =>
    (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
      .filter(({ name }) => new URL(name).pathname.endsWith('.js'))
      .map(({ name, transferSize, decodedBodySize }) => ({ name, transferSize, decodedBodySize })),
  );
  const bytes = scripts.reduce((sum, { transferSize }) => sum + transferSize, 0);
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(300 * 1_024);
  expect(bytes).toBeLessThan(scripts.reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0) / 2);
});

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  test('every screen is readable and has a name for everything', async () => {
    const filled = await fill(stage);
    const page = await stage.operators.open(stage.service.url, { colorScheme });
    for (const [, address, complete] of screens) {
      await show(page, address(filled), complete);
      await expectAccessible(page);
    }
  });

  test('what the console asks before a mailing is deleted is readable, too', async () => {
    const { over } = await fill(stage);
    const page = await stage.operators.open(`${stage.service.url}/mailings/${over}`, { colorScheme });
    await page.getByRole('button', { name: /^Delete/ }).click();
    await expectVisible(page.getByRole('dialog'));
    await expectAccessible(page);
  });
});

/** What opens on a screen, by what opens it and what there is then. */
const openings: readonly (readonly [name: string, address: (on: Filled) => string, open: (page: Page) => Promise<void>, opened: string])[] =
  [
    ['the menu of languages', () => '/', press('Language'), '[role=menu]'],
    ['the menu of colours', () => '/', press('Colours'), '[role=menu]'],
    ['the menu of a row', () => '/mailings', press('Actions for mailing'), '[role=menu]'],
    ['the days of the filter', () => '/mailings', press('Only mailings that run in these days'), '[role=dialog] table'],
    ['the time zones of a client', ({ client }) => `/clients/${client}`, searchZone, '[role=option][data-combobox-selected]'],
    ['a notification', ({ client }) => `/clients/${client}`, saveUnchanged, '.mantine-Notification-root'],
  ];

describe.each(['light', 'dark'] as const)('what opens in %s colours', (colorScheme) => {
  test('is readable and has a name for everything', async () => {
    const filled = await fill(stage);
    const page = await stage.operators.open(stage.service.url, { colorScheme });
    const faults: [name: string, faults: readonly string[]][] = [];
    for (const [name, address, open, opened] of openings) {
      await show(page, address(filled), 'main h1');
      await open(page);
      await expectVisible(page.locator(opened).first());
      faults.push([name, await accessibilityFaults(page)]);
    }
    expect(faults).toEqual(openings.map(([name]) => [name, []]));
  });
});

test('menus of choices say which one is made, and a notification how it is closed, in the language of the page', async () => {
  const { client } = await fill(stage);
  const page = await stage.operators.open(`${stage.service.url}/clients/${client}`);
  await page.getByRole('button', { name: 'Colours' }).click();
  await expectVisible(page.getByRole('menuitemradio', { name: 'As the system', checked: true }));
  await page.keyboard.press('Escape');
  await saveUnchanged(page);
  await expectVisible(page.getByRole('alert').getByRole('button', { name: 'Close' }).last());
  // By the keyboard: the pointer keeps the notification.
  await page.getByRole('button', { name: 'Language' }).press('Enter');
  await page.getByRole('menuitemradio', { name: 'Русский', checked: false }).press('Enter');
  await expectVisible(page.getByRole('alert').getByRole('button', { name: 'Закрыть' }).last());
  await page.getByRole('button', { name: 'Язык' }).press('Enter');
  await expectVisible(page.getByRole('menuitemradio', { name: 'Русский', checked: true }));
});

/** Where words without a space stand, beside the overview and the list. */
const wordyScreens: typeof screens = [
  ['a mailing of long words', ({ wordy }) => `/mailings/${wordy}`, '[data-message]'],
  ['a copy of it', ({ wordy }) => `/mailings/new?from=${wordy}`, '[data-audience=some]'],
  ['clients by a long tag', () => `/clients?tag=${longTags[0]}`, 'main table tbody tr'],
  ['a client with a long tag', ({ wordyClient }) => `/clients/${wordyClient}`, '[data-message]'],
];

test.each([
  ['en-GB', 390],
  ['ru-RU', 390],
  ['en-GB', 1_280],
])('every screen fits, in the language of %s on %i pixels', async (locale, width) => {
  const filled = await fill(stage);
  // The longest of what the frame says about it.
  await stage.database.pool.query(`update provider_gate set state = 'PROBING', version = version + 1`);
  const page = await stage.operators.open(stage.service.url, { locale, viewport: { width, height: 800 } });
  await expectVisible(page.locator('header').getByText(/Being tried|Проверяется/));
  const misfits: unknown[] = [];
  for (const [name, address, complete] of [...screens, ...wordyScreens]) {
    await show(page, address(filled), complete);
    const needed = await page.evaluate(() => document.documentElement.scrollWidth);
    // Nothing is cut off in the frame, nor drawn over what stands beside it.
    const overflowing = await page.locator('header [class*=Badge-label], main dd, main li').evaluateAll(cutOff);
    if (needed > width || overflowing.length > 0) misfits.push({ name, needed, overflowing });
  }
  expect(misfits).toEqual([]);
});

test('on a phone, what became of each message and when a mailing reaches whom is read without scrolling sideways', async () => {
  const { over } = await fill(stage);
  await addClients(stage, { tag: 'some', count: 1, from: 300, timeZone: 'Asia/Yekaterinburg' });
  const page = await stage.operators.open(stage.service.url, { locale: 'ru-RU', viewport: { width: 390, height: 800 } });
  await show(page, `/mailings/${over}`, '[data-message]');
  await page.locator('[data-status=FAILED]').getByRole('button').first().click();
  await expectVisible(page.locator('[data-attempt]').getByText('Провайдер ждёт оплаты'));
  await expectVisible(page.locator('[data-attempt]').getByText('HTTP_402'));
  expect(await page.locator('main div:has([data-message]), td:has([data-attempt])').evaluateAll(cutOff)).toEqual([]);
  await show(page, '/mailings/new', '[data-zone="Asia/Yekaterinburg"]');
  expect(await page.locator('main div:has([data-zone])').evaluateAll(cutOff)).toEqual([]);
});

test('everything that can be done is reached by Tab, and shows that it has the focus', async () => {
  const filled = await fill(stage);
  const page = await stage.operators.open(stage.service.url);
  for (const [name, address, complete] of screens) {
    await show(page, address(filled), complete);
    const { missed, unseen } = await neverFocused(page);
    expect({ name, missed, unseen }).toEqual({ name, missed: [], unseen: [] });
  }
});

test('a dialog keeps the focus until it is closed, and gives it back to what opened it', async () => {
  const { over } = await fill(stage);
  const page = await stage.operators.open(`${stage.service.url}/mailings/${over}`);
  const opener = page.getByRole('button', { name: /^Delete/ });
  await opener.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await expectVisible(dialog);
  const stops = await tabbable(dialog);
  for (let press = 0; press < stops * 2 + 1; press += 1) {
    await page.keyboard.press('Tab');
    expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await eventually(async () => opener.evaluate((element) => element === document.activeElement));
});

test('the way past the navigation is the first stop of the keyboard', async () => {
  const page = await stage.operators.open(stage.service.url);
  await expectVisible(page.getByText('Live', { exact: true }));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
});

interface Filled {
  readonly running: string;
  readonly over: string;
  readonly scheduled: string;
  readonly client: string;
  /** Words without a space, as long as they may be. */
  readonly wordy: string;
  readonly wordyClient: string;
}

const longTags = ['a'.repeat(100), 'W'.repeat(100)] as const;

/** A mailing that stands in the middle, two that are over with faults, one to come. */
async function fill(on: ConsoleStage): Promise<Filled> {
  await addClients(on, { tag: 'some', count: 12 });
  await addClients(on, { tag: 'more', count: 12, from: 100, timeZone: 'Asia/Kamchatka' });
  on.stub.behave(({ body }) => (body?.phone.toString().endsWith('0') === true ? answer(402, { body: 'pay first' }) : accept()));
  const over = await startMailing(on, { tag: 'some', text: 'Over by now' });
  await addClients(on, { tag: longTags[0], count: 1, from: 200 });
  // Refused by the provider, so that the overview speaks of it.
  const wordy = await startMailing(on, { tag: '', text: `https://example.com/${'x'.repeat(200)}`, filter: { tags: longTags } });
  await untilCompleted(on, over);
  await untilCompleted(on, wordy);
  on.stub.holdAll();
  const running = await startMailing(on, { tag: 'more', text: 'Held in the middle' });
  const scheduled = await startMailing(on, { tag: 'some', text: 'Another day', ...farAhead });
  return { running, over, scheduled, wordy, client: await firstClient(on, 'some'), wordyClient: await firstClient(on, longTags[0]) };
}

async function untilCompleted(on: ConsoleStage, id: string): Promise<void> {
  await eventually(
    async () => {
      const { mailing } = await on.service.query<{ readonly mailing: { readonly status: string } }>(
        'query ($id: ID!) { mailing(id: $id) { status } }',
        { id },
      );
      return mailing.status === 'COMPLETED';
    },
    { timeoutMs: 60_000 },
  );
}

async function firstClient(on: ConsoleStage, tag: string): Promise<string> {
  const { clients } = await on.service.query<{ readonly clients: { readonly nodes: readonly { readonly id: string }[] } }>(
    'query ($tags: [String!]) { clients(first: 1, where: { tags: $tags }) { nodes { id } } }',
    { tags: [tag] },
  );
  return clients.nodes[0]?.id ?? '';
}

/** In the same page, as people go from one to the next. */
async function show(page: Page, address: string, complete: string): Promise<void> {
  await page.goto(`${stage.service.url}${address}`);
  await page.locator('[data-connection=connected]').waitFor();
  await page.locator(complete).first().waitFor({ state: 'attached' });
}

function press(name: string): (page: Page) => Promise<void> {
  return async (page) => page.getByRole('button', { name }).first().click();
}

async function searchZone(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('dialog').getByLabel('Time zone').fill('Vladivostok');
}

async function saveUnchanged(page: Page): Promise<void> {
  // As long as the pointer is over it, it stays; one that was gone before is asked for again.
  await eventually(async () => {
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.locator('.mantine-Notification-root').last().hover({ timeout: 3_500 });
  });
}

function cutOff(labels: (HTMLElement | SVGElement)[]): string[] {
  return labels.filter((label) => label.scrollWidth > label.clientWidth).map((label) => label.textContent ?? '');
}
