// npm run screenshots: pictures of the console for docs/, taken of the real service with the simulator while it sends.
import { mkdir, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { eventually } from '../tests/support/eventually.ts';
import { addClients, createMailing, readMailing } from './console/feed.ts';
import { setStage } from './console/stage.ts';
import type { Stage } from './console/stage.ts';

const folder = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
const HOUR_MS = 3_600_000;
const patience = { timeoutMs: 120_000 };

const file = [
  'phone;operator_code;tag;time_zone',
  '+7 (000) 900-10-01;;regular;Europe/Moscow',
  '+7 (000) 900-10-02;;regular;Asia/Yekaterinburg',
  '+7 (000) 900-10-03;910;"gold; silver";Asia/Omsk',
  '8 (000) 900-10;;regular;Europe/Samara',
  '+7 (000) 900-10-05;;;Europe/Atlantis',
  '+7 (000) 900-10-06;;regular;+03:00',
  '+7 (000) 900-10-07;;gold;Asia/Vladivostok',
  '',
].join('\n');

await using stage = await setStage({
  SIMULATOR_FAILURE_RATE: '0.04',
  SIMULATOR_REFUSE_RATE: '0.01',
  SIMULATOR_LATENCY_MS: '20',
  SIMULATOR_SEED: '7',
});
await mkdir(folder, { recursive: true });
const context = await stage.browser.newContext({
  viewport: { width: 1_280, height: 800 },
  deviceScaleFactor: 1,
  locale: 'en-GB',
  timezoneId: 'Europe/Moscow',
  colorScheme: 'light',
  reducedMotion: 'reduce',
});
const overview = await context.newPage();
await overview.goto(stage.url);
const live = await fill(stage);
const mailing = await context.newPage();
await mailing.goto(`${stage.url}/mailings/${live}`);
await eventually(async () => {
  const { statistics } = await readMailing(stage, live);
  return statistics.total > 0 && statistics.sent / statistics.total > 0.3;
}, patience);
await mailing.locator('[data-zone]').first().waitFor();
await write(mailing, 'mailing');
await write(overview, 'overview');

const upload = await context.newPage();
await upload.goto(`${stage.url}/import`);
await upload.locator('input[type=file]').setInputFiles({ name: 'clients.csv', mimeType: 'text/csv', buffer: Buffer.from(file) });
await upload.getByText('Europe/Atlantis').first().waitFor();
await write(upload, 'import');
await context.close();

/** Mailings in every state; the id of the one that is being sent. */
async function fill(on: Stage): Promise<string> {
  const at = (hours: number): string => new Date(Date.now() + hours * HOUR_MS).toISOString();
  await addClients(on, { tag: 'regular', count: 30_000, from: 0 });
  await addClients(on, { tag: 'gold', count: 2_500, from: 1_000_000 });
  const regular = { filter: { tags: ['regular'] } };
  const gold = { filter: { tags: ['gold'] } };
  const over = await createMailing(on, {
    ...gold,
    text: 'Your gold card is ready. Thank you for ten years with us!',
    startsAt: at(-1),
    endsAt: at(2),
  });
  await eventually(async () => (await readMailing(on, over)).status === 'COMPLETED', patience);
  const paused = await createMailing(on, {
    ...gold,
    text: 'The clinic moves to 12 Garden Street on Monday. Your appointment stays as it is.',
    startsAt: at(-1),
    endsAt: at(9),
    ratePerSecond: 100,
  });
  await eventually(async () => (await readMailing(on, paused)).statistics.sent > 500, patience);
  await on.query('mutation ($id: ID!) { pauseMailing(id: $id) { mailing { id } } }', { id: paused });
  await createMailing(on, { ...gold, text: 'Dentist tomorrow? Answer YES or NO.', startsAt: at(3), endsAt: at(12) });
  await createMailing(on, {
    ...regular,
    text: 'Winter timetable from 1 December: buses every ten minutes.',
    startsAt: at(26),
    endsAt: at(38),
    sendWindow: { from: '10:00', to: '20:00' },
  });
  return createMailing(on, {
    ...regular,
    text: 'Spring sale: 20 % off everything until Sunday. Show this message at the till.',
    startsAt: at(-0.02),
    endsAt: at(20),
    ratePerSecond: 400,
    sendWindow: { from: moscowHour(-4), to: moscowHour(8) },
  });
}

/** So many hours from now, by the clocks of Moscow: whenever the pictures are taken, most zones are within their hours. */
function moscowHour(fromNow: number): string {
  return `${String((new Date().getUTCHours() + 3 + fromNow + 24) % 24).padStart(2, '0')}:00`;
}

async function write(page: Page, name: string): Promise<void> {
  await page.bringToFront();
  await page.locator('[data-connection=connected]').waitFor();
  const path = `${folder}${name}.png`;
  await page.screenshot({ path });
  const { size } = await stat(path);
  console.log(`${relative(process.cwd(), path)}: ${Math.round(size / 1_024)} KiB`);
}
