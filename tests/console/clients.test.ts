// The directory of clients in the browser: found, created, edited, opted out, deleted, and what each was sent.
import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectAccessible, expectVisible } from '../support/console-browser.ts';
import { addClients, startMailing, useConsole } from '../support/console-setup.ts';
import { eventually } from '../support/eventually.ts';
import { answer } from '../support/stub-behaviours.ts';

const stage = useConsole();

async function open(path: string, options: Parameters<typeof stage.operators.open>[1] = {}): Promise<Page> {
  return stage.operators.open(`${stage.service.url}${path}`, options);
}

interface StoredClient {
  readonly id: string;
  readonly phone: string;
  readonly operatorCode: string;
  readonly tag: string | null;
  readonly timeZone: string;
  readonly optedOutAt: string | null;
}

async function storedClients(): Promise<readonly StoredClient[]> {
  const { clients } = await stage.service.query<{ readonly clients: { readonly nodes: readonly StoredClient[] } }>(
    '{ clients(first: 100, orderBy: CREATED_AT_ASC) { nodes { id phone operatorCode tag timeZone optedOutAt } } }',
  );
  return clients.nodes;
}

async function theOnlyClient(): Promise<StoredClient> {
  const [client, ...others] = await storedClients();
  if (client === undefined || others.length > 0) throw new Error('there is not one client');
  return client;
}

async function update(id: string, input: object): Promise<void> {
  await stage.service.query('mutation ($id: ID!, $input: UpdateClientInput!) { updateClient(id: $id, input: $input) { client { id } } }', {
    id,
    input,
  });
}

/** A box in which something is typed and chosen, not the list that it opens. */
const inputOf = (scope: Page | Locator, name: string): Locator =>
  scope.getByRole('textbox', { name }).or(scope.getByRole('combobox', { name }));

const rows = (page: Page): Locator => page.locator('tr[data-client]');

describe('creating a client', () => {
  test('begins at the empty list, says at each field what is wrong, and ends in the list', async () => {
    const page = await open('/clients');
    await expectVisible(page.getByText('There are no clients yet'));
    await expectAccessible(page);
    await page.getByRole('button', { name: 'New client' }).first().click();
    await page.waitForURL('**/clients?new');
    const form = page.getByRole('dialog');
    await form.getByLabel('Phone').fill('8 900');
    await form.getByRole('button', { name: 'Create' }).click();
    await expectVisible(form.getByText('Must be 11 digits beginning with 7', { exact: false }));
    await expectVisible(form.getByText('Must be a name such as Europe/Moscow', { exact: false }));
    expect(await form.getByLabel('Phone').evaluate((input) => input === document.activeElement)).toBe(true);
    await expectAccessible(page);

    await form.getByLabel('Phone').fill('+7 (916) 123-45-67');
    await expectVisible(form.getByText('From the phone: 916', { exact: false }));
    await form.getByLabel('Tag').fill('gold');
    await inputOf(form, 'Time zone').fill('omsk');
    await page.getByRole('option', { name: 'Asia/Omsk' }).click();
    await form.getByRole('button', { name: 'Create' }).click();
    await expectVisible(page.getByText('+7 916 123-45-67 was created'));
    await page.waitForURL('**/clients');
    await expectVisible(rows(page).getByText('+7 916 123-45-67'));
    await expectVisible(page.getByText('1 client', { exact: true }));
    expect(await theOnlyClient()).toMatchObject({ phone: '79161234567', operatorCode: '916', tag: 'gold', timeZone: 'Asia/Omsk' });
  });

  test('a phone that is taken leads to the client who has it', async () => {
    await addClients(stage, { tag: 'old', count: 1 });
    const page = await open('/clients?new');
    const form = page.getByRole('dialog');
    await form.getByLabel('Phone').fill('+7 900 000-00-00');
    await inputOf(form, 'Time zone').fill('+3');
    await page.getByRole('option', { name: '+03:00' }).first().click();
    await form.getByRole('button', { name: 'Create' }).click();
    await expectVisible(form.getByText('Another client has this phone.', { exact: false }));
    await form.getByRole('link', { name: 'Open that client' }).click();
    await page.waitForURL('**/clients?phone=79000000000');
    await eventually(async () => (await rows(page).count()) === 1);
  });

  test('a second click, or a retry after a lost answer, makes no second client', async () => {
    const page = await open('/clients?new', { expectedFaults: /ERR_FAILED/ });
    let lost = 0;
    // The service has done it, and the page never hears of it.
    await page.route('**/graphql', async (route) => {
      if (lost > 0 || route.request().postData()?.includes('createClient') !== true) return route.fallback();
      lost += 1;
      await route.fetch();
      await route.abort('failed');
    });
    const form = page.getByRole('dialog');
    await form.getByLabel('Phone').fill('79161234567');
    await inputOf(form, 'Time zone').fill('utc');
    await page.getByRole('option', { name: 'UTC' }).first().click();
    await form.getByRole('button', { name: 'Create' }).click();
    await expectVisible(form.getByText('The service does not answer.', { exact: false }));
    await form.getByRole('button', { name: 'Create' }).click();
    await expectVisible(page.getByText('+7 916 123-45-67 was created'));
    expect(await theOnlyClient()).toMatchObject({ phone: '79161234567' });
    expect(lost).toBe(1);
  });
});

describe('the list', () => {
  test('finds a phone in any form, and the address keeps every filter', async () => {
    await addClients(stage, { tag: 'gold', count: 3, from: 100, timeZone: 'Asia/Omsk' });
    await addClients(stage, { tag: 'other', count: 2, from: 200 });
    const page = await open('/clients');
    await eventually(async () => (await rows(page).count()) >= 5);
    await page.getByLabel('Phone or its beginning').fill('8 (900) 000-01');
    await page.waitForURL('**/clients?phone=8*');
    await eventually(async () => (await rows(page).count()) === 3);
    await expectVisible(page.getByText('3 clients match'));
    await page.getByLabel('Phone or its beginning').fill('Anna');
    await expectVisible(page.getByText('A phone begins with 7', { exact: false }));
    await expectVisible(page.getByText('No client matches'));
    await page.getByRole('search').getByRole('button', { name: 'Clear the filters' }).click();
    await page.waitForURL('**/clients');

    await inputOf(page, 'Tags').fill('gold');
    await page.keyboard.press('Enter');
    await inputOf(page, 'Time zones').fill('omsk');
    await page.getByRole('option', { name: 'Asia/Omsk' }).click();
    await inputOf(page, 'Operator codes').fill('90');
    await page.keyboard.press('Enter');
    await expectVisible(page.getByText('Must be three digits.'));
    await inputOf(page, 'Operator codes').fill('900');
    await page.keyboard.press('Enter');
    await page.getByText('May be sent to', { exact: true }).click();
    await page.waitForURL('**/clients?code=900&tag=gold&zone=Asia%2FOmsk&optedOut=false');
    await eventually(async () => (await rows(page).count()) === 3);
    await page.reload();
    await eventually(async () => (await rows(page).count()) === 3);
    await expectVisible(page.getByRole('search').getByText('Asia/Omsk'));
    await expectAccessible(page);
  });

  test('goes on page by page and back, in either order', async () => {
    await addClients(stage, { tag: 'many', count: 120 });
    const page = await open('/clients?order=oldest');
    const first = rows(page).first();
    await expectVisible(first);
    const firstPhone = await first.getByRole('link').textContent();
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.waitForURL('**/clients?order=oldest&after=*');
    await eventually(async () => (await first.getByRole('link').textContent()) !== firstPhone);
    await page.getByRole('button', { name: 'Next page' }).click();
    await eventually(async () => (await rows(page).count()) === 20);
    expect(await page.getByRole('button', { name: 'Next page' }).getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('button', { name: 'Previous page' }).click();
    await page.getByRole('button', { name: 'Previous page' }).click();
    await page.waitForURL((url) => !url.searchParams.has('after'));
    await eventually(async () => (await first.getByRole('link').textContent()) === firstPhone);
  });

  test('a cursor of another order leads to the first page', async () => {
    await addClients(stage, { tag: 'few', count: 2 });
    const page = await open('/clients?after=bm9uc2Vuc2U', { expectedFaults: /400/ });
    await page.waitForURL((url) => !url.searchParams.has('after'));
    await eventually(async () => (await rows(page).count()) === 2);
  });

  test('shows clients that somebody else adds, without a reload', async () => {
    const page = await open('/clients');
    await expectVisible(page.getByText('There are no clients yet'));
    await addClients(stage, { tag: 'new', count: 3 });
    await eventually(async () => (await rows(page).count()) === 3);
    await expectVisible(page.getByText('3 clients', { exact: true }));
  });

  test('shows what somebody else changes of clients on it, and how many match then', async () => {
    await addClients(stage, { tag: 'gold', count: 2 });
    const page = await open('/clients?tag=gold');
    await expectVisible(page.getByText('2 clients match'));
    const [first, second] = await storedClients();
    await update(first?.id ?? '', { optedOut: true });
    await expectVisible(rows(page).filter({ hasText: 'Opted out' }));
    await update(second?.id ?? '', { tag: 'silver' });
    await expectVisible(page.getByText('1 client matches'));
    await eventually(async () => (await rows(page).count()) === 1);
  });

  test('is as readable as before while another filter is asked for', async () => {
    await addClients(stage, { tag: 'gold', count: 2 });
    const page = await open('/');
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await page.routeWebSocket('**/graphql', (socket) => {
      const server = socket.connectToServer();
      socket.onMessage(async (message) => {
        if (message.includes('silver')) await released;
        server.send(message);
      });
    });
    await page.goto(`${stage.service.url}/clients`);
    await eventually(async () => (await rows(page).count()) === 2);
    await inputOf(page, 'Tags').fill('silver');
    await page.keyboard.press('Enter');
    await expectVisible(page.locator('[aria-busy=true]').filter({ has: rows(page) }));
    await expectAccessible(page);
    release();
    await expectVisible(page.getByText('No client matches'));
  });
});

describe('one client', () => {
  test('is shown as somebody else changes it, and says so when somebody deletes it', async () => {
    await addClients(stage, { tag: 'gold', count: 1 });
    const { id } = await theOnlyClient();
    const page = await open(`/clients/${id}`);
    await expectVisible(page.getByText('gold', { exact: true }));
    await update(id, { tag: 'platinum', optedOut: true });
    await expectVisible(page.getByText('platinum', { exact: true }));
    await expectVisible(page.getByRole('button', { name: 'Opt in' }));
    await stage.service.query('mutation ($id: ID!) { deleteClient(id: $id) { deletedId } }', { id });
    await expectVisible(page.getByText('This client was deleted'));
    expect(await page.getByRole('button', { name: /Opt|Edit|Delete/ }).count()).toBe(0);
    await expectAccessible(page);
  });

  test('is edited, and an operator who is overtaken keeps what was typed and sees what changed', async () => {
    await addClients(stage, { tag: 'gold', count: 1 });
    const { id } = await theOnlyClient();
    const page = await open(`/clients/${id}`);
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.waitForURL(`**/clients/${id}?edit`);
    const form = page.getByRole('dialog');
    await form.getByLabel('Tag').fill('platinum');
    await update(id, { tag: 'silver', timeZone: 'UTC' });
    await form.getByRole('button', { name: 'Save' }).click();
    await expectVisible(form.getByText('Somebody else changed this client while the form was open'));
    await expectVisible(form.getByText('Tag is now silver; your entry is kept'));
    await expectVisible(form.getByText('Time zone is now UTC'));
    await expectAccessible(page);
    await form.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(`**/clients/${id}`);
    expect(await theOnlyClient()).toMatchObject({ tag: 'platinum', timeZone: 'UTC' });
    await expectVisible(page.locator('dd').getByText('platinum'));
  });

  test('opts out, which is said and stops what waits, and opts in again', async () => {
    stage.stub.behave(() => answer(503));
    await addClients(stage, { tag: 'optout', count: 1 });
    await startMailing(stage, { tag: 'optout', text: 'Waits for the opt-out' });
    const { id } = await theOnlyClient();
    const page = await open(`/clients/${id}`);
    await expectVisible(page.getByRole('table').getByText('Waiting'));
    await page.getByRole('button', { name: 'Opt out' }).click();
    await expectVisible(page.getByRole('dialog').getByText('messages that wait are cancelled', { exact: false }));
    await page.getByRole('dialog').getByRole('button', { name: 'Opt out' }).click();
    await expectVisible(page.getByText('Opted out', { exact: true }));
    await expectVisible(page.getByRole('table').getByText('Cancelled'));
    expect((await theOnlyClient()).optedOutAt).not.toBeNull();
    await page.getByRole('button', { name: 'Opt in again' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Opt in again' }).click();
    await expectVisible(page.getByRole('button', { name: 'Opt out' }));
    expect((await theOnlyClient()).optedOutAt).toBeNull();
  });

  test('is deleted only after a word on what goes with it', async () => {
    await addClients(stage, { tag: 'gone', count: 1 });
    const { id } = await theOnlyClient();
    const page = await open(`/clients/${id}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    await expectVisible(page.getByRole('dialog').getByText('Past messages stay', { exact: false }));
    await page.getByRole('dialog').getByRole('button', { name: 'Back' }).click();
    expect(await storedClients()).toHaveLength(1);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
    await page.waitForURL('**/clients');
    await expectVisible(page.getByText('There are no clients yet'));
    expect(await storedClients()).toEqual([]);
    await page.goto(`${stage.service.url}/clients/${id}`);
    await expectVisible(page.getByText('There is nothing here'));
  });

  test('shows messages as they come, with the attempts that failed', async () => {
    stage.stub.behave(() => answer(400));
    await addClients(stage, { tag: 'refused', count: 1 });
    const { id } = await theOnlyClient();
    const page = await open(`/clients/${id}`);
    await expectVisible(page.getByText('No message to this client yet'));
    const mailingId = await startMailing(stage, { tag: 'refused', text: 'Will be refused' });
    await expectVisible(page.getByRole('table').getByText('Failed'));
    await page.getByRole('button', { name: 'Attempts of the message', exact: false }).click();
    await expectVisible(page.locator('tr[data-attempt="1"]').getByText('Refused for good'));
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Will be refused' }).click();
    await page.waitForURL(`**/mailings/${mailingId}`);
  });

  test.each(['9999999', 'nonsense'])('an id without a client (%s) is answered in words', async (id) => {
    const page = await open(`/clients/${id}`, { expectedFaults: /400/ });
    await expectVisible(page.getByText('There is nothing here'));
  });
});

test('in Russian, on a phone, in the dark: the same, and nothing sticks out', async () => {
  await addClients(stage, { tag: 'метка', count: 5, timeZone: 'Asia/Yekaterinburg' });
  const page = await open('/clients', { locale: 'ru-RU', viewport: { width: 390, height: 800 }, colorScheme: 'dark' });
  await expectVisible(page.getByText('5 клиентов', { exact: true }));
  await page.getByRole('button', { name: 'Ещё фильтры' }).click();
  await inputOf(page, 'Часовые пояса').fill('екатеринбург');
  await page.getByRole('option', { name: 'Asia/Yekaterinburg' }).click();
  await expectVisible(page.getByText('Найдено 5 клиентов'));
  await expectAccessible(page);
  await rows(page).first().getByRole('link').click();
  await expectVisible(page.getByText('Сообщений этому клиенту ещё не было'));
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});
