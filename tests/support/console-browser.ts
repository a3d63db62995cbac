// Operators at their browsers: a real Chromium, and for each operator a profile of their own. Whatever a page does that no page of the
// console may do (a fault in its script, a request to another origin, a breach of its content security policy) fails the test.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchChromium } from './launch-chromium.ts';

export interface Operators {
  /** A new profile with one page, at the address; English unless `locale` says otherwise, Moscow's time, 1280 x 900. */
  open(url: string, options?: OpenOptions): Promise<Page>;
}

export interface OpenOptions extends BrowserContextOptions {
  /** Faults of the page that the test makes on purpose. */
  readonly expectedFaults?: RegExp;
  /** Origins beside the console's own that the test makes it speak to, such as an identity provider's. */
  readonly otherOrigins?: readonly string[];
}

/** How long a page may take to show something: it says how busy the machine is, nothing else. */
const TIMEOUT_MS = 60_000;

/** Call at the top of a file: one Chromium for it. Profiles end with their test. */
export function useOperators(): Operators {
  let browser: Browser;
  let folder: string;
  let faults: string[] = [];
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-console-'));
    browser = await launchChromium(folder);
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map(async (context) => context.close()));
    const found = faults;
    faults = [];
    expect(found).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  return {
    open: async (url, { expectedFaults, otherOrigins = [], ...options } = {}) => {
      const context = await browser.newContext({
        locale: 'en-GB',
        timezoneId: 'Europe/Moscow',
        viewport: { width: 1_280, height: 900 },
        reducedMotion: 'reduce',
        ...options,
      });
      contexts.push(context);
      context.setDefaultTimeout(TIMEOUT_MS);
      const origins = new Set([new URL(url).origin, ...otherOrigins]);
      const note = (fault: string): void => {
        if (expectedFaults?.test(fault) !== true) faults.push(fault);
      };
      context.on('request', (request) => {
        const { protocol, origin } = new URL(request.url());
        if (/^https?:$/.test(protocol) && !origins.has(origin)) note(`request to another origin: ${request.url()}`);
      });
      context.on('weberror', (error) => note(`fault of the page: ${error.error().message}`));
      context.on('console', (message) => {
        if (message.type() === 'error') note(`console: ${message.text()}`);
      });
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
  };
}

/** Somebody who looks at the page sees it, now or soon. */
export async function expectVisible(locator: Locator): Promise<void> {
  await locator.waitFor({ state: 'visible' });
}

/** Nothing that axe calls serious or critical is on the page as it stands, or in the part of it. */
export async function expectAccessible(page: Page, part = 'html'): Promise<void> {
  expect(await accessibilityFaults(page, part)).toEqual([]);
}

/** What axe calls serious or critical (WCAG 2.2, levels A and AA) on the page as it stands, or in the part of it. */
export async function accessibilityFaults(page: Page, part = 'html'): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async (selector) => {
    const runner = (globalThis as unknown as { readonly axe: typeof axe }).axe;
    const result = await runner.run(selector, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
    return result.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  }, part);
}
