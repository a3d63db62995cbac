// Signing in to the console where there is no provider: with a token of `npm run token`, and in words when it does not count.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible, expectVisible } from '../support/console-browser.ts';
import { useConsole } from '../support/console-setup.ts';
import { signToken, testSecret } from '../support/tokens.ts';

const stage = useConsole({ AUTH: 'jwt', AUTH_JWT_SECRET: testSecret });

const open = async (path: string, expectedFaults = /nothing/): Promise<Page> =>
  stage.operators.open(`${stage.service.url}${path}`, { expectedFaults });

async function paste(page: Page, token: string): Promise<void> {
  await page.getByLabel('Access token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const live = (page: Page) => page.getByText('Live', { exact: true });

test('a pasted token opens the address that was asked for, also after a reload, and says until when', async () => {
  const page = await open('/mailings');
  await expectVisible(page.getByText('npm run token'));
  await expectAccessible(page);
  // As a header has it, broken by a terminal.
  const token = await signToken({ sub: 'anna', role: 'viewer' });
  await paste(page, `Authorization: Bearer ${token.slice(0, 60)}\n${token.slice(60)}\n`);
  await expectVisible(live(page));
  await page.reload();
  await expectVisible(live(page));
  expect(page.url()).toBe(`${stage.service.url}/mailings`);
  await page.getByRole('button', { name: 'Account: anna' }).click();
  await expectVisible(page.getByText('Viewer: sees everything, changes nothing'));
  await expectVisible(page.getByText('Signed in until'));
});

test.each([
  ['nothing', async () => '', 'Paste a token.'],
  ['something else', async () => 'hello', 'This is no token'],
  ['half of one', async () => (await signToken()).split('.').slice(0, 2).join('.'), 'This is no token'],
  ['one that has expired', async () => signToken({ exp: -60 }), 'This token has expired. Ask for a new one.'],
  [
    'one that somebody else signed',
    async () => signToken({}, 'another secret of the tests, 32 bytes and more'),
    'The token is not valid here.',
  ],
  ['one without a role', async () => signToken({ role: 'guest' }), 'This token gives you no role here.'],
])('%s is refused in words, and nothing is kept', async (_name, token, words) => {
  const page = await open('/', /status of 40[13]/);
  await paste(page, await token());
  await expectVisible(page.getByText(words));
  await expectAccessible(page);
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});

test('at its end the page stays, greyed, until another token is there', async () => {
  const page = await open('/clients');
  await paste(page, await signToken({ sub: 'anna', exp: 20 }));
  await expectVisible(live(page));
  await page.evaluate(() => Object.assign(globalThis, { typed: 'what somebody has typed' }));
  await expectVisible(page.getByRole('dialog', { name: 'Your session is over' }));
  await expectAccessible(page, '[role=dialog]');
  await paste(page, await signToken({ sub: 'anna' }));
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expectVisible(live(page));
  expect(await page.evaluate(() => (globalThis as unknown as { readonly typed?: string }).typed)).toBe('what somebody has typed');
});

test('signing out leaves nothing behind', async () => {
  const page = await open('/clients');
  await paste(page, await signToken({ sub: 'anna' }));
  await page.getByRole('button', { name: 'Account: anna' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expectVisible(page.getByRole('heading', { name: 'You are signed out' }));
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});
