// From screen to screen and from page to page: where the focus is then, and what is in sight.
import { expect, test } from 'vitest';
import { expectVisible } from '../support/console-browser.ts';
import { addClients, startMailing, useConsole } from '../support/console-setup.ts';
import { eventually } from '../support/eventually.ts';
import { storeClient, storeMailing, storeMessage } from '../support/stored-rows.ts';

const stage = useConsole();

test('another screen has the focus once it is there: the keyboard goes on at its content', async () => {
  const id = await startMailing(stage, { tag: 'nobody', text: 'To nobody' });
  const page = await stage.operators.open(`${stage.service.url}/mailings`);
  const focused = async (): Promise<string | undefined> => page.evaluate(() => document.activeElement?.id);
  await page.locator('[data-mailing]').first().waitFor();
  expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
  await page.locator(`[data-mailing="${id}"] a`).press('Enter');
  await expectVisible(page.getByRole('heading', { level: 1, name: `Mailing ${id}` }));
  await eventually(async () => (await focused()) === 'content');
  await page.getByRole('navigation').getByRole('link', { name: 'Mailings' }).press('Enter');
  await expectVisible(page.getByRole('heading', { level: 1, name: 'Mailings' }));
  await eventually(async () => (await focused()) === 'content');
  await page.getByRole('link', { name: 'New mailing' }).press('Enter');
  await expectVisible(page.getByRole('heading', { level: 1, name: 'New mailing' }));
  await eventually(async () => (await focused()) === 'content');
  // What has the focus for a reason keeps it: a dialog of the same screen, a field in it.
  await page.getByRole('navigation').getByRole('link', { name: 'Clients' }).press('Enter');
  // An empty list offers it twice.
  await page.getByRole('button', { name: 'New client' }).first().press('Enter');
  await eventually(async () =>
    page
      .getByRole('dialog')
      .getByLabel('Phone')
      .evaluate((field) => field === document.activeElement),
  );
});

test('the next page of a list begins at its top, and the keyboard stays at the steps', async () => {
  await addClients(stage, { tag: 'many', count: 90, from: 1_000 });
  const id = await startMailing(stage, { tag: 'many', text: 'To many' });
  for (let number = 1; number <= 35; number += 1) {
    await startMailing(stage, { tag: 'many', text: `Number ${number}`, startsAt: '2090-03-01T06:00:00Z' });
  }
  // So low that no page of a list fits.
  const page = await stage.operators.open(stage.service.url, { viewport: { width: 1_280, height: 500 } });
  for (const [address, rows] of [
    ['/clients', '[data-client]'],
    ['/mailings', '[data-mailing]'],
    [`/mailings/${id}`, '[data-message]'],
  ] as const) {
    await page.goto(`${stage.service.url}${address}`);
    const first = page.locator(rows).first();
    const before = await first.evaluate((row) => row.outerHTML);
    const next = page.getByRole('button', { name: 'Next page' });
    await page.getByRole('button', { name: 'Next page', disabled: false }).press('Enter');
    await eventually(async () => (await first.evaluate((row) => row.outerHTML)) !== before);
    const { top, header, height } = await first.evaluate((row) => ({
      top: row.getBoundingClientRect().top,
      header: document.querySelector('header')?.getBoundingClientRect().bottom ?? 0,
      height: innerHeight,
    }));
    expect({ address, inSight: top >= header && top < height }).toEqual({ address, inSight: true });
    expect(await next.evaluate((step) => step === document.activeElement)).toBe(true);
  }
});

test.each([
  ['/clients', 'data-client'],
  ['/mailings', 'data-mailing'],
])('the next page of %s is one step, however often it is asked for before it is there', async (address, name) => {
  await addClients(stage, { tag: 'step', count: 110 });
  for (let number = 1; number <= 45; number += 1) {
    await startMailing(stage, { tag: 'step', text: `Step ${number}`, startsAt: '2090-03-01T06:00:00Z' });
  }
  const page = await stage.operators.open(stage.service.url);
  let held: (() => void)[] | null = null;
  await page.routeWebSocket(/graphql/, (socket) => {
    socket.connectToServer().onMessage((message) => {
      if (held === null) socket.send(message);
      else held.push(() => socket.send(message));
    });
  });
  await page.goto(`${stage.service.url}${address}`);
  const firstId = async (): Promise<string | null> => page.locator(`[${name}]`).first().getAttribute(name);
  const next = page.getByRole('button', { name: 'Next page', disabled: false });
  await expectVisible(next);
  const before = await firstId();
  held = [];
  await next.click();
  await page.waitForURL(/after=/);
  await next.click();
  const waiting: readonly (() => void)[] = held;
  held = null;
  for (const deliver of waiting) deliver();
  await eventually(async () => (await firstId()) !== before);
  await page.getByRole('button', { name: 'Previous page' }).click();
  await page.waitForURL((url) => !url.search.includes('after='));
  await eventually(async () => (await firstId()) === before);
});

test('so is the next page of a client’s messages', async () => {
  const { pool } = stage.database;
  const clientId = await storeClient(pool);
  for (let number = 1; number <= 45; number += 1) {
    await storeMessage(pool, { mailingId: await storeMailing(pool, { status: 'COMPLETED' }), clientId, status: 'SENT' });
  }
  const page = await stage.operators.open(`${stage.service.url}/clients/${clientId}`);
  const first = async (): Promise<string | null> => page.locator('[data-message]').first().getAttribute('data-message');
  const next = page.getByRole('button', { name: 'Next page', disabled: false });
  await expectVisible(next);
  const before = await first();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await page.route('**/graphql', async (route) => {
    if ((route.request().postData() ?? '').includes('query MessagesOfClient')) await released;
    return route.continue();
  });
  await next.click();
  await next.click();
  release();
  await eventually(async () => (await first()) !== before);
  await page.getByRole('button', { name: 'Previous page' }).click();
  await eventually(async () => (await first()) === before);
});
