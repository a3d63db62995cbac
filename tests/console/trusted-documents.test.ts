// The console of a service that runs trusted documents alone: its list is made at build time, from the very texts that it sends.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { expectVisible } from '../support/console-browser.ts';
import { addClients, startMailing, useConsole } from '../support/console-setup.ts';

const folder = mkdtempSync(join(tmpdir(), 'trusted-'));
const list = join(folder, 'documents.json');
// What the test itself sends stands in the list; what the console sends does not.
const setUp =
  'mutation ($input: CreateMailingInput!) { createMailing(input: $input) { mailing { id } userErrors { code field message } } }';
writeFileSync(list, JSON.stringify({ 'set-up': setUp }));
const stage = useConsole({ TRUSTED_DOCUMENTS: list, PROVIDER_RATE_PER_SECOND: '1' });
afterAll(() => rmSync(folder, { recursive: true }));

test('every screen is there and live', async () => {
  await addClients(stage, { tag: 'trusted', count: 50 });
  const id = await startMailing(stage, { tag: 'trusted', text: 'trusted documents' });
  const refused: string[] = [];
  const page = await stage.operators.open(stage.service.url);
  page.on('response', (answer) => {
    if (answer.status() >= 400) refused.push(`${answer.status()} ${answer.request().postData() ?? answer.url()}`);
  });
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      if (String(payload).includes('DOCUMENT_NOT_TRUSTED')) refused.push(String(payload));
    }),
  );
  for (const path of ['/', '/mailings', `/mailings/${id}`, `/mailings/${id}/edit`, '/mailings/new', '/clients', '/import']) {
    await page.goto(`${stage.service.url}${path}`);
    await expectVisible(page.getByText('Live', { exact: true }));
    await expectVisible(page.getByRole('heading', { level: 1 }));
  }
  await page.goto(`${stage.service.url}/clients`);
  await page.getByRole('link', { name: /900/ }).first().click();
  await expectVisible(page.getByRole('heading', { level: 1 }));
  expect(refused).toEqual([]);
});
