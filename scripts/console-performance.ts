// npm run console:performance: what the console costs those who look at it and the sending they look at. Nothing else may be busy on the
// machine; it takes a quarter of an hour, and prints as it goes. The figures are medians, the sending with and without consoles alternates.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { median } from '../bench/table.ts';
import { eventually } from '../tests/support/eventually.ts';
import { addClients, createMailing, readMailing } from './console/feed.ts';
import type { NewMailing } from './console/feed.ts';
import { firstLoad, longTasks } from './console/page-measures.ts';
import type { LongTasks, Screen } from './console/page-measures.ts';
import { setStage } from './console/stage.ts';
import type { Stage } from './console/stage.ts';

const messages = Number(process.env['MESSAGES'] ?? 100_000);
const rounds = Number(process.env['ROUNDS'] ?? 7);
/** Mailings that each screen is looked at for, at each speed. */
const looks = Number(process.env['LOOKS'] ?? 3);
const consoles = 10;
/** Time to open the consoles before the mailing starts. */
const LEAD_MS = 4_000;
const HOUR_MS = 3_600_000;

await using stack = new AsyncDisposableStack();
const providerUrl = await startProvider(stack);
const stage = stack.use(await setStage({ PROVIDER_URL: providerUrl, PROVIDER_TOKEN: 'stub', LOG_LEVEL: 'info' }));
await addClients(stage, { tag: 'everybody', count: messages, from: 0 });

const loads = [];
for (let load = 0; load < rounds; load += 1) loads.push(await firstLoad(stage));
const bytes = median(loads.map(({ scriptBytes }) => scriptBytes));
console.log(
  `first load: ${bytes} bytes of script (${(bytes / 1_024).toFixed(0)} KiB), usable after ${median(loads.map(({ usableMs }) => usableMs)).toFixed(0)} ms`,
);

// One that does not count: code is compiled, tables have their size.
await send(stage, 0);
const ratios: number[] = [];
for (let round = 1; round <= rounds; round += 1) {
  // Whoever goes first has the colder tables: turn about.
  const order = round % 2 === 1 ? [0, consoles] : [consoles, 0];
  const speeds = new Map<number, number>();
  for (const open of order) speeds.set(open, await send(stage, open));
  const [alone = Number.NaN, watched = Number.NaN] = [speeds.get(0), speeds.get(consoles)];
  // Of two that followed each other: the machine itself is not always as fast.
  ratios.push(watched / alone);
  console.log(`  round ${round}: ${alone.toFixed(0)}/s, with ${consoles} consoles ${watched.toFixed(0)}/s`);
}
console.log(
  `sending ${messages} messages with ${consoles} open consoles, of sending without: median of ${rounds} ratios ${median(ratios).toFixed(3)}`,
);

// As fast as it goes, sending takes the processors that the browser would have on a machine of its own.
for (const screen of ['mailing', 'overview', 'list'] as const) {
  for (const ratePerSecond of [null, 5_000]) await smoothness(screen, ratePerSecond);
}

/** Prints how many tasks held the screen up. */
async function smoothness(screen: Screen, ratePerSecond: number | null): Promise<void> {
  const seen: LongTasks[] = [];
  for (let look = 0; look < looks; look += 1) {
    seen.push(await longTasks(stage, screen, { ...mailing(), ...(ratePerSecond !== null && { ratePerSecond }) }));
  }
  const tasks = seen.flatMap((one) => one.tasks);
  const over = (limitMs: number): number => tasks.filter((ms) => ms > limitMs).length;
  console.log(
    `${screen} while ${messages} are sent ${ratePerSecond === null ? 'as fast as it goes' : `at ${ratePerSecond} a second`}, ${looks} times, ` +
      `${median(seen.map(({ changes, seconds }) => changes / seconds)).toFixed(1)} changes a second: ` +
      `${over(50)} tasks over 50 ms, ${over(100)} over 100 ms, the longest ${Math.max(0, ...tasks).toFixed(0)} ms`,
  );
}

function mailing(): NewMailing {
  const now = Date.now();
  return {
    text: 'Measured',
    filter: { tags: ['everybody'] },
    startsAt: new Date(now + LEAD_MS).toISOString(),
    endsAt: new Date(now + HOUR_MS).toISOString(),
  };
}

/** Messages per second from the start to the end as the service notes them, while so many consoles are open. */
async function send(on: Stage, open: number): Promise<number> {
  const id = await createMailing(on, mailing());
  await using closing = new AsyncDisposableStack();
  if (open > 0) await openConsoles(closing, [on.url, String(open), id]);
  await eventually(async () => (await readMailing(on, id)).status === 'COMPLETED', { timeoutMs: 600_000, everyMs: 500 });
  const { startedAt, finishedAt, statistics } = await readMailing(on, id);
  if (startedAt === null || finishedAt === null || statistics.sent !== messages) throw new Error(`sent ${statistics.sent} of ${messages}`);
  return (messages * 1_000) / (Date.parse(finishedAt) - Date.parse(startedAt));
}

async function openConsoles(closing: AsyncDisposableStack, args: readonly string[]): Promise<void> {
  await startProgram(closing, new URL('console/open-consoles.ts', import.meta.url), args);
}

async function startProvider(closing: AsyncDisposableStack): Promise<string> {
  const line = await startProgram(closing, new URL('../bench/provider-stub.ts', import.meta.url), []);
  const { port } = JSON.parse(line) as { readonly port: number };
  return `http://127.0.0.1:${port}/v1`;
}

/** The first line that it prints. */
async function startProgram(closing: AsyncDisposableStack, program: URL, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [fileURLToPath(program), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  closing.defer(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then(([code]) => Promise.reject(new Error(`${program.pathname} ended with ${String(code)}`))),
  ])) as [string];
  return line;
}
