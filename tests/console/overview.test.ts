// The first screen: everything that goes on, without ever loading it again.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible, expectVisible } from '../support/console-browser.ts';
import { updateMailing } from '../support/console-mailing-form.ts';
import { addClients, startMailing, useConsole } from '../support/console-setup.ts';
import { eventually } from '../support/eventually.ts';
import { answer } from '../support/stub-behaviours.ts';
import { startWire } from '../support/wire.ts';

const stage = useConsole();

const numberAt = async (page: Page, selector: string): Promise<number> =>
  Number((await page.locator(selector).first().textContent())?.replace(/\D/g, ''));

test('with nothing to send, it says so, and leads to a new mailing', async () => {
  const page = await stage.operators.open(stage.service.url);
  await expectVisible(page.getByText('Nothing is being sent.'));
  await expectVisible(page.getByText('Nothing is scheduled.'));
  await expectVisible(page.locator('[data-provider=AVAILABLE]'));
  await expectAccessible(page);
  await page.getByRole('link', { name: 'New mailing' }).click();
  await page.waitForURL('**/mailings/new');
});

test('a mailing that somebody starts appears, moves, and goes, and the totals and the rate move with it', async () => {
  const page = await stage.operators.open(stage.service.url);
  await expectVisible(page.getByText('Nothing is being sent.'));
  const sentBefore = await numberAt(page, '[data-count=SENT]');
  await addClients(stage, { tag: 'moves', count: 200 });
  await eventually(async () => (await numberAt(page, '[data-total=clients]')) === 200);
  const id = await startMailing(stage, { tag: 'moves', text: 'It moves', ratePerSecond: 5 });

  const running = page.locator(`[data-mailing="${id}"]`);
  await expectVisible(running.getByRole('link', { name: 'It moves' }));
  await expectVisible(running.getByText(/\d+ of 200/));
  await eventually(async () => (await numberAt(page, '[data-mailings=RUNNING]')) === 1);
  await eventually(async () => (await numberAt(page, '[data-rate]')) > 0);
  await updateMailing(stage, id, { ratePerSecond: 100 });
  await eventually(async () => (await numberAt(page, '[data-count=SENT]')) === sentBefore + 200);
  await running.waitFor({ state: 'detached' });
  // All is sent: the rate goes down to nothing by itself.
  await eventually(async () => (await page.locator('[data-rate]').textContent()) === '0/s');
});

test('on a machine whose clock is slow, what was sent before is there, and a pause is seen', async () => {
  await addClients(stage, { tag: 'slow', count: 300 });
  const id = await startMailing(stage, { tag: 'slow', text: 'By a slow clock', ratePerSecond: 5 });
  const page = await stage.operators.open(stage.service.url);
  await eventually(async () => (await numberAt(page, '[data-rate]')) > 0);
  await page.clock.install({ time: Date.now() - 300_000 });
  await page.reload();
  await eventually(async () => (await numberAt(page, '[data-rate]')) > 0);
  await stage.service.query('mutation ($id: ID!) { pauseMailing(id: $id) { mailing { id } } }', { id });
  await eventually(async () => (await page.locator('[data-rate]').textContent()) === '0/s');
  await stage.service.query('mutation ($id: ID!) { cancelMailing(id: $id) { mailing { id } } }', { id });
});

test('what is scheduled counts down, the next one first', async () => {
  await addClients(stage, { tag: 'next', count: 1 });
  const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
  const late = await startMailing(stage, { tag: 'next', text: 'The later one', startsAt: inHours(30) });
  const soonest = await startMailing(stage, { tag: 'next', text: 'The next one', startsAt: inHours(2) });
  const page = await stage.operators.open(stage.service.url);
  await expectVisible(page.locator(`[data-next="${soonest}"]`, { hasText: /in 1 hr 59 min/ }));
  expect(await page.locator('[data-next]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-next')))).toEqual([
    soonest,
    late,
  ]);
  await page.getByRole('link', { name: 'The next one' }).click();
  await page.waitForURL(`**/mailings/${soonest}`);
});

test('a provider that refuses the token is seen at once, with the reason in words', async () => {
  const page = await stage.operators.open(stage.service.url);
  await expectVisible(page.locator('[data-provider=AVAILABLE]'));
  stage.stub.behave(() => answer(401));
  await addClients(stage, { tag: 'token', count: 2 });
  await startMailing(stage, { tag: 'token', text: 'Without a token' });
  await expectVisible(page.locator('[data-provider=UNAVAILABLE]'));
  await expectVisible(page.locator('section', { hasText: 'no attempt is charged' }).getByText(/token/i).first());
  await expectAccessible(page);
});

test('a mailing that ended with messages unsent asks for a look', async () => {
  stage.stub.behave(() => answer(400, { body: 'no' }));
  await addClients(stage, { tag: 'unsent', count: 3 });
  const page = await stage.operators.open(stage.service.url);
  const id = await startMailing(stage, { tag: 'unsent', text: 'Not one of them', endsAt: new Date(Date.now() + 3_600_000).toISOString() });
  const problem = page.locator('[data-problem=endedUnsent]', { hasText: 'Not one of them' });
  await expectVisible(problem.getByText('Ended, but 3 messages were not sent or are not confirmed'));
  await problem.getByRole('link').click();
  await page.waitForURL(`**/mailings/${id}`);
});

test('when the connection is cut it is grey at once, and catches up when it is back', async () => {
  await using wire = await startWire(stage.service.url);
  const page = await stage.operators.open(wire.url, { expectedFaults: /WebSocket|ERR_/ });
  await expectVisible(page.locator('main [data-stale=false]').first());
  wire.refuse();
  await expectVisible(page.locator('main [data-stale=true]').first());
  await addClients(stage, { tag: 'missed', count: 7 });
  wire.accept();
  await eventually(async () => (await numberAt(page, '[data-total=clients]')) === 7);
  await expectVisible(page.locator('main [data-stale=false]').first());
});

test('in Russian, in the dark, on a phone: it reads, fits, and is accessible', async () => {
  const page = await stage.operators.open(stage.service.url, {
    locale: 'ru-RU',
    colorScheme: 'dark',
    viewport: { width: 390, height: 800 },
  });
  await expectVisible(page.getByRole('heading', { name: 'Обзор' }));
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test('a mailing that is paused shortly before its end asks for a look however many started after it, and what is not looked at is said', async () => {
  await addClients(stage, { tag: 'paused', count: 30 });
  await addClients(stage, { tag: 'after', count: 1, from: 30 });
  stage.stub.holdAll();
  const id = await startMailing(stage, {
    tag: 'paused',
    text: 'Paused to its end',
    ratePerSecond: 1,
    endsAt: new Date(Date.now() + 1_800_000).toISOString(),
  });
  const page = await stage.operators.open(stage.service.url);
  await expectVisible(page.locator(`[data-mailing="${id}"]`, { hasText: '0 of 30' }));
  await stage.service.query('mutation ($id: ID!) { pauseMailing(id: $id) { mailing { id } } }', { id });
  const problem = page.locator('[data-problem=pausedToTheEnd]', { hasText: 'Paused to its end' });
  await expectVisible(problem);
  for (let number = 1; number <= 50; number += 1) {
    await startMailing(stage, { tag: 'after', text: `After it ${number}`, startsAt: '2026-02-01T00:00:00Z' });
  }
  await expectVisible(page.getByText('1 more mailing runs or is paused, started earlier, and was not checked for this.'));
  await expectVisible(problem);
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Show them in the list' }).click();
  await expectVisible(page.locator('[data-mailing]').first().getByRole('link', { name: 'Paused to its end' }));
  stage.stub.release();
});
