// The frame around the screens: both languages, both colour schemes, a phone's width, the keyboard, and a connection that comes and goes.
import { expect, test } from 'vitest';
import { expectAccessible, expectVisible } from '../support/console-browser.ts';
import { openBusy, useConsole } from '../support/console-setup.ts';
import { eventually } from '../support/eventually.ts';

const stage = useConsole();

test('the first page is live, warns that nobody has to sign in, and leads everywhere', async () => {
  const page = await stage.operators.open(stage.service.url);
  await expectVisible(page.getByText('Live', { exact: true }));
  await expectVisible(page.getByText('AUTH=none'));
  await page.getByRole('link', { name: 'Mailings', exact: true }).click();
  await page.waitForURL('**/mailings');
  await page.getByRole('link', { name: 'Clients', exact: true }).click();
  await page.waitForURL('**/clients');
  await expectAccessible(page);
});

test('Russian stays chosen', async () => {
  const page = await stage.operators.open(stage.service.url);
  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('menuitemradio', { name: 'Русский' }).click();
  await expectVisible(page.getByRole('link', { name: 'Рассылки' }));
  await page.reload();
  await expectVisible(page.getByRole('link', { name: 'Рассылки' }));
  expect(await page.getAttribute('html', 'lang')).toBe('ru');
});

test('a browser that prefers Russian gets it', async () => {
  const page = await stage.operators.open(stage.service.url, { locale: 'ru-RU' });
  await expectVisible(page.getByText('На связи', { exact: true }));
});

test('on a phone the menu opens by its button, also in the dark', async () => {
  const page = await stage.operators.open(stage.service.url, { viewport: { width: 390, height: 800 }, colorScheme: 'dark' });
  await expectVisible(page.getByText('Live', { exact: true }));
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Open or close the menu' }).click();
  await page.getByRole('link', { name: 'Clients' }).click();
  await page.waitForURL('**/clients');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test('without a network the page says so at once, and is live again when it is back', async () => {
  const page = await stage.operators.open(stage.service.url, { expectedFaults: /WebSocket|ERR_INTERNET_DISCONNECTED/ });
  await expectVisible(page.getByText('Live', { exact: true }));
  await page.context().setOffline(true);
  await expectVisible(page.getByRole('alert').getByText('No network'));
  await page.context().setOffline(false);
  await expectVisible(page.getByText('Live', { exact: true }));
  expect(await page.getByRole('alert').getByText('No network').count()).toBe(0);
});

test('an unknown address is answered in words, with a way home', async () => {
  const page = await stage.operators.open(`${stage.service.url}/mailings/1/nothing`);
  await expectVisible(page.getByText('There is nothing here'));
  await page.getByRole('link', { name: 'To the overview' }).click();
  await page.waitForURL(`${stage.service.url}/`);
});

test('a screen that cannot be loaded leaves the others, and is there when the page is loaded again', async () => {
  const page = await openBusy(stage, /ERR_FAILED|dynamically imported module/);
  await page.route('**/assets/clients-*.js', async (route) => route.abort());
  await page.getByRole('link', { name: 'Clients', exact: true }).click();
  await expectVisible(page.getByRole('alert').getByText('The page met a fault of its own'));
  await page.getByRole('link', { name: 'Mailings', exact: true }).click();
  await expectVisible(page.getByRole('heading', { name: 'Mailings', exact: true }));
  await page.getByRole('link', { name: 'Clients', exact: true }).click();
  await expectVisible(page.getByRole('alert').getByText('The page met a fault of its own'));
  await page.unroute('**/assets/clients-*.js');
  await page.getByRole('button', { name: 'Load the page again' }).click();
  await expectVisible(page.getByRole('heading', { name: 'Clients', exact: true }));
});

test('a screen first asked for without a network says so, and is there by itself when the network is back', async () => {
  const page = await openBusy(stage, /WebSocket|ERR_INTERNET_DISCONNECTED|Failed to fetch/);
  await page.context().setOffline(true);
  await page.getByRole('link', { name: 'Clients', exact: true }).click();
  const notice = page.getByRole('alert').filter({ hasText: 'This screen could not be loaded' });
  await expectVisible(notice);
  // Asked too early, it stays.
  await notice.getByRole('button', { name: 'Try again' }).click();
  await expectVisible(notice);
  await expectAccessible(page);
  await page.context().setOffline(false);
  await expectVisible(page.getByRole('heading', { name: 'Clients', exact: true }));
  expect(new URL(page.url()).pathname).toBe('/clients');
});

test('a screen whose script is gone since a newer console was installed is loaded with the newer page, once', async () => {
  const page = await openBusy(stage, /404|dynamically imported module/);
  let asked = 0;
  await page.route('**/assets/clients-*.js', async (route) => {
    asked += 1;
    return asked === 1 ? route.fulfill({ status: 404 }) : route.continue();
  });
  await page.getByRole('link', { name: 'Clients', exact: true }).click();
  await expectVisible(page.getByRole('heading', { name: 'Clients', exact: true }));
  expect(asked).toBe(2);
});

test('what the other screens need is there before somebody asks for it', async () => {
  const page = await stage.operators.open(stage.service.url, { expectedFaults: /WebSocket|ERR_INTERNET_DISCONNECTED/ });
  await expectVisible(page.getByText('Live', { exact: true }));
  await eventually(async () =>
    page.evaluate(() =>
      ['clients', 'client-view', 'mailings', 'mailing-view', 'new-mailing', 'edit-mailing', 'import-clients', 'ru'].every((name) =>
        performance.getEntriesByType('resource').some((entry) => entry.name.includes(`/assets/${name}-`)),
      ),
    ),
  );
  await page.context().setOffline(true);
  await page.getByRole('link', { name: 'Clients', exact: true }).click();
  await expectVisible(page.getByRole('heading', { name: 'Clients', exact: true }));
});

test('a language whose texts cannot be had says so, stays chosen, and is there with the next page', async () => {
  const page = await openBusy(stage, /WebSocket|ERR_INTERNET_DISCONNECTED|Failed to fetch/);
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('menuitemradio', { name: 'Русский' }).click();
  const notice = page.getByRole('alert').filter({ hasText: 'The texts of this language could not be loaded' });
  await expectVisible(notice);
  await expectAccessible(page);
  await page.context().setOffline(false);
  await notice.getByRole('button', { name: 'Load the page again' }).click();
  await expectVisible(page.getByText('На связи', { exact: true }));
});

test('without its texts the page says so in both languages, and comes when it is asked again', async () => {
  const page = await openBusy(stage, /ERR_FAILED/);
  await page.route('**/assets/en-*.js', async (route) => route.abort());
  await page.reload();
  await expectVisible(page.getByText('The console could not be loaded.'));
  await expectVisible(page.getByText('Консоль не загрузилась.'));
  await expectAccessible(page);
  await page.unroute('**/assets/en-*.js');
  await page.getByRole('link', { name: 'Load the page again' }).click();
  await expectVisible(page.getByText('Live', { exact: true }));
});

test('while its script is on the way, the page says what is coming', async () => {
  const page = await stage.operators.open(stage.service.url, { colorScheme: 'dark' });
  const held = Promise.withResolvers<void>();
  await page.route('**/assets/*.js', async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.reload({ waitUntil: 'commit' });
  const loading = page.getByRole('status').filter({ hasText: 'Carillon' });
  await expectVisible(loading);
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false);
  held.resolve();
  await expectVisible(page.getByText('Live', { exact: true }));
  expect(await loading.count()).toBe(0);
});
