// Whom a mailing would reach, as its form says it: also as time goes by, and when it is nobody.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible, expectVisible } from '../support/console-browser.ts';
import { addTag, eventuallyAsked, holdAudience, openAt, readMailing, requestsOf, savedId } from '../support/console-mailing-form.ts';
import { addClients, useConsole } from '../support/console-setup.ts';
import { eventually } from '../support/eventually.ts';

const stage = useConsole();

const open = async (path: string, options = {}): Promise<Page> => stage.operators.open(`${stage.service.url}${path}`, options);
const count = (page: Page, name: string) => page.locator(`[data-count="${name}"]`);

test('nobody matches: that is said, and a filter that finds somebody says whom', async () => {
  await addClients(stage, { tag: 'here', count: 4 });
  await stage.database.pool.query(`update client set opted_out_at = now() where id = (select min(id) from client)`);
  const page = await open('/mailings/new');
  await addTag(page, 'Here');
  await expectVisible(page.getByText('Nobody matches'));
  await expectVisible(page.getByText('No client has one of these tags. Tags count exactly'));
  await page.getByRole('combobox', { name: 'Operator codes' }).fill('901');
  await page.keyboard.press('Enter');
  await expectVisible(page.getByText('No client has one of these tags and one of these codes.'));
  await page.getByRole('combobox', { name: 'Operator codes' }).press('Backspace');
  await addTag(page, 'here');
  await expectVisible(count(page, 'reachable').getByText('3'));
  expect([await count(page, 'matching').innerText(), await count(page, 'optedOut').innerText()]).toEqual(['4', '1']);
});

test('no clients at all: that is said, and leads to the import', async () => {
  const page = await open('/mailings/new');
  await expectVisible(page.getByText('There are no clients yet'));
  expect(await page.getByText('Nobody matches').count()).toBe(0);
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Import clients' }).click();
  await page.waitForURL('**/import');
});

test('a mailing that nobody gets says so, and may be sent all the same', async () => {
  await addClients(stage, { tag: 'here', count: 1 });
  const page = await open('/mailings/new');
  await page.getByLabel('Text').fill('Is anybody there?');
  await addTag(page, 'nowhere');
  const summary = page.locator('[data-summary]');
  await page.getByText('Later', { exact: true }).click();
  await expectVisible(summary.getByText('As things stand, nobody gets this mailing. It starts by itself'));
  await page.getByText('At once', { exact: true }).click();
  await expectVisible(summary.getByText('Nobody gets this mailing. It starts at once, and is over at once.'));
  await page.getByRole('button', { name: 'Start now' }).click();
  const id = await savedId(page);
  await eventually(async () => expect((await readMailing(stage, id)).status).toBe('COMPLETED'));
});

test('as time goes by the audience is asked again: hours that close while the form stands open promise nothing', async () => {
  await addClients(stage, { tag: 'late', count: 7 });
  const page = await open('/');
  await openAt(page, '/mailings/new', new Date('2090-03-01T20:30:00+03:00'));
  await page.getByLabel('Text').fill('Good night');
  await page.getByRole('button', { name: 'End of the day' }).click();
  await expectVisible(page.locator('[data-summary]').getByText(/^7 messages/));
  const release = await holdAudience(page);
  const asked = requestsOf(page, 'AudiencePreview');
  await page.clock.pauseAt(new Date('2090-03-01T21:00:20+03:00'));
  await eventuallyAsked(page, asked, '2090-03-01T18:00:00.000Z');
  // What was counted stands until it is counted anew.
  expect(await page.locator('[data-outdated]').getAttribute('data-outdated')).toBe('false');
  await expectVisible(count(page, 'reachable').getByText('7'));
  release();
  await expectVisible(count(page, 'reachable').getByText('0'));
  await expectVisible(count(page, 'outsideWindow').getByText('7'));
});

test('the audience is asked once a minute at most, and not while nobody sees the page', async () => {
  await addClients(stage, { tag: 'idle', count: 2 });
  const page = await open('/');
  await openAt(page, '/mailings/new', new Date('2090-03-01T12:00:00+03:00'));
  await expectVisible(count(page, 'reachable').getByText('2'));
  const asked = requestsOf(page, 'AudiencePreview');
  await page.clock.pauseAt(new Date('2090-03-01T13:00:05+03:00'));
  await eventuallyAsked(page, asked, 'T10:00:00.000Z');
  const before = asked.length;
  await page.clock.runFor(20_000);
  await show(page, 'hidden');
  await page.clock.runFor(600_000);
  await show(page, 'visible');
  await eventuallyAsked(page, asked, 'T10:10:00.000Z');
  expect(asked).toHaveLength(before + 1);
});

/** As when the tab is left, and shown again. */
async function show(page: Page, visibilityState: DocumentVisibilityState): Promise<void> {
  await page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, visibilityState);
}
