// A mailing and the hours of its clients: why nothing moves, and what became of those whose hours came too late.
import { expect, test } from 'vitest';
import { expectVisible } from '../support/console-browser.ts';
import { addClients, startMailing, useConsole } from '../support/console-setup.ts';

const stage = useConsole();

/** Open to clients in the zone from so many hours from now on, for two hours. */
function windowIn(hours: number, timeZone = 'Europe/Moscow'): { readonly from: string; readonly to: string } {
  const at = (ms: number): string => new Date(Date.now() + ms).toLocaleTimeString('en-GB', { timeZone, timeStyle: 'short' });
  return { from: at(hours * 3_600_000), to: at((hours + 2) * 3_600_000) };
}

test('outside the hours of all clients the page says that sending goes on by itself, and when', async () => {
  await addClients(stage, { tag: 'night', count: 3 });
  const sendWindow = windowIn(2);
  const id = await startMailing(stage, { tag: 'night', text: 'Not at this hour', sendWindow });
  const page = await stage.operators.open(`${stage.service.url}/mailings/${id}`);
  const notice = page.locator('[data-notice=closed]');
  await expectVisible(notice.getByText("It is outside every client's hours now"));
  await expectVisible(notice.getByText(`The next time zone to open is Moscow`));
  await expectVisible(notice.getByText(sendWindow.from));
  expect(await page.locator('[data-zone="Europe/Moscow"] th [title="Europe/Moscow"]').innerText()).toBe('Moscow');
});

test('the overview says so too, in the place of a rate', async () => {
  await addClients(stage, { tag: 'idle', count: 3 });
  const sendWindow = windowIn(2);
  const id = await startMailing(stage, { tag: 'idle', text: 'Not now', sendWindow });
  const page = await stage.operators.open(stage.service.url);
  const listed = page.locator(`[data-mailing="${id}"]`);
  await expectVisible(listed.getByText(/outside the clients' hours until/).filter({ hasText: sendWindow.from }));
  expect(await listed.innerText()).not.toMatch(/\/s|no estimate/);
});

test('time zones have the names of their places, as in the form, in Russian too', async () => {
  await addClients(stage, { tag: 'east', count: 3, timeZone: 'Asia/Vladivostok' });
  const id = await startMailing(stage, { tag: 'east', text: 'Not at this hour', sendWindow: windowIn(2, 'Asia/Vladivostok') });
  const page = await stage.operators.open(`${stage.service.url}/mailings/${id}`, { locale: 'ru-RU' });
  await expectVisible(page.locator('[data-notice=closed]').getByText('Первым откроется Владивосток'));
  await expectVisible(page.locator('[data-zone="Asia/Vladivostok"]').getByText('Владивосток', { exact: true }));
});

test('messages whose hours come after the end are explained, and lead to their list', async () => {
  await addClients(stage, { tag: 'late', count: 3 });
  const endsAt = new Date(Date.now() + 3_600_000).toISOString();
  const id = await startMailing(stage, { tag: 'late', text: 'Too late for them', sendWindow: windowIn(2), endsAt });
  const page = await stage.operators.open(`${stage.service.url}/mailings/${id}`);
  const reason = page.locator('[data-error=EXPIRED]');
  await expectVisible(reason.getByText('Their time ran out before anything was tried'));
  await reason.getByRole('button', { name: 'Expired' }).click();
  await expectVisible(page.getByText('1–3 of 3'));
  expect(new URL(page.url()).search).toBe('?status=EXPIRED');
});

test('a mailing to nobody in particular is said to go to everybody before it is made', async () => {
  await addClients(stage, { tag: 'any', count: 2 });
  const page = await stage.operators.open(`${stage.service.url}/mailings/new`);
  await expectVisible(page.getByText('the mailing goes to every client'));
  await page.getByRole('combobox', { name: 'Tags' }).fill('any');
  await page.keyboard.press('Enter');
  await page.locator('[data-everybody]').waitFor({ state: 'detached' });
});
