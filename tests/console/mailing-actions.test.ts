// What people do with a mailing, and what others see of it: pausing, cancelling, deleting; and states in which little can be done.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible, expectVisible } from '../support/console-browser.ts';
import { updateMailing } from '../support/console-mailing-form.ts';
import { addClients, startMailing, useConsole } from '../support/console-setup.ts';
import { eventually } from '../support/eventually.ts';
import { answer } from '../support/stub-behaviours.ts';

const stage = useConsole();

const view = async (id: string, options: Parameters<typeof stage.operators.open>[1] = {}): Promise<Page> =>
  stage.operators.open(`${stage.service.url}/mailings/${id}`, options);

const hold = async (tag: string, count = 300): Promise<string> => {
  await addClients(stage, { tag, count });
  return startMailing(stage, { tag, text: `Held: ${tag}`, ratePerSecond: 1 });
};

test('a mailing is paused and resumed by one button, which keeps the focus', async () => {
  const page = await view(await hold('pause'));
  await page.getByRole('button', { name: 'Pause' }).click();
  await expectVisible(page.locator('[data-notice=paused]', { hasText: 'wait until the mailing is resumed' }));
  await expectVisible(page.locator('[data-event=PAUSED]'));
  await eventually(async () => page.getByRole('button', { name: 'Resume' }).evaluate((button) => button === document.activeElement));
  await page.keyboard.press('Enter');
  await expectVisible(page.getByText('Running', { exact: true }));
  await expectVisible(page.locator('[data-event=RESUMED]'));
});

test('cancelling says first what it stops', async () => {
  const page = await view(await hold('cancel'));
  await page.getByRole('button', { name: 'Cancel mailing' }).click();
  const question = page.getByRole('dialog');
  await expectVisible(question.getByText(/\d+ messages that wait will not be sent/));
  await expectAccessible(page);
  await question.getByRole('button', { name: 'Back' }).click();
  await expectVisible(page.getByText('Running', { exact: true }));
  await page.getByRole('button', { name: 'Cancel mailing' }).click();
  await page.getByRole('button', { name: 'Cancel for good' }).click();
  await expectVisible(page.locator('[data-notice=summary]', { hasText: 'Cancelled at' }));
  expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(0);
});

test('deleting leads to the list, and who looks at the mailing learns of it and keeps what was known', async () => {
  const id = await hold('delete');
  const [page, other] = await Promise.all([view(id), view(id)]);
  await expectVisible(other.getByText('Running', { exact: true }));
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await page.waitForURL('**/mailings');
  await expectVisible(other.getByRole('alert').getByText('This mailing was deleted'));
  await expectVisible(other.getByText('Held: delete'));
  expect(await other.getByRole('button', { name: 'Pause' }).count()).toBe(0);
});

test('a mailing that is over and deleted then is known to be deleted too', async () => {
  await addClients(stage, { tag: 'over', count: 2 });
  const id = await startMailing(stage, { tag: 'over', text: 'Over and gone' });
  const page = await view(id);
  await expectVisible(page.getByText('Completed', { exact: true }));
  await stage.service.query('mutation ($id: ID!) { deleteMailing(id: $id) { deletedId } }', { id });
  await expectVisible(page.getByRole('alert').getByText('This mailing was deleted'));
});

test('an unknown mailing is said to be unknown', async () => {
  const page = await view('999999999');
  await expectVisible(page.getByText('There is nothing here'));
});

test('a scheduled mailing counts down, and starts before the eyes of who looks at it', async () => {
  await addClients(stage, { tag: 'later', count: 3 });
  const startsAt = new Date(Date.now() + 55_000).toISOString();
  const id = await startMailing(stage, { tag: 'later', text: 'Later', startsAt });
  const page = await view(id);
  await expectVisible(page.locator('[data-notice=scheduled]', { hasText: /in \d+ sec/ }));
  await expectVisible(page.getByText('not selected yet'));
  await updateMailing(stage, id, { startsAt: new Date(Date.now() + 1_000).toISOString() });
  await expectVisible(page.getByText('Completed', { exact: true }));
  await expectVisible(page.getByText('3 recipients'));
});

test('while the provider takes nothing, the page says why and when it is tried again', async () => {
  stage.stub.behave(() => answer(401));
  await addClients(stage, { tag: 'gate', count: 3 });
  const page = await view(await startMailing(stage, { tag: 'gate', text: 'At the gate' }));
  const notice = page.locator('[data-notice=provider]');
  await expectVisible(notice.getByText('The provider takes nothing at the moment'));
  await expectVisible(notice.getByText(/token/));
});

test('twelve time zones stay readable: a few first, all on demand', async () => {
  const zones = ['Kaliningrad', 'Moscow', 'Samara'].map((city) => `Europe/${city}`);
  zones.push(
    ...['Yekaterinburg', 'Omsk', 'Krasnoyarsk', 'Irkutsk', 'Yakutsk', 'Vladivostok', 'Magadan', 'Kamchatka'].map((city) => `Asia/${city}`),
  );
  zones.push('+05:30');
  for (const [index, timeZone] of zones.entries()) await addClients(stage, { tag: 'zones', count: index + 2, timeZone, from: index * 100 });
  // A zone leaves the table with its last message.
  stage.stub.holdAll();
  const id = await startMailing(stage, { tag: 'zones', text: 'Around the clock', ratePerSecond: 1 });
  const page = await view(id);
  await expectVisible(page.getByText('12 open now'));
  await eventually(async () => (await page.locator('[data-zone]').count()) === 8);
  await page.getByRole('button', { name: 'Show all 12' }).click();
  await eventually(async () => (await page.locator('[data-zone]').count()) === 12);
  await expectVisible(page.locator('[data-zone="Asia/Kamchatka"]', { hasText: /open until .* there, .* here/ }));
  await expectAccessible(page);
});

test('in Russian, in the dark, on a phone: it reads, fits, and is accessible', async () => {
  const page = await view(await hold('phone'), { locale: 'ru-RU', colorScheme: 'dark', viewport: { width: 390, height: 800 } });
  await expectVisible(page.getByRole('heading', { name: 'Получатели' }));
  await expectVisible(page.getByRole('heading', { name: 'Состояния во времени' }));
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});
