// Mailings that exist are changed: as far as they still may, and without overwriting what others have changed meanwhile.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible, expectVisible } from '../support/console-browser.ts';
import {
  addTag,
  eventuallyAsked,
  farAhead,
  openAt,
  readMailing,
  requestsOf,
  savedId,
  updateMailing,
} from '../support/console-mailing-form.ts';
import { addClients, startMailing, useConsole } from '../support/console-setup.ts';
import { eventually } from '../support/eventually.ts';

const stage = useConsole();

const open = async (path: string, options = {}): Promise<Page> => stage.operators.open(`${stage.service.url}${path}`, options);

test('before the start everything can be changed, and only what changed is sent', async () => {
  const id = await startMailing(stage, { tag: 'edit', text: 'Before', ...farAhead });
  const page = await open(`/mailings/${id}/edit`);
  await expectVisible(page.getByText('Nothing is changed yet.'));
  expect(await page.getByRole('button', { name: 'Save the changes' }).isDisabled()).toBe(true);
  await addTag(page, 'more');
  await page.getByRole('switch', { name: 'Only at certain hours' }).check();
  await expectVisible(page.getByText('Changes: tags, hours.'));
  await page.getByRole('button', { name: 'Save the changes' }).click();
  await savedId(page);
  expect(await readMailing(stage, id)).toMatchObject({
    text: 'Before',
    filter: { tags: ['edit', 'more'] },
    sendWindow: { from: '09:00', to: '21:00' },
    startsAt: '2090-03-01T06:00:00.500Z',
  });
});

test('of a running mailing only what its unsent messages can still obey changes; of one that is over nothing', async () => {
  await addClients(stage, { tag: 'run', count: 50 });
  stage.stub.holdAll();
  const id = await startMailing(stage, { tag: 'run', text: 'Running', ratePerSecond: 1 });
  const page = await open(`/mailings/${id}/edit`);
  await expectVisible(page.getByText('can no longer change'));
  expect(await page.getByRole('combobox', { name: 'Tags' }).isDisabled()).toBe(true);
  expect(await page.getByRole('button', { name: 'Start', exact: true }).isDisabled()).toBe(true);
  await page.getByLabel('At most, messages per second').fill('100');
  await expectVisible(page.getByText(/They hold for the \d+ messages? that (are|is) not sent yet/));
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save the changes' }).click();
  await savedId(page);
  expect((await readMailing(stage, id)).ratePerSecond).toBe(100);

  await page.goto(`${stage.service.url}/mailings/${id}/edit`);
  await expectVisible(page.getByLabel('Text'));
  await stage.service.query('mutation ($id: ID!) { cancelMailing(id: $id) { mailing { id } } }', { id });
  await expectVisible(page.getByText('It was cancelled for good'));
  stage.stub.release();
});

test('only the button saves: Enter in a field of a running mailing changes nothing', async () => {
  await addClients(stage, { tag: 'enter', count: 20 });
  stage.stub.holdAll();
  const id = await startMailing(stage, { tag: 'enter', text: 'Running', ratePerSecond: 1 });
  const page = await open(`/mailings/${id}/edit`);
  const sent = requestsOf(page, 'updateMailing(');
  const hours = page.getByRole('switch', { name: 'Only at certain hours' });
  const rate = page.getByLabel('At most, messages per second');
  await hours.check();
  await rate.fill('100');
  for (const field of [rate, hours, page.getByLabel('From: hours'), page.getByLabel('Until: minutes')]) {
    await field.focus();
    await page.keyboard.press('Enter');
  }
  await expectVisible(page.getByText('Changes: hours, speed.'));
  expect(await rate.inputValue()).toBe('100');
  expect(sent).toEqual([]);

  await page.getByRole('button', { name: 'Save the changes' }).focus();
  await page.keyboard.press('Enter');
  await savedId(page);
  expect(await readMailing(stage, id)).toMatchObject({ sendWindow: { from: '09:00', to: '21:00' }, ratePerSecond: 100 });
  expect(sent).toHaveLength(1);
  stage.stub.release();
});

test('a mailing that is to start at once after all: hours that close meanwhile promise nothing', async () => {
  await addClients(stage, { tag: 'late', count: 7 });
  const sendWindow = { from: '09:00', to: '21:00' };
  const id = await startMailing(stage, { tag: 'late', text: 'Good night', sendWindow, ...farAhead });
  const page = await open('/');
  await openAt(page, `/mailings/${id}/edit`, new Date('2090-02-28T20:30:00+03:00'));
  await page.getByText('At once', { exact: true }).click();
  await page.getByRole('button', { name: 'End of the day' }).click();
  await expectVisible(page.locator('[data-summary]').getByText(/7 messages/));
  const asked = requestsOf(page, 'AudiencePreview');
  await page.clock.pauseAt(new Date('2090-02-28T21:00:20+03:00'));
  await eventuallyAsked(page, asked, '2090-02-28T18:00:00.000Z');
  await expectVisible(page.locator('[data-count="reachable"]').getByText('0'));
});

test('a mailing that starts while it is edited keeps its recipients, and the rest of the edit', async () => {
  const id = await startMailing(stage, { tag: 'soon', text: 'Soon', ...farAhead });
  await addClients(stage, { tag: 'soon', count: 5 });
  const page = await open(`/mailings/${id}/edit`);
  await addTag(page, 'late');
  await page.getByLabel('Text').fill('Sooner');
  stage.stub.holdAll();
  await updateMailing(stage, id, { startsAt: '2026-01-01T00:00:00Z', endsAt: '2090-03-03T18:00:00Z' });
  await expectVisible(page.getByText('can no longer change'));
  await expectVisible(page.getByText('Changes: text.'));
  await page.getByRole('button', { name: 'Keep both' }).click();
  await page.getByRole('button', { name: 'Save the changes' }).click();
  await savedId(page);
  expect(await readMailing(stage, id)).toMatchObject({ text: 'Sooner', filter: { tags: ['soon'] }, endsAt: '2090-03-03T18:00:00.000Z' });
  stage.stub.release();
});

test('two operators edit one mailing: the second sees what the first has changed, and says whose change holds', async () => {
  const id = await startMailing(stage, { tag: 'two', text: 'Ours', ...farAhead });
  const [first, second] = await Promise.all([open(`/mailings/${id}/edit`), open(`/mailings/${id}/edit`)]);
  await second.getByLabel('Text').fill('Mine');
  await first.getByLabel('Text').fill('Theirs');
  await first.getByLabel('At most, messages per second').fill('9');
  await first.getByRole('button', { name: 'Save the changes' }).click();
  await savedId(first);

  await expectVisible(second.getByText('Somebody else has changed this mailing'));
  const changed = second.locator('[data-stale-field="text"]');
  expect(await changed.locator('td').allInnerTexts()).toEqual(['Ours', 'Theirs', 'Mine']);
  expect(await second.locator('[data-stale-field="ratePerSecond"] td').last().innerText()).toBe('not changed');
  expect(await second.getByRole('button', { name: 'Save the changes' }).isDisabled()).toBe(true);
  await expectAccessible(second);
  await second.getByRole('button', { name: 'Overwrite with mine' }).click();
  await second.getByRole('button', { name: 'Save the changes' }).click();
  await savedId(second);
  expect(await readMailing(stage, id)).toMatchObject({ text: 'Mine', ratePerSecond: 9 });
});

test('who has changed nothing sees the changes of others in the form; who gives up theirs, too', async () => {
  const id = await startMailing(stage, { tag: 'watch', text: 'One', ...farAhead });
  const page = await open(`/mailings/${id}/edit`);
  await expectVisible(page.getByLabel('Text'));
  await updateMailing(stage, id, { text: 'Two' });
  await eventually(async () => expect(await page.getByLabel('Text').inputValue()).toBe('Two'));
  await page.getByLabel('Text').fill('Mine');
  await updateMailing(stage, id, { text: 'Three' });
  await page.getByRole('button', { name: 'Drop mine, show the mailing as it is' }).click();
  expect(await page.getByLabel('Text').inputValue()).toBe('Three');
  await expectVisible(page.getByText('Nothing is changed yet.'));
});

test('a save that comes before the news of another change overwrites nothing', async () => {
  const id = await startMailing(stage, { tag: 'stale', text: 'Old', ...farAhead });
  const page = await open(`/mailings/${id}/edit`);
  await page.getByLabel('Text').fill('Mine');
  // The other change is written while the save is on its way.
  await page.route('**/graphql', async (route) => {
    if (route.request().postData()?.includes('updateMailing(') === true) await updateMailing(stage, id, { text: 'Theirs' });
    await route.continue();
  });
  await page.getByRole('button', { name: 'Save the changes' }).click();
  await expectVisible(page.getByText('Somebody else has changed this mailing'));
  expect((await readMailing(stage, id)).text).toBe('Theirs');
  expect(await page.getByLabel('Text').inputValue()).toBe('Mine');
});

test('a save whose answer is lost is repeated without a question', async () => {
  const id = await startMailing(stage, { tag: 'lost', text: 'Old', ...farAhead });
  const page = await open(`/mailings/${id}/edit`, { expectedFaults: /ERR_FAILED/ });
  await page.getByLabel('Text').fill('Mine');
  let lost = 0;
  await page.route('**/graphql', async (route) => {
    if (lost > 0 || route.request().postData()?.includes('updateMailing(') !== true) return route.continue();
    lost += 1;
    await route.fetch();
    return route.abort();
  });
  await page.getByRole('button', { name: 'Save the changes' }).click();
  await expectVisible(page.getByText('What you entered is kept'));
  const { version } = await readMailing(stage, id);
  await page.getByRole('button', { name: 'Save the changes' }).click();
  await savedId(page);
  expect(await readMailing(stage, id)).toMatchObject({ text: 'Mine', version });
});

test('an edit outlives a reload, and knows what it was made for', async () => {
  const id = await startMailing(stage, { tag: 'draft', text: 'Old', ...farAhead });
  const page = await open(`/mailings/${id}/edit`);
  await page.getByLabel('Text').fill('Mine');
  await page.reload();
  await expectVisible(page.getByText('This is what you had entered'));
  expect(await page.getByLabel('Text').inputValue()).toBe('Mine');
  await page.goto('about:blank');
  await updateMailing(stage, id, { text: 'Theirs' });
  await page.goto(`${stage.service.url}/mailings/${id}/edit`);
  await expectVisible(page.getByText('Somebody else has changed this mailing'));
});

test('a mailing that is not there is answered in words', async () => {
  const page = await open('/mailings/999999/edit');
  await expectVisible(page.getByText('There is nothing here'));
});
