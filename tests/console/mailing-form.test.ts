// The form of a new mailing: what the operator sees before anything is sent, what is sent, and what becomes of it when something goes wrong.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible, expectVisible } from '../support/console-browser.ts';
import { addTag, farAhead, mailingsWithText, readMailing, requestsOf, savedId } from '../support/console-mailing-form.ts';
import { addClients, startMailing, useConsole } from '../support/console-setup.ts';
import { eventually } from '../support/eventually.ts';

const stage = useConsole();

const open = async (path: string, options = {}): Promise<Page> => stage.operators.open(`${stage.service.url}${path}`, options);
const count = (page: Page, name: string) => page.locator(`[data-count="${name}"]`);

test('a mailing is created with the audience in sight, and goes out', async () => {
  await addClients(stage, { tag: 'spring', count: 30 });
  await addClients(stage, { tag: 'spring', count: 10, timeZone: 'Asia/Vladivostok', from: 100 });
  await addClients(stage, { tag: 'other', count: 5, from: 200 });
  const page = await open('/mailings/new');
  // How many of them are reachable until this evening depends on what time it is there.
  await expectVisible(count(page, 'matching').getByText('45'));
  await page.getByLabel('Text').fill('Spring is here');
  await addTag(page, 'spring');
  await expectVisible(count(page, 'matching').getByText('40'));
  await page.getByRole('switch', { name: 'Only at certain hours' }).uncheck();
  await expectVisible(count(page, 'reachable').getByText('40'));
  await expectVisible(page.locator('[data-zone="Asia/Vladivostok"]').getByText('25%'));
  await expectVisible(
    page
      .locator('[data-clocks]')
      .first()
      .getByText(/in Moscow … .* in Vladivostok/),
  );
  await expectVisible(
    page.locator('[data-summary]').getByText(/^40 messages in 40 SMS parts, from now until .*, at any hour .* starts at once\.$/),
  );
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Start now' }).dblclick();
  const id = await savedId(page);
  expect(await readMailing(stage, id)).toMatchObject({
    text: 'Spring is here',
    sendWindow: null,
    filter: { operatorCodes: [], tags: ['spring'] },
  });
  await eventually(() => expect(new Set(stage.requestsFor('Spring is here').map(({ msgId }) => msgId)).size).toBe(40));
  expect(await mailingsWithText(stage, 'Spring is here')).toHaveLength(1);

  await page.goto(`${stage.service.url}/mailings/new`);
  await expectVisible(page.getByLabel('Text'));
  expect(await page.getByLabel('Text').inputValue()).toBe('');
});

test('one for later, at certain hours and at most so fast, says when each zone gets it, and how long it takes', async () => {
  await addClients(stage, { tag: 'window', count: 200 });
  await addClients(stage, { tag: 'window', count: 50, timeZone: 'Asia/Vladivostok', from: 300 });
  const page = await open('/mailings/new');
  await page.getByLabel('Text').fill('Tomorrow');
  await addTag(page, 'window');
  await page.getByText('Later', { exact: true }).click();
  await page.getByRole('button', { name: 'Tomorrow 9:00' }).click();
  await page.getByRole('button', { name: 'Next day, 21:00' }).click();
  await page.getByLabel('Until: hours').fill('18');
  await page.getByLabel('Until: minutes').fill('30');
  await expectVisible(page.getByText('Vladivostok: 09:00–18:30 there is 02:00–11:30 for you'));
  await page.getByLabel('At most, messages per second').fill('5');
  await expectVisible(page.locator('[data-estimate]').getByText('250 messages take about 50 sec at 5/s'));
  const zone = page.locator('[data-zone="Asia/Vladivostok"]');
  await expectVisible(zone.getByText('02:00–11:30'));
  await expectVisible(zone.getByText('16:00', { exact: true }));
  await expectVisible(page.locator('[data-summary]').getByText('each between 09:00 and 18:30 of the client'));

  await page.getByRole('button', { name: /^Schedule for .*09:00$/ }).click();
  const { startsAt, endsAt, sendWindow, ratePerSecond, status } = await readMailing(stage, await savedId(page));
  expect({ sendWindow, ratePerSecond, status }).toEqual({
    sendWindow: { from: '09:00', to: '18:30' },
    ratePerSecond: 5,
    status: 'SCHEDULED',
  });
  // Moscow is three hours ahead of UTC.
  expect([startsAt.slice(11), endsAt.slice(11)]).toEqual(['06:00:00.000Z', '18:00:00.000Z']);
});

test('a day and a time are picked, also by the keyboard alone', async () => {
  const page = await open('/mailings/new');
  await page.getByRole('button', { name: 'End', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Next month' }).click();
  await page.getByRole('button', { name: /^15 / }).click();
  await page.getByLabel('End: hours').fill('22');
  await page.getByLabel('End: minutes').fill('45');
  await page.getByRole('button', { name: 'Done' }).click();
  await expectVisible(page.getByRole('button', { name: 'End', exact: true }).getByText(/^15 \w+ \d+, 22:45$/));
});

test('the counter counts parts, names what makes them smaller, and replaces it', async () => {
  const page = await open('/mailings/new');
  const text = page.getByLabel('Text');
  await text.fill('a'.repeat(161));
  await expectVisible(page.getByText('2 parts'));
  await expectVisible(page.getByText('145 characters left in it'));
  await text.fill(`“Hello” — ${'a'.repeat(60)}… 😀`);
  await expectVisible(page.getByText('UCS-2', { exact: true }));
  await expectVisible(page.getByText('😀 emoji'));
  await page.getByRole('button', { name: 'Replace: em dash by -' }).click();
  expect(await text.inputValue()).toBe(`“Hello” - ${'a'.repeat(60)}… 😀`);
  await page.getByRole('button', { name: 'Replace all' }).click();
  expect(await text.inputValue()).toBe(`"Hello" - ${'a'.repeat(60)}... 😀`);
  await text.fill('"Hello"');
  await expectVisible(page.getByText('GSM 7-bit'));
  expect(await page.locator('[data-blockers]').count()).toBe(0);
  await text.fill('Привет, «мир»');
  await expectVisible(page.getByText('lacks letters of this text (П р и в е т …)'));
});

test('faults stand at their fields before anything is sent, and the first one has the focus', async () => {
  const page = await open('/mailings/new');
  await page.getByRole('combobox', { name: 'Operator codes' }).fill('9o0');
  await page.keyboard.press('Enter');
  await expectVisible(page.getByText(/“9o0”: An operator code must be three digits/));
  await page.getByRole('button', { name: 'Start now' }).click();
  await expectVisible(page.getByText('Must have 1 to 1,000 characters'));
  await eventually(async () => expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA'));
  await page.getByLabel('Text').fill('x'.repeat(1_001));
  await expectVisible(page.getByText('1,001 of 1,000 characters'));
  await expectVisible(page.getByText('Must have 1 to 1,000 characters'));
  expect(new URL(page.url()).pathname).toBe('/mailings/new');
  await expectAccessible(page);
});

test('only the button sends: Enter in a field leaves everything as it was entered', async () => {
  const page = await open('/mailings/new');
  const sent = requestsOf(page, 'createMailing(');
  await page.getByLabel('Text').fill('By the button alone');
  await addTag(page, 'vip');
  await page.keyboard.press('Enter');
  await page.getByLabel('At most, messages per second').fill('5');
  await page.keyboard.press('Enter');
  const fields = [
    page.getByRole('combobox', { name: 'Operator codes' }),
    page.getByLabel('From: hours'),
    page.getByLabel('Until: minutes'),
    page.getByRole('radio', { name: 'At once' }),
    page.getByRole('switch', { name: 'Only at certain hours' }),
  ];
  for (const field of fields) {
    await field.focus();
    await page.keyboard.press('Enter');
  }
  expect(await page.getByLabel('Text').inputValue()).toBe('By the button alone');
  expect(sent).toEqual([]);

  await page.getByRole('button', { name: 'Start now' }).focus();
  await page.keyboard.press('Enter');
  expect(await readMailing(stage, await savedId(page))).toMatchObject({
    text: 'By the button alone',
    filter: { operatorCodes: [], tags: ['vip'] },
    sendWindow: { from: '09:00', to: '21:00' },
    ratePerSecond: 5,
  });
  expect(sent).toHaveLength(1);
});

test('an answer that is lost costs nothing: trying again sends nothing twice', async () => {
  await addClients(stage, { tag: 'lost', count: 2 });
  const page = await open('/mailings/new', { expectedFaults: /ERR_FAILED/ });
  await page.getByLabel('Text').fill('Only once');
  await addTag(page, 'lost');
  await loseAnswer(page);
  await page.getByRole('button', { name: 'Start now' }).click();
  await expectVisible(page.getByText('Trying again sends nothing twice'));
  expect(await mailingsWithText(stage, 'Only once')).toHaveLength(1);
  expect(await page.getByLabel('Text').inputValue()).toBe('Only once');

  // Also from a page that was loaded anew meanwhile.
  await page.reload();
  await expectVisible(page.getByText('This is what you had entered'));
  await page.getByRole('button', { name: 'Start now' }).click();
  const id = await savedId(page);
  expect((await mailingsWithText(stage, 'Only once')).map((stored) => stored.id)).toEqual([id]);
});

test('after a lost answer other contents are not sent unasked', async () => {
  const page = await open('/mailings/new', { expectedFaults: /ERR_FAILED/ });
  await page.getByLabel('Text').fill('First words');
  await addTag(page, 'nobody');
  await loseAnswer(page);
  await page.getByRole('button', { name: 'Start now' }).click();
  await expectVisible(page.getByText('Trying again sends nothing twice'));
  await page.getByLabel('Text').fill('Second words');
  await page.getByRole('button', { name: 'Start now' }).click();
  await expectVisible(page.getByText('An earlier try went through'));
  expect(await mailingsWithText(stage, 'Second words')).toHaveLength(0);
  await page.getByRole('button', { name: 'I want a second mailing' }).click();
  await page.getByRole('button', { name: 'Start now' }).click();
  await savedId(page);
  expect(await mailingsWithText(stage, 'Second words')).toHaveLength(1);
});

test('what was entered outlives a reload; leaving asks, and gives it up', async () => {
  const page = await open('/mailings/new');
  await page.getByLabel('Text').fill('Half a thought');
  await addTag(page, 'vip');
  await page.reload();
  await expectVisible(page.getByText('This is what you had entered'));
  expect(await page.getByLabel('Text').inputValue()).toBe('Half a thought');

  await page.getByRole('link', { name: 'Clients' }).click();
  await expectVisible(page.getByText('Leave without saving?'));
  await page.getByRole('dialog').getByRole('button', { name: 'Back' }).click();
  expect(new URL(page.url()).pathname).toBe('/mailings/new');
  await page.getByRole('link', { name: 'Clients' }).click();
  await page.getByRole('button', { name: 'Leave' }).click();
  await page.waitForURL('**/clients');
  await page.getByRole('link', { name: 'Mailings' }).click();
  await page.getByRole('link', { name: 'New mailing' }).first().click();
  await expectVisible(page.getByLabel('Text'));
  expect(await page.getByLabel('Text').inputValue()).toBe('');
  expect(await page.getByText('This is what you had entered').count()).toBe(0);
});

test('the way back asks, too', async () => {
  const page = await open('/mailings');
  await page.getByRole('link', { name: 'New mailing' }).first().click();
  await page.getByLabel('Text').fill('Half a thought');
  await page.evaluate(() => history.back());
  await expectVisible(page.getByText('Leave without saving?'));
  expect(new URL(page.url()).pathname).toBe('/mailings/new');
  await page.getByRole('button', { name: 'Leave' }).click();
  await page.waitForURL('**/mailings');
});

test('a draft can be dropped', async () => {
  const page = await open('/mailings/new');
  await page.getByLabel('Text').fill('Half a thought');
  await page.reload();
  await page.getByRole('button', { name: 'Begin anew' }).click();
  expect(await page.getByLabel('Text').inputValue()).toBe('');
  await page.reload();
  await expectVisible(page.getByLabel('Text'));
  expect(await page.getByText('This is what you had entered').count()).toBe(0);
});

test('a copy has everything of its original, and is a mailing of its own', async () => {
  const original = await startMailing(stage, { tag: 'copied', text: 'Copy me', ratePerSecond: 7, ...farAhead });
  const page = await open(`/mailings/new?from=${original}`);
  await expectVisible(page.getByRole('heading', { name: 'New mailing from a copy' }));
  expect(await page.getByLabel('Text').inputValue()).toBe('Copy me');
  await page.getByLabel('Text').fill('Copied');
  await page.getByRole('button', { name: 'Schedule for 1 Mar 2090, 09:00' }).click();
  const id = await savedId(page);
  expect(id).not.toBe(original);
  expect(await readMailing(stage, id)).toMatchObject({
    text: 'Copied',
    ratePerSecond: 7,
    filter: { tags: ['copied'] },
    endsAt: '2090-03-02T18:00:00.000Z',
  });
});

test('a copy of what is not there is answered in words', async () => {
  const page = await open('/mailings/new?from=999999');
  await expectVisible(page.getByText('The mailing to copy is not there'));
});

test('in Russian, in the dark and on a phone it is the same form', async () => {
  await addClients(stage, { tag: 'ru', count: 21 });
  const page = await open('/mailings/new', { locale: 'ru-RU', colorScheme: 'dark', viewport: { width: 390, height: 800 } });
  await page.getByLabel('Текст').fill('Привет');
  await expectVisible(page.getByText('в ней осталось 64 знака'));
  await page.getByRole('switch').uncheck();
  await expectVisible(page.locator('[data-summary]').getByText(/^21 сообщение \(21 часть SMS\), с этой минуты до/));
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.getByRole('button', { name: 'Конец', exact: true }).click();
  await expectVisible(page.getByRole('dialog').getByText(/^[а-я]+ \d{4}$/i));
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Начать сейчас' }).click();
  await savedId(page);
});

/** The next mailing is made, but the page never learns of it; what else it asks meanwhile is answered. */
async function loseAnswer(page: Page): Promise<void> {
  let isLost = false;
  await page.route('**/graphql', async (route) => {
    if (isLost || route.request().postData()?.includes('createMailing(') !== true) return route.fallback();
    isLost = true;
    await route.fetch();
    return route.abort();
  });
}
