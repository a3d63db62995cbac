// Signing in to the console with a real OpenID Connect provider: who gets in as what, what a session's end looks like, and what goes wrong.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { expectAccessible, expectVisible } from '../support/console-browser.ts';
import type { OpenOptions } from '../support/console-browser.ts';
import { useConsole } from '../support/console-setup.ts';
import { eventually } from '../support/eventually.ts';
import { startOidcProvider } from '../support/oidc-provider.ts';

const provider = await startOidcProvider();
const stage = useConsole(provider.settings);
beforeAll(() => provider.allow(stage.service.url));
beforeEach(() => {
  Object.assign(provider, { isAway: false, tokenSeconds: 600, givesRefreshTokens: true });
  provider.closed.clear();
});
afterAll(async () => {
  await provider[Symbol.asyncDispose]();
});

const open = async (path: string, options: OpenOptions = {}): Promise<Page> =>
  stage.operators.open(`${stage.service.url}${path}`, { otherOrigins: [provider.issuer], ...options });

/** On the provider's page. */
async function giveName(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Let me in' }).click();
}

async function openSignedIn(path: string, name: string, options: OpenOptions = {}): Promise<Page> {
  const page = await open(path, options);
  await giveName(page, name);
  await expectVisible(live(page));
  return page;
}

const live = (page: Page) => page.getByText('Live', { exact: true });
const dialog = (page: Page) => page.getByRole('dialog', { name: 'Your session is over' });

async function openAccount(page: Page): Promise<void> {
  await page.locator('[data-account]').click();
}

/** What the page shows the service. */
async function tokenOf(page: Page): Promise<string> {
  const kept = await page.evaluate(() => sessionStorage.getItem('carillon.session'));
  return (JSON.parse(kept ?? '{}') as { tokens: { accessToken: string } }).tokens.accessToken;
}

async function ask(token: string, query: string): Promise<Response> {
  return fetch(`${stage.service.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
}

/** Notes every state of the connection that the page shows from now on. */
async function watchConnection(page: Page): Promise<() => Promise<readonly string[]>> {
  await page.evaluate(() => {
    const seen: string[] = [];
    const note = (): void => {
      const state = document.querySelector('[data-connection]')?.getAttribute('data-connection') ?? 'none';
      if (seen.at(-1) !== state) seen.push(state);
    };
    note();
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
    Object.assign(globalThis, { seen });
  });
  return async () => page.evaluate(() => (globalThis as unknown as { readonly seen: readonly string[] }).seen);
}

test('whoever opens an address signs in with the provider and is there, by name and role', async () => {
  const page = await open('/clients?tag=gold');
  await page.waitForURL(`${provider.issuer}/**`);
  await giveName(page, 'anna');
  await expectVisible(live(page));
  expect(page.url()).toBe(`${stage.service.url}/clients?tag=gold`);
  await openAccount(page);
  await expectVisible(page.getByText('Anna Orlova').last());
  await expectVisible(page.getByText('Operator: changes clients and mailings'));
  await expectAccessible(page);
  expect(await page.getByText('AUTH=none').count()).toBe(0);
});

test('a viewer is shown nothing that would be refused, and is refused by the service too', async () => {
  const pages = [await openSignedIn('/mailings', 'anna'), await openSignedIn('/mailings', 'victor')] as const;
  await expectVisible(pages[0].getByRole('link', { name: 'New mailing' }).first());
  await expectVisible(pages[1].getByRole('heading', { name: 'Mailings', exact: true }));
  expect(await pages[1].getByRole('link', { name: 'New mailing' }).count()).toBe(0);
  for (const page of pages) await page.getByRole('link', { name: 'Clients', exact: true }).click();
  await expectVisible(pages[0].getByRole('button', { name: 'New client' }).first());
  await expectVisible(pages[1].getByRole('heading', { name: 'Clients', exact: true }));
  expect(await pages[1].getByRole('button', { name: 'New client' }).count()).toBe(0);

  const create = 'mutation { createClient(input: { phone: "79000000001", timeZone: "Europe/Moscow" }) { client { id } } }';
  const answers = await Promise.all(pages.map(async (page) => ask(await tokenOf(page), create)));
  expect(answers.map(({ status }) => status)).toEqual([200, 403]);
});

test('a reload asks nobody, and neither does another tab as long as the provider knows who it is', async () => {
  const page = await openSignedIn('/clients', 'anna');
  await page.reload();
  await expectVisible(live(page));
  const other = await page.context().newPage();
  await other.goto(`${stage.service.url}/mailings`);
  await expectVisible(live(other));
});

test('a tab that was duplicated has a session of its own: no refresh token is used twice', async () => {
  const page = await openSignedIn('/clients', 'anna');
  const duplicate = page.context().waitForEvent('page');
  // As browsers duplicate a tab, what it keeps is copied.
  await page.evaluate(() => void window.open('/clients?tag=gold'));
  const other = await duplicate;
  await expectVisible(live(other));
  expect(other.url()).toBe(`${stage.service.url}/clients?tag=gold`);
  expect(await tokenOf(other)).not.toBe(await tokenOf(page));
});

test('a session is prolonged by itself, and the numbers stay live meanwhile', async () => {
  provider.tokenSeconds = 8;
  const page = await openSignedIn('/mailings', 'anna');
  const sockets: string[] = [];
  page.on('websocket', (socket) => sockets.push(socket.url()));
  const renewTwice = async (): Promise<readonly string[]> => {
    const seen = await watchConnection(page);
    const [renewals, opened] = [provider.renewals(), sockets.length];
    await eventually(() => expect(provider.renewals()).toBeGreaterThan(renewals + 1));
    await eventually(() => expect(sockets.length).toBeGreaterThan(opened + 1));
    await expectVisible(live(page));
    return seen();
  };
  // A pause of the machine between one socket and the next is seen by whoever looks: only then it is looked at again.
  let stalls = stage.stub.stalledSeconds.size;
  let seen = await renewTwice();
  for (; seen.length > 1 && stage.stub.stalledSeconds.size > stalls; seen = await renewTwice()) stalls = stage.stub.stalledSeconds.size;
  expect(seen).toEqual(['connected']);
  expect(await dialog(page).count()).toBe(0);
});

test('at its end the session says so over the greyed screen, and goes on where it was: in a window beside', async () => {
  Object.assign(provider, { tokenSeconds: 20, givesRefreshTokens: false });
  const page = await openSignedIn('/clients?tag=gold', 'anna');
  await page.evaluate(() => Object.assign(globalThis, { typed: 'what somebody has typed' }));
  await expectVisible(dialog(page));
  await expectVisible(page.getByText('Not live: connecting again…').first());
  await expectAccessible(page, '[role=dialog]');
  provider.tokenSeconds = 600;
  const beside = page.context().waitForEvent('page');
  await page.getByRole('button', { name: 'Sign in again' }).click();
  // The provider knows who it is; the window closes itself.
  const opened = await beside;
  await dialog(page).waitFor({ state: 'detached' });
  await expectVisible(live(page));
  await eventually(() => expect(opened.isClosed()).toBe(true));
  expect(page.url()).toBe(`${stage.service.url}/clients?tag=gold`);
  expect(await page.evaluate(() => (globalThis as unknown as { readonly typed?: string }).typed)).toBe('what somebody has typed');
});

test('what stands in a form when the session ends is saved after signing in again', async () => {
  Object.assign(provider, { tokenSeconds: 25, givesRefreshTokens: false });
  const page = await openSignedIn('/clients?new', 'anna');
  const form = page.getByRole('dialog', { name: 'New client' });
  await form.getByLabel('Phone').fill('+7 900 000-00-77');
  await form
    .getByRole('combobox', { name: 'Time zone' })
    .or(form.getByRole('textbox', { name: 'Time zone' }))
    .fill('omsk');
  await page.getByRole('option', { name: 'Asia/Omsk' }).click();
  await form.getByLabel('Tag').fill('gold');
  await expectVisible(dialog(page));
  provider.tokenSeconds = 600;
  await page.getByRole('button', { name: 'Sign in again' }).click();
  await dialog(page).waitFor({ state: 'detached' });
  expect(await form.getByLabel('Phone').inputValue()).toBe('+7 900 000-00-77');
  await form.getByRole('button', { name: 'Create' }).click();
  await eventually(async () => {
    const { rowCount } = await stage.database.pool.query("select from client where phone = 79000000077 and tag = 'gold'");
    expect(rowCount).toBe(1);
  });
});

test('a session that the provider has ended is over at once, also here; on the same page it begins again', async () => {
  provider.tokenSeconds = 8;
  const page = await openSignedIn('/clients', 'anna', { expectedFaults: /status of 400/ });
  provider.closed.add('anna');
  await expectVisible(dialog(page));
  provider.closed.clear();
  await page.getByRole('button', { name: 'Sign in on this page instead' }).click();
  await expectVisible(live(page));
  expect(page.url()).toBe(`${stage.service.url}/clients`);
});

test('somebody else who signs in afterwards gets a page of their own', async () => {
  Object.assign(provider, { tokenSeconds: 20, givesRefreshTokens: false });
  const page = await openSignedIn('/clients', 'anna');
  await page.evaluate(() => Object.assign(globalThis, { typed: 'of anna' }));
  await expectVisible(dialog(page));
  provider.tokenSeconds = 600;
  await page.context().clearCookies();
  const beside = page.context().waitForEvent('page');
  await page.getByRole('button', { name: 'Sign in again' }).click();
  await giveName(await beside, 'victor');
  await dialog(page).waitFor({ state: 'detached' });
  await openAccount(page);
  await expectVisible(page.getByText('Viewer: sees everything, changes nothing'));
  expect(await page.evaluate(() => 'typed' in globalThis)).toBe(false);
});

test('who signs out is out here, in the other tabs and at the provider', async () => {
  const page = await openSignedIn('/clients', 'anna');
  const other = await page.context().newPage();
  await other.goto(`${stage.service.url}/mailings`);
  await expectVisible(live(other));
  await openAccount(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Yes, sign me out' }).click();
  for (const tab of [page, other]) await expectVisible(tab.getByRole('heading', { name: 'You are signed out' }));
  expect(await page.evaluate(() => Object.keys(sessionStorage))).toEqual([]);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Sign in with' }).click();
  await expectVisible(page.getByLabel('Name'));
});

test('whom the provider lets in without a role is told so', async () => {
  const page = await open('/mailings', { expectedFaults: /status of 403/ });
  await giveName(page, 'nadia');
  await expectVisible(page.getByRole('heading', { name: 'You have no role here' }));
  await expectVisible(page.getByText('You are signed in as Nadia Krylova'));
  await expectVisible(page.getByText("The token's claim role must be one of viewer, operator, admin."));
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expectVisible(page.getByRole('button', { name: 'Yes, sign me out' }));
});

test('who refuses at the provider is told so and can try again, and comes to the address that was asked for', async () => {
  const page = await open('/clients?search=7');
  await page.getByRole('button', { name: 'Refuse' }).click();
  await expectVisible(page.getByText('did not let you in, or you declined'));
  await expectVisible(page.getByText('The end-user refused.'));
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Try again' }).click();
  await giveName(page, 'anna');
  await expectVisible(live(page));
  expect(page.url()).toBe(`${stage.service.url}/clients?search=7`);
});

test('while the provider is away the page says so, and works when it is back', async () => {
  provider.isAway = true;
  const page = await open('/mailings', { expectedFaults: /status of 503/ });
  await expectVisible(page.getByText('does not answer, or not to pages of this address'));
  provider.isAway = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await giveName(page, 'anna');
  await expectVisible(live(page));
  expect(page.url()).toBe(`${stage.service.url}/mailings`);
});

test('a provider that is away for a while costs no session: it is asked again', async () => {
  provider.tokenSeconds = 40;
  const page = await openSignedIn('/mailings', 'anna', { expectedFaults: /status of 503/ });
  provider.isAway = true;
  await page.waitForEvent('requestfinished', { predicate: (request) => request.url().startsWith(provider.issuer), timeout: 60_000 });
  provider.isAway = false;
  const before = provider.renewals();
  await eventually(() => expect(provider.renewals()).toBeGreaterThan(before));
  expect(await dialog(page).count()).toBe(0);
});

test('who comes back from a fault of the provider reads which address it has to allow', async () => {
  provider.allow(stage.service.url, '/another');
  try {
    const page = await open('/mailings', { expectedFaults: /status of 400/ });
    await expectVisible(page.getByText('invalid_redirect_uri'));
    await page.goBack();
    await expectVisible(page.getByText('The sign-in was not finished.'));
    await expectVisible(page.getByText(`${stage.service.url}/sign-in`));
    await expectAccessible(page);
  } finally {
    provider.allow(stage.service.url);
  }
});

test('an answer of a sign-in that nobody began is not taken', async () => {
  const page = await open('/sign-in?code=stolen&state=foreign');
  await expectVisible(page.getByText('This answer belongs to a sign-in that this window does not know any more.'));
  expect(page.url()).toBe(`${stage.service.url}/sign-in`);
});

test('in Russian, on a phone and in the dark too', async () => {
  Object.assign(provider, { tokenSeconds: 6, givesRefreshTokens: false });
  const page = await open('/clients', { locale: 'ru-RU', colorScheme: 'dark', viewport: { width: 390, height: 800 } });
  await giveName(page, 'anna');
  await expectVisible(page.getByRole('dialog', { name: 'Сеанс закончился' }));
  await expectAccessible(page, '[role=dialog]');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});
