// Clients where callers are recognised: a viewer is offered nothing that would be refused, and a file goes out with the operator's token.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectVisible } from '../support/console-browser.ts';
import { useConsole } from '../support/console-setup.ts';
import { storeClient } from '../support/stored-rows.ts';
import { signToken, testSecret } from '../support/tokens.ts';

const stage = useConsole({ AUTH: 'jwt', AUTH_JWT_SECRET: testSecret });

async function openAs(role: 'viewer' | 'operator', path: string): Promise<Page> {
  const page = await stage.operators.open(`${stage.service.url}${path}`);
  await page.getByLabel('Access token').fill(await signToken({ sub: 'vera', role }));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expectVisible(page.getByText('Live', { exact: true }));
  return page;
}

test('a viewer sees clients and no button that would be refused', async () => {
  const id = await storeClient(stage.database.pool, { phone: '79000000000' });
  const page = await openAs('viewer', `/clients/${id}?edit`);
  await expectVisible(page.getByRole('heading', { name: '+7 900 000-00-00' }));
  await expectVisible(page.getByText('No message to this client yet'));
  for (const name of ['Edit', 'Opt out', 'Delete']) expect(await page.getByRole('button', { name }).count()).toBe(0);
  expect(await page.getByRole('dialog').count()).toBe(0);
  await page.getByRole('link', { name: 'Clients', exact: true }).click();
  await expectVisible(page.locator('tr[data-client]'));
  expect(await page.getByRole('button', { name: 'New client' }).count()).toBe(0);
  expect(await page.getByRole('link', { name: 'Import from a file' }).count()).toBe(0);
  await page.goto(`${stage.service.url}/import`);
  await expectVisible(page.getByText('Importing needs the role of an operator.'));
});

test("an operator's file is taken", async () => {
  const page = await openAs('operator', '/import');
  const buffer = Buffer.from('phone,time_zone\n79000000001,UTC\n');
  await page.locator('input[type=file]').setInputFiles({ name: 'one.csv', mimeType: 'text/csv', buffer });
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expectVisible(page.getByRole('heading', { name: 'The import is done', exact: true }));
  expect(await page.locator('[data-rows=created]').textContent()).toBe('1');
});
