// A mailing's page while it is being sent and afterwards: what operators see without ever loading it again.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible, expectVisible } from '../support/console-browser.ts';
import { farAhead, updateMailing } from '../support/console-mailing-form.ts';
import { addClients, startMailing, useConsole } from '../support/console-setup.ts';
import { eventually } from '../support/eventually.ts';
import { accept, answer } from '../support/stub-behaviours.ts';
import { startWire } from '../support/wire.ts';

const stage = useConsole();

const view = async (id: string, options: Parameters<typeof stage.operators.open>[1] = {}): Promise<Page> =>
  stage.operators.open(`${stage.service.url}/mailings/${id}`, options);

/** The number that stands at a status of the funnel. */
const countOf = async (page: Page, status: string): Promise<number> => toNumber(await page.locator(`[data-count=${status}]`).textContent());

function toNumber(text: string | null): number {
  return Number((text ?? '').replace(/\D/g, ''));
}

const refuse = (words: string) => answer(400, { body: words });

test('counts move without reloading, always add up, and two browsers see the same', async () => {
  await addClients(stage, { tag: 'two', count: 150 });
  const id = await startMailing(stage, { tag: 'two', text: 'Seen by two', ratePerSecond: 15, startsAt: farAhead.startsAt });
  const pages = await Promise.all([view(id), view(id)]);
  const [first] = pages;
  if (first === undefined) throw new Error('no page');
  await first.evaluate(() => Object.assign(globalThis, { neverReloaded: true }));
  // It starts when both look at it, however long they took to come.
  for (const page of pages) await expectVisible(page.locator('[data-notice=scheduled]'));
  await updateMailing(stage, id, { startsAt: '2026-01-01T00:00:00Z' });

  const seen = new Set<number>();
  await eventually(
    async () => {
      const { total, counts } = await first.evaluate(() => {
        const numberOf = (name: string): number =>
          Number(document.querySelector(`[data-count=${name}]`)?.textContent?.replace(/\D/g, '') ?? Number.NaN);
        return {
          total: numberOf('TOTAL'),
          counts: ['PENDING', 'SENT', 'FAILED', 'EXPIRED', 'CANCELLED', 'UNCONFIRMED'].map(numberOf),
        };
      });
      if (counts.some(Number.isNaN)) return false;
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(total);
      seen.add(counts[1] ?? 0);
      return counts[1] === 150;
    },
    { timeoutMs: 60_000 },
  );
  expect(seen.size).toBeGreaterThan(3);

  for (const page of pages) {
    await expectVisible(page.getByText('Completed', { exact: true }));
    await expectVisible(page.locator('[data-notice=summary]', { hasText: '150 of 150 sent (100%)' }));
    await eventually(async () => (await countOf(page, 'SENT')) === 150);
  }
  expect(await first.evaluate(() => 'neverReloaded' in globalThis)).toBe(true);
});

test.for([-3_600_000, 3_600_000])('on a machine whose clock is off by %d ms the time that is left is the real one', async (offMs) => {
  await addClients(stage, { tag: 'off', count: 300 });
  const id = await startMailing(stage, { tag: 'off', text: 'By another clock', ratePerSecond: 1 });
  const page = await view(id);
  await page.clock.install({ time: Date.now() + offMs });
  await page.reload();
  // Never "0 sec", nor with an hour on top of it.
  await expectVisible(page.locator('[data-pace]', { hasText: /, in \d+ min/ }));
  await stage.service.query('mutation ($id: ID!) { cancelMailing(id: $id) { mailing { id } } }', { id });
});

test('when the connection is cut the numbers are stale at once, and catch up when it is back', async () => {
  await using wire = await startWire(stage.service.url);
  await addClients(stage, { tag: 'cut', count: 120 });
  const id = await startMailing(stage, { tag: 'cut', text: 'Cut off', ratePerSecond: 2 });
  const page = await stage.operators.open(`${wire.url}/mailings/${id}`, { expectedFaults: /WebSocket|ERR_/ });
  await eventually(async () => (await countOf(page, 'SENT')) > 0);

  wire.refuse();
  await expectVisible(page.locator('[data-stale=true]').first());
  await expectVisible(page.getByRole('alert').getByText('Not live'));
  // The rest goes out while nobody sees it.
  await updateMailing(stage, id, { ratePerSecond: 100 });
  await eventually(() => new Set(stage.requestsFor('Cut off').map(({ msgId }) => msgId)).size === 120);
  expect(await countOf(page, 'SENT')).toBeLessThan(120);

  wire.accept();
  await eventually(async () => (await countOf(page, 'SENT')) === 120);
  await expectVisible(page.locator('main [data-stale=false]').first());
  // What was missed is in the picture too.
  await expectVisible(page.getByRole('img', { name: '120 of 120 sent (100%), 0 waiting' }));

  // Once it is over, nothing can overtake the numbers: they stay as they are.
  await expectVisible(page.getByText('Completed', { exact: true }));
  wire.refuse();
  await expectVisible(page.getByRole('alert').getByText('Not live'));
  expect(await page.locator('main [data-stale=true]').count()).toBe(0);
});

test('what failed is said in words and can be tried again, also before the eyes of somebody else', async () => {
  stage.stub.behave(() => answer(402, { body: 'insufficient funds' }));
  await addClients(stage, { tag: 'again', count: 4 });
  const id = await startMailing(stage, { tag: 'again', text: 'Once again' });
  const [page, other] = await Promise.all([view(id), view(id)]);
  await expectVisible(page.locator('[data-error=HTTP_402]', { hasText: "check the account's balance" }));
  await expectVisible(other.getByText('Completed', { exact: true }));

  stage.stub.behave(() => accept());
  await page.getByRole('button', { name: 'Retry these: HTTP_402' }).click();
  await expectVisible(page.getByText('4 messages wait again'));
  for (const each of [page, other]) {
    await eventually(async () => (await countOf(each, 'SENT')) === 4);
    await expectVisible(each.locator('[data-event=MESSAGES_RETRIED]', { hasText: '4 messages put back' }));
    await expectVisible(each.getByText('Completed', { exact: true }));
  }
  expect(await page.locator('[data-error]').count()).toBe(0);
});

test('what would be refused again is not offered to be tried again, and every attempt can be looked at', async () => {
  stage.stub.behave(() => refuse('this number is not in the plan'));
  await addClients(stage, { tag: 'bad', count: 2 });
  const id = await startMailing(stage, { tag: 'bad', text: 'Bad numbers' });
  const page = await view(id);
  await expectVisible(page.locator('[data-error=REJECTED]'));
  expect(await page.getByRole('button', { name: /Retry these/ }).count()).toBe(0);
  // A row that is opened is not read again.
  await page.locator('[data-message][data-status=FAILED]').nth(1).waitFor();

  await page
    .getByRole('button', { name: /Attempts of message/ })
    .first()
    .click();
  const attempt = page.locator('[data-attempt="1"]');
  await expectVisible(attempt.getByText('Refused for good'));
  await expectVisible(attempt.getByText('this number is not in the plan'));
  await expectVisible(attempt.getByText('REJECTED (HTTP 400)'));
  await expectVisible(attempt.getByText('Sent again as it is, it will be refused again'));
  await expectAccessible(page);
});

test('messages are filtered by status and error, and the filter is part of the address', async () => {
  stage.stub.behave(({ body }) => (body?.phone.toString().endsWith('0') === true ? refuse('no') : accept()));
  await addClients(stage, { tag: 'some', count: 30 });
  const id = await startMailing(stage, { tag: 'some', text: 'Some of them' });
  const page = await view(id);
  await expectVisible(page.getByText('Completed', { exact: true }));
  await expectVisible(page.getByText('1–20 of 30'));

  await page.getByRole('button', { name: 'Failed' }).click();
  await expectVisible(page.getByText('1–3 of 3'));
  expect(await page.locator('[data-message]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-status')))).toEqual([
    'FAILED',
    'FAILED',
    'FAILED',
  ]);
  expect(new URL(page.url()).search).toBe('?status=FAILED');
  await page.reload();
  await expectVisible(page.getByText('1–3 of 3'));
  await page.getByLabel('Status', { exact: true }).selectOption('SENT');
  await expectVisible(page.getByText('1–20 of 27'));
  await page.getByRole('button', { name: 'Next page' }).click();
  await expectVisible(page.getByText('21–27 of 27'));
  expect(await page.getByRole('button', { name: 'Next page' }).evaluate((button) => button === document.activeElement)).toBe(true);
  await page.getByLabel('Error', { exact: true }).selectOption('REJECTED');
  await expectVisible(page.getByText('1–3 of 3'));
  await page.getByLabel('Status', { exact: true }).selectOption('CANCELLED');
  await expectVisible(page.getByText('No such messages.'));
});

test('steps through the messages leave none out, however fast they follow each other', async () => {
  await addClients(stage, { tag: 'steps', count: 50 });
  const page = await view(await startMailing(stage, { tag: 'steps', text: 'Step by step' }));
  await expectVisible(page.getByText('Completed', { exact: true }));
  await expectVisible(page.getByText('1–20 of 50'));
  const shown = async (): Promise<(string | null)[]> =>
    page.locator('[data-message]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-message')));
  const seen = new Set(await shown());

  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await page.route('**/graphql', async (route) => {
    if ((route.request().postData() ?? '').includes('query MessagesPage')) await released;
    return route.continue();
  });
  const next = page.getByRole('button', { name: 'Next page' });
  await next.click();
  await next.click();
  release();
  await expectVisible(page.getByText('21–40 of 50'));
  for (const id of await shown()) seen.add(id);
  await next.click();
  await expectVisible(page.getByText('41–50 of 50'));
  for (const id of await shown()) seen.add(id);
  expect(seen.size).toBe(50);
});

test('the file of messages holds those of the chosen status', async () => {
  stage.stub.behave(({ body }) => (body?.phone.toString().endsWith('0') === true ? refuse('no') : accept()));
  await addClients(stage, { tag: 'file', count: 20 });
  const id = await startMailing(stage, { tag: 'file', text: 'Into a file' });
  const page = await view(id);
  await expectVisible(page.getByText('Completed', { exact: true }));
  const linesOf = async (name: string): Promise<string[]> => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()]);
    expect(download.suggestedFilename()).toBe(`mailing-${id}-messages.csv`);
    return (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
  };
  expect(await linesOf('Download CSV')).toHaveLength(21);
  await page.getByRole('button', { name: 'Failed' }).click();
  const failed = await linesOf('Download CSV: Failed');
  expect(failed).toHaveLength(3);
  expect(failed.slice(1).every((line) => line.includes('FAILED'))).toBe(true);
  // It takes no error: where the table does, the words say so.
  await page.getByLabel('Error', { exact: true }).selectOption('REJECTED');
  expect(await linesOf('Download CSV: all Failed, whatever the error')).toHaveLength(3);
  await page.getByLabel('Status', { exact: true }).selectOption('');
  expect(await linesOf('Download CSV: all messages')).toHaveLength(21);
});

test('a page that somebody reads does not move: newer states are offered', async () => {
  await addClients(stage, { tag: 'read', count: 40 });
  stage.stub.holdAll();
  const id = await startMailing(stage, { tag: 'read', text: 'Read in peace' });
  const page = await view(id);
  await page
    .getByRole('button', { name: /Attempts of message/ })
    .first()
    .click();
  await expectVisible(page.getByRole('button', { name: /Attempts of message/, expanded: true }));
  stage.stub.release();
  await eventually(async () => (await countOf(page, 'SENT')) === 40);
  expect(await page.locator('[data-message][data-status=PENDING]').count()).toBe(20);
  await page.getByRole('button', { name: 'Show the new ones' }).click();
  await eventually(async () => (await page.locator('[data-message][data-status=SENT]').count()) === 20);
  await expectVisible(page.getByText('Accepted by the provider'));
});
