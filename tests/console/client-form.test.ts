// The dialogs in which clients are created and edited: what is typed in them is lost by no stray click and no stray key.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectVisible } from '../support/console-browser.ts';
import { addClients, useConsole } from '../support/console-setup.ts';

const stage = useConsole();

const open = async (path: string): Promise<Page> => stage.operators.open(`${stage.service.url}${path}`);

test('a new client is kept by a click beside the dialog and by Escape once something is typed', async () => {
  const page = await open('/clients?new');
  const form = page.getByRole('dialog');
  await form.getByLabel('Phone').fill('+7 916 123-45-67');
  await clickBeside(page);
  await form.getByLabel('Tag').fill('gold');
  await page.keyboard.press('Escape');
  await form.getByLabel('Operator code').fill('926');
  expect(await form.getByLabel('Phone').inputValue()).toBe('+7 916 123-45-67');
  expect(await form.getByLabel('Tag').inputValue()).toBe('gold');
  await form.getByRole('button', { name: 'Back' }).click();
  await page.waitForURL('**/clients');

  // The next one is empty, and closes as any dialog does.
  await page.getByRole('button', { name: 'New client' }).first().click();
  await expectVisible(form.getByLabel('Phone'));
  expect(await form.getByLabel('Phone').inputValue()).toBe('');
  await clickBeside(page);
  await page.waitForURL('**/clients');
  await page.getByRole('button', { name: 'New client' }).first().click();
  await expectVisible(form.getByLabel('Phone'));
  await page.keyboard.press('Escape');
  await page.waitForURL('**/clients');
});

test('changes of a client are kept by a click beside the dialog and by Escape', async () => {
  await addClients(stage, { tag: 'old', count: 1 });
  const page = await open('/clients');
  await page.locator('tr[data-client]').getByRole('link').click();
  await page.getByRole('button', { name: 'Edit' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Tag').fill('gold');
  await clickBeside(page);
  await page.keyboard.press('Escape');
  await form.getByRole('button', { name: 'Save' }).click();
  await expectVisible(page.locator('dd').getByText('gold'));

  await page.getByRole('button', { name: 'Edit' }).click();
  await expectVisible(form.getByLabel('Tag'));
  await clickBeside(page);
  await page.waitForURL(/clients\/\d+$/);
});

test('the way back asks before it takes along what is typed', async () => {
  const page = await open('/clients');
  const form = page.getByRole('dialog').filter({ has: page.getByLabel('Phone') });
  await page.getByRole('button', { name: 'New client' }).first().click();
  await form.getByLabel('Phone').fill('+7 916 123-45-67');
  await page.evaluate(() => history.back());
  const question = page.getByRole('dialog', { name: 'Leave without saving?' });
  await question.getByRole('button', { name: 'Back' }).click();
  await question.waitFor({ state: 'detached' });
  expect(await form.getByLabel('Phone').inputValue()).toBe('+7 916 123-45-67');
  await page.evaluate(() => history.back());
  await question.getByRole('button', { name: 'Leave' }).click();
  await form.waitFor({ state: 'detached' });

  // Nothing is asked for an empty one, and the next one is guarded as well.
  await page.getByRole('button', { name: 'New client' }).first().click();
  await expectVisible(form.getByLabel('Phone'));
  await page.evaluate(() => history.back());
  await form.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'New client' }).first().click();
  await form.getByLabel('Tag').fill('gold');
  await page.evaluate(() => history.back());
  await expectVisible(question);
});

async function clickBeside(page: Page): Promise<void> {
  await page.mouse.click(20, 700);
}
