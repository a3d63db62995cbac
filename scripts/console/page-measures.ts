// What a browser measures of the console: how much it loads, how soon it can be used, and tasks that held it up.
import { setTimeout } from 'node:timers/promises';
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
  /** How often the counts on the page changed, a second of the mailing. */
  readonly changesPerSecond: number;
  /** From the end of the mailing until the page showed it, and at most 100 ms more. */
  readonly endShownMs: number;
}

export type Screen = 'mailing' | 'overview' | 'list';

interface Looked {
  readonly path: string;
  /** Changes with every message sent. */
  readonly changing: string;
  /** Comes or goes with the end of the mailing. */
  readonly end: string;
  readonly endState: 'visible' | 'detached';
}

/** The screens that counts stream to; `id`: of the mailing. */
const screens: Readonly<Record<Screen, (id: string) => Looked>> = {
  mailing: (id: string) => ({ path: `/mailings/${id}`, changing: '[data-count=SENT]', end: '[data-notice=summary]', endState: 'visible' }),
  overview: (id: string) => ({ path: '/', changing: '[data-count=SENT]', end: `[data-mailing="${id}"]`, endState: 'detached' }),
  list: (id: string) => ({
    path: '/mailings',
    changing: `[data-mailing="${id}"]`,
    end: `[data-mailing="${id}"]:has-text("Completed")`,
    endState: 'visible',
  }),
};

/** On a screen that is open from before the start of a mailing until after its end. */
export async function longTasks(stage: Stage, screen: Screen, input: NewMailing): Promise<LongTasks> {
  const id = await createMailing(stage, input);
  const { path, changing, end, endState } = screens[screen](id);
  const context = await stage.browser.newContext({ viewport: { width: 1_280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${stage.url}${path}`);
  await page.locator(changing).waitFor();
  // What the page does to appear is over.
  await setTimeout(1_500);
  await watch(page, changing);
  if ((await readMailing(stage, id)).status !== 'SCHEDULED') throw new Error('the mailing began before its screen was there');
  await eventually(async () => (await readMailing(stage, id)).status === 'COMPLETED', { timeoutMs: 600_000, everyMs: 100 });
  await page.locator(end).waitFor({ state: endState });
  const shownAt = Date.now();
  const { startedAt, finishedAt } = await readMailing(stage, id);
  if (startedAt === null || finishedAt === null) throw new Error('a completed mailing has no start or no end');
  // What the end changes on the page has been drawn as well.
  await setTimeout(1_000);
  const seen = await page.evaluate(() => (globalThis as unknown as { seen: { tasks: number[]; changes: number } }).seen);
  await context.close();
  return {
    tasks: seen.tasks,
    changesPerSecond: (seen.changes * 1_000) / (Date.parse(finishedAt) - Date.parse(startedAt)),
    endShownMs: shownAt - Date.parse(finishedAt),
  };
}

async function watch(page: Page, changing: string): Promise<void> {
  await page.evaluate((selector) => {
    const seen = { tasks: [] as number[], changes: 0 };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.tasks.push(duration);
    }).observe({ type: 'longtask' });
    const watched = document.querySelector(selector);
    if (watched === null) throw new Error(`there is no ${selector} to watch`);
    new MutationObserver(() => {
      seen.changes += 1;
    }).observe(watched, { childList: true, characterData: true, subtree: true });
  }, changing);
}
