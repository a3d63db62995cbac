// Mailings of operators who sign in: a viewer sees no button that would be refused, and a session that ends takes nothing of the form along.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectVisible } from '../support/console-browser.ts';
import { addTag, savedId } from '../support/console-mailing-form.ts';
import { useConsole } from '../support/console-setup.ts';
import { storeClient } from '../support/stored-rows.ts';
import { answer } from '../support/stub-behaviours.ts';
import { signToken, testSecret } from '../support/tokens.ts';

const stage = useConsole({ AUTH: 'jwt', AUTH_JWT_SECRET: testSecret });

async function open(path: string, claims: Parameters<typeof signToken>[0]): Promise<Page> {
  const page = await stage.operators.open(`${stage.service.url}${path}`, { expectedFaults: /status of (401|503)/ });
  await signIn(page, claims);
  return page;
}

async function signIn(page: Page, claims: Parameters<typeof signToken>[0]): Promise<void> {
  await page.getByLabel('Access token').fill(await signToken(claims));
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Of an operator, to everybody with the tag, now and at any hour; returns its id. */
async function startMailing(tag: string): Promise<string> {
  const input = { text: 'Not paid for', filter: { tags: [tag] }, startsAt: '2026-01-01T00:00:00Z', endsAt: '2099-01-01T00:00:00Z' };
  const response = await fetch(`${stage.service.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await signToken({ sub: 'oleg', role: 'operator' })}` },
    body: JSON.stringify({
      query: 'mutation ($input: CreateMailingInput!) { createMailing(input: $input) { mailing { id } } }',
      variables: { input },
    }),
  });
  const { data } = (await response.json()) as { readonly data: { readonly createMailing: { readonly mailing: { readonly id: string } } } };
  return data.createMailing.mailing.id;
}

test('an operator creates a mailing; a viewer sees it come, and is offered nothing to change it', async () => {
  const viewer = await open('/mailings', { sub: 'vera', role: 'viewer' });
  await expectVisible(viewer.getByText('As soon as an operator creates one, it appears here.'));
  const operator = await open('/mailings/new', { sub: 'oleg', role: 'operator' });
  await operator.getByLabel('Text').fill('For all to see');
  await addTag(operator, 'nobody');
  await operator.getByRole('button', { name: 'Start now' }).click();
  const id = await savedId(operator);

  await expectVisible(viewer.getByRole('link', { name: 'For all to see' }));
  expect(await viewer.getByRole('link', { name: 'New mailing' }).count()).toBe(0);
  const overview = await open('/', { sub: 'vera', role: 'viewer' });
  await expectVisible(overview.getByRole('link', { name: 'For all to see' }).or(overview.getByText('Nothing is being sent.')).first());
  expect(await overview.getByRole('link', { name: 'New mailing' }).count()).toBe(0);
  expect(await viewer.getByRole('row').filter({ hasText: 'For all to see' }).getByRole('button').count()).toBe(0);
  for (const path of ['/mailings/new', `/mailings/new?from=${id}`]) {
    const form = await open(path, { sub: 'vera', role: 'viewer' });
    await expectVisible(form.getByText('Your role may look at mailings, not change them.'));
    expect(await form.getByRole('button', { name: 'Start now' }).count()).toBe(0);
  }
});

test('on the page of a mailing a viewer sees what went wrong, and nothing that would be refused', async () => {
  stage.stub.behave(() => answer(402));
  await storeClient(stage.database.pool, { tag: 'unpaid' });
  const id = await startMailing('unpaid');
  const changes = (page: Page) => [
    page.getByRole('button', { name: /Retry|Pause|Cancel mailing|Delete/ }),
    page.getByRole('link', { name: /Edit|Duplicate/ }),
  ];

  const viewer = await open(`/mailings/${id}`, { sub: 'vera', role: 'viewer' });
  await expectVisible(viewer.locator('[data-error=HTTP_402]'));
  for (const offered of changes(viewer)) expect(await offered.count()).toBe(0);
  const operator = await open(`/mailings/${id}`, { sub: 'oleg', role: 'operator' });
  await expectVisible(operator.locator('[data-error=HTTP_402]'));
  for (const offered of changes(operator)) expect(await offered.count()).toBeGreaterThan(0);
});

test('the history of a mailing names who did what, and what came of it by itself names nobody', async () => {
  await storeClient(stage.database.pool, { tag: 'named' });
  const id = await startMailing('named');
  const page = await open(`/mailings/${id}`, { sub: 'vera', role: 'viewer' });
  await expectVisible(page.locator('[data-event=CREATED]', { hasText: 'oleg' }));
  await expectVisible(page.locator('[data-event=COMPLETED]'));
  expect(await page.locator('[data-event=COMPLETED]').innerText()).not.toContain('oleg');
});

test('the file of messages is fetched with the session, whole or not at all', async () => {
  await storeClient(stage.database.pool, { tag: 'kept' });
  const id = await startMailing('kept');
  const page = await open(`/mailings/${id}`, { sub: 'vera', role: 'viewer' });
  await expectVisible(page.getByText('Completed', { exact: true }));
  const button = page.getByRole('button', { name: 'Download CSV' });
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  expect(download.suggestedFilename()).toBe(`mailing-${id}-messages.csv`);
  expect((await readFile(await download.path(), 'utf8')).trim().split('\r\n')).toHaveLength(2);

  await page.route('**/messages.csv', async (route) => route.fulfill({ status: 503, body: '' }));
  await button.click();
  await expectVisible(page.getByRole('status').getByText('The service is busy or starting. Try again in a moment.'));
  await page.unroute('**/messages.csv');
  const [again] = await Promise.all([page.waitForEvent('download'), button.click()]);
  expect((await readFile(await again.path(), 'utf8')).trim().split('\r\n')).toHaveLength(2);
  expect(await page.getByText('The service is busy or starting.').count()).toBe(0);
});

test('a session that ends while a mailing is written takes nothing along', async () => {
  const page = await open('/mailings/new', { sub: 'oleg', role: 'operator', exp: 25 });
  await page.getByLabel('Text').fill('Written in two sessions');
  await addTag(page, 'nobody');
  const over = page.getByRole('dialog', { name: 'Your session is over' });
  await expectVisible(over);
  await signIn(page, { sub: 'oleg', role: 'operator' });
  await over.waitFor({ state: 'detached' });
  expect(await page.getByLabel('Text').inputValue()).toBe('Written in two sessions');
  await expectVisible(page.locator('[data-count="matching"], [data-audience="nobody"]').first());
  await page.getByRole('button', { name: 'Start now' }).click();
  await savedId(page);
});
