// What is asked for while there is no network: it is said, what stood there stays, and what was asked for comes when the network is back.
import { expect, test } from 'vitest';
import { expectAccessible, expectVisible } from '../support/console-browser.ts';
import { addClients, startMailing, useConsole } from '../support/console-setup.ts';
import { answer } from '../support/stub-behaviours.ts';

const stage = useConsole();
const expectedFaults = /WebSocket|ERR_INTERNET_DISCONNECTED/;
const fault = 'The service does not answer.';

test('the next page of messages: the rows stay, and the page comes by itself', async () => {
  await addClients(stage, { tag: 'pages', count: 30 });
  const id = await startMailing(stage, { tag: 'pages', text: 'In two pages' });
  const page = await stage.operators.open(`${stage.service.url}/mailings/${id}`, { expectedFaults });
  await expectVisible(page.getByText('Completed', { exact: true }));
  await expectVisible(page.getByText('1–20 of 30'));
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Next page' }).click();
  await expectVisible(page.getByText(fault));
  expect(await page.locator('[data-message]').count()).toBe(20);
  // Another choice is not answered by the rows of this one.
  await page.getByLabel('Status', { exact: true }).selectOption('FAILED');
  await page.locator('[data-message]').first().waitFor({ state: 'detached' });
  await page.getByLabel('Status', { exact: true }).selectOption('SENT');
  await page.context().setOffline(false);
  await expectVisible(page.getByText('1–20 of 30'));
  await page.getByText(fault).waitFor({ state: 'detached' });
});

test('the next page of messages is the one that comes', async () => {
  await addClients(stage, { tag: 'next', count: 25, from: 100 });
  const id = await startMailing(stage, { tag: 'next', text: 'The second page' });
  const page = await stage.operators.open(`${stage.service.url}/mailings/${id}`, { expectedFaults });
  await expectVisible(page.getByText('Completed', { exact: true }));
  await expectVisible(page.getByText('1–20 of 25'));
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Next page' }).click();
  await expectVisible(page.getByText(fault));
  await expectVisible(page.getByText('1–20 of 25'));
  await page.context().setOffline(false);
  await expectVisible(page.getByText('21–25 of 25'));
});

test('the attempts of a message', async () => {
  stage.stub.behave(() => answer(400, { body: 'no such number' }));
  await addClients(stage, { tag: 'attempts', count: 1, from: 200 });
  const id = await startMailing(stage, { tag: 'attempts', text: 'Refused' });
  const page = await stage.operators.open(`${stage.service.url}/mailings/${id}`, { expectedFaults });
  await expectVisible(page.getByText('Completed', { exact: true }));
  await expectVisible(page.locator('[data-message]'));
  await page.context().setOffline(true);
  await page.getByRole('button', { name: /Attempts of message/ }).click();
  await expectVisible(page.getByText(fault));
  await page.context().setOffline(false);
  await expectVisible(page.locator('[data-attempt="1"]').getByText('no such number'));
});

test('a client', async () => {
  await addClients(stage, { tag: 'clients', count: 2, from: 300 });
  const page = await stage.operators.open(`${stage.service.url}/clients?tag=clients`, { expectedFaults });
  await expectVisible(page.locator('[data-client]').first());
  const other = await page.locator('[data-client]').last().getAttribute('data-client');
  await page.locator('[data-client]').first().getByRole('link').click();
  const heading = page.getByRole('heading', { level: 1, name: /^\+7/ });
  await expectVisible(heading);
  // The screen is there; the other client is not.
  await page.context().setOffline(true);
  await page.evaluate((id) => history.pushState(null, '', `/clients/${id}`), other);
  await expectVisible(page.getByText('There is nothing to show without a connection'));
  await page.context().setOffline(false);
  await expectVisible(heading);
});

test('the overview: that there is nothing to show, and then its numbers', async () => {
  const page = await stage.operators.open(stage.service.url, { expectedFaults });
  await expectVisible(page.locator('[data-total=clients]'));
  await page.getByRole('link', { name: 'Mailings', exact: true }).click();
  await expectVisible(page.getByRole('heading', { name: 'Mailings', exact: true }));
  await page.context().setOffline(true);
  await page.getByRole('link', { name: 'Overview', exact: true }).click();
  await expectVisible(page.getByText('There is nothing to show without a connection'));
  expect(await page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
  await expectAccessible(page);
  await page.context().setOffline(false);
  await expectVisible(page.locator('[data-total=clients]'));
});

test('numbers that have never come are not said to be those of a time', async () => {
  const page = await stage.operators.open(stage.service.url, { expectedFaults });
  await page.routeWebSocket(/\/graphql$/, async (socket) => socket.close({ code: 1011 }));
  await page.reload();
  await expectVisible(page.getByRole('alert').getByText('Nothing has come yet'));
  await expectVisible(page.getByText('There is nothing to show without a connection'));
  for (const path of ['/mailings', '/mailings/1', '/mailings/1/edit']) {
    await page.goto(`${stage.service.url}${path}`);
    await expectVisible(page.getByText('There is nothing to show without a connection'));
  }
});
