// What a browser measures of the console: how much it loads, how soon it can be used, and tasks that held it up.
import type { Page } from 'playwright-core';
import { eventually } from '../../tests/support/eventually.ts';
import { createMailing, readMailing } from './feed.ts';
import type { NewMailing } from './feed.ts';
import type { Stage } from './stage.ts';

export interface FirstLoad {
  readonly scriptBytes: number;
  /** From the request for the page until live numbers stand on it. */
  readonly usableMs: number;
}

/** Each time with an empty cache. */
export async function firstLoad({ browser, url }: Stage): Promise<FirstLoad> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (document.querySelector('[data-connection=connected]') === null || document.querySelector('[data-total=clients]') === null) return;
      observer.disconnect();
      performance.mark('usable');
    }).observe(document, { childList: true, subtree: true, attributes: true });
  });
  await page.goto(url);
  await page.waitForFunction(() => performance.getEntriesByName('usable').length > 0);
  const measured = await page.evaluate(() => ({
    scriptBytes: (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
      .filter(({ name }) => new URL(name).pathname.endsWith('.js'))
      .reduce((sum, { transferSize }) => sum + transferSize, 0),
    usableMs: performance.getEntriesByName('usable')[0]?.startTime ?? Number.NaN,
  }));
  await context.close();
  return measured;
}

export interface LongTasks {
  /** Milliseconds each, those over 50 ms: the browser reports no shorter ones. */
  readonly tasks: readonly number[];
  /** How often the counts on the page changed meanwhile. */
  readonly changes: number;
  readonly seconds: number;
}

/** On the screen of a mailing from its start to its end. */
export async function longTasks(stage: Stage, input: NewMailing): Promise<LongTasks> {
  const id = await createMailing(stage, input);
  const context = await stage.browser.newContext({ viewport: { width: 1_280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${stage.url}/mailings/${id}`);
  await page.locator('[data-count=SENT]').waitFor();
  await watch(page);
  const from = performance.now();
  await eventually(async () => (await readMailing(stage, id)).status === 'COMPLETED', { timeoutMs: 600_000, everyMs: 200 });
  await page.locator('[data-notice=summary]').waitFor();
  const seconds = (performance.now() - from) / 1_000;
  const seen = await page.evaluate(() => (globalThis as unknown as { seen: { tasks: number[]; changes: number } }).seen);
  await context.close();
  return { ...seen, seconds };
}

async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen = { tasks: [] as number[], changes: 0 };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.tasks.push(duration);
    }).observe({ type: 'longtask' });
    const count = document.querySelector('[data-count=SENT]');
    if (count === null) throw new Error('there is no count to watch');
    new MutationObserver(() => {
      seen.changes += 1;
    }).observe(count, { childList: true, characterData: true, subtree: true });
  });
}
