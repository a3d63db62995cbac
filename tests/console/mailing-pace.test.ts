// How fast a mailing is sent, beside what it may be, and what comes of that: its end, and who will not be in time.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible, expectVisible } from '../support/console-browser.ts';
import { addClients, startMailing, useConsole } from '../support/console-setup.ts';
import { eventually } from '../support/eventually.ts';
import { mutate } from '../support/scenario.ts';

const stage = useConsole();

const open = async (id: string): Promise<Page> => stage.operators.open(`${stage.service.url}/mailings/${id}`);

const numberOf = (text: string | null): number => Number((text ?? '').replace(/\D/g, ''));

test('the rate stands beside the cap, the estimated end counts down, and who will not be in time is counted by time zone', async () => {
  await addClients(stage, { tag: 'pace', count: 2_000 });
  await addClients(stage, { tag: 'pace', count: 1_000, timeZone: 'Asia/Omsk', from: 2_000 });
  const endsAt = new Date(Date.now() + 180_000).toISOString();
  const id = await startMailing(stage, { tag: 'pace', text: 'Too many for its pace', ratePerSecond: 2, endsAt });
  const page = await open(id);
  await expectVisible(page.locator('[data-pace]', { hasText: /^[\d.]+\/s · ends about \d\d:\d\d:\d\d, in \d+ (min|sec)/ }));
  await expectVisible(page.getByRole('img', { name: /^[\d.]+\/s now; cap: 2\/s$/ }));
  // Below the picture: its two lines and their newest values.
  const legend = page.locator('.u-legend', { hasText: 'Cap' });
  await expectVisible(legend.getByText('2/s').last());

  await eventually(async () => {
    const { title, zones } = await page.evaluate(() => ({
      title: document.querySelector('[data-notice=will-not-fit]')?.textContent ?? '',
      zones: [...document.querySelectorAll('[data-zone] td:last-child')].map((cell) => cell.textContent),
    }));
    const late = numberOf(/^[\d,]+/.exec(title)?.[0] ?? null);
    expect(title).toMatch(/^[\d,]+ messages will not be in timeAt 2 per second they do not fit before/);
    // In three minutes at two a second: 360 of 3,000.
    expect(late).toBeGreaterThan(2_600);
    expect(zones.map(numberOf).reduce((sum, count) => sum + count, 0)).toBe(late);
  });
  await expectAccessible(page);
  await mutate(stage.service, 'cancelMailing', id);
  await page.locator('[data-pace]').waitFor({ state: 'detached' });
  await page.locator('[data-notice=will-not-fit]').waitFor({ state: 'detached' });
});

test('without a cap there is no line of it', async () => {
  await addClients(stage, { tag: 'free', count: 2 });
  const id = await startMailing(stage, { tag: 'free', text: 'As fast as it goes' });
  const page = await open(id);
  await expectVisible(page.getByText('Completed', { exact: true }));
  await expectVisible(page.getByRole('img', { name: /now; cap: no cap/ }));
  await expectVisible(page.locator('.u-legend').last());
  expect(await page.locator('.u-legend', { hasText: 'Cap' }).count()).toBe(0);
});
