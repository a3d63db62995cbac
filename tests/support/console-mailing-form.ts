// What tests of the form of mailings do at the page, and what they ask the service afterwards.
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { ConsoleStage } from './console-setup.ts';
import { eventually } from './eventually.ts';

export interface StoredMailing {
  readonly id: string;
  readonly text: string;
  readonly status: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly ratePerSecond: number | null;
  readonly version: number;
  readonly sendWindow: { readonly from: string; readonly to: string } | null;
  readonly filter: { readonly operatorCodes: readonly string[]; readonly tags: readonly string[] };
}

/** A period that lies far ahead, with milliseconds that no form shows. */
export const farAhead = { startsAt: '2090-03-01T06:00:00.500Z', endsAt: '2090-03-02T18:00:00Z' };

const fields = 'id text status startsAt endsAt ratePerSecond version sendWindow { from to } filter { operatorCodes tags }';

export async function readMailing({ service }: ConsoleStage, id: string): Promise<StoredMailing> {
  const { mailing } = await service.query<{ readonly mailing: StoredMailing }>(`query ($id: ID!) { mailing(id: $id) { ${fields} } }`, {
    id,
  });
  return mailing;
}

export async function mailingsWithText({ service }: ConsoleStage, text: string): Promise<readonly StoredMailing[]> {
  const { mailings } = await service.query<{ readonly mailings: { readonly nodes: readonly StoredMailing[] } }>(
    `{ mailings(first: 100) { nodes { ${fields} } } }`,
  );
  return mailings.nodes.filter((stored) => stored.text === text);
}

/** As another operator does it. */
export async function updateMailing({ service }: ConsoleStage, id: string, input: Readonly<Record<string, unknown>>): Promise<void> {
  const { updateMailing: answer } = await service.query<{ readonly updateMailing: { readonly userErrors: readonly unknown[] } }>(
    'mutation ($id: ID!, $input: UpdateMailingInput!) { updateMailing(id: $id, input: $input) { userErrors { code } } }',
    { id, input },
  );
  if (answer.userErrors.length > 0) throw new Error(JSON.stringify(answer.userErrors));
}

export async function addTag(page: Page, tag: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Tags' }).fill(tag);
  await page.keyboard.press('Enter');
}

/** Waits for the mailing's page, which follows when it is saved. */
export async function savedId(page: Page): Promise<string> {
  await page.waitForURL(/\/mailings\/\d+$/);
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

/** What the page asks of the service from now on, as far as it has the words in it. */
export function requestsOf(page: Page, words: string): readonly string[] {
  const found: string[] = [];
  page.on('request', (request) => {
    const body = request.postData();
    if (body?.includes(words) === true) found.push(body);
  });
  return found;
}

/** Opens the page at another time: that of the browser, and as far as the page can see of the service; `at` has to lie in its future. */
export async function openAt(page: Page, path: string, at: Date): Promise<void> {
  await page.clock.install({ time: at });
  await page.addInitScript(() => {
    const ask = globalThis.fetch;
    globalThis.fetch = async (...request) => {
      const answer = await ask(...request);
      const headers = new Headers(answer.headers);
      headers.set('date', new Date().toUTCString());
      return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
    };
  });
  await page.goto(new URL(path, page.url()).href);
}

/** The page's clock, which stands still, goes on little by little until the page has asked for it. */
export async function eventuallyAsked(page: Page, asked: readonly string[], startsAt: string): Promise<void> {
  await eventually(async () => {
    await page.clock.runFor(100);
    expect(asked.at(-1) ?? '').toContain(startsAt);
  });
}

/** Answers of the audience wait until it is called. */
export async function holdAudience(page: Page): Promise<() => void> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await page.route('**/graphql', async (route) => {
    if (route.request().postData()?.includes('AudiencePreview') === true) await released;
    return route.fallback();
  });
  return release;
}
