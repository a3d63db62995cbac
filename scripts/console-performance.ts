// npm run console:performance: what the console costs those who look at it and the sending they look at. Nothing else may be busy on the
// machine; it takes ten minutes, and prints as it goes.
import { fileURLToPath } from 'node:url';
import { startProgram } from '../bench/processes.ts';
import { median } from '../bench/table.ts';
import { addClients, createMailing } from './console/feed.ts';
import type { NewMailing } from './console/feed.ts';
import { firstLoad, longTasks } from './console/page-measures.ts';
import type { LongTasks, Screen } from './console/page-measures.ts';
import { setStage } from './console/stage.ts';
import { watchingCost } from './console/watching-cost.ts';

const messages = Number(process.env['MESSAGES'] ?? 100_000);
/** First loads, and mailings that each screen is looked at for, at each speed. */
const looks = Number(process.env['LOOKS'] ?? 3);
const consoles = 10;
/** Recipients of the mailing that is watched by turns: a turn takes 4 s, and some ten are needed. */
const WATCHED = 900_000;
/** Time to open a browser before the mailing starts. */
const LEAD_MS = 8_000;
const HOUR_MS = 3_600_000;

await using stack = new AsyncDisposableStack();
const provider = stack.use(await startProgram(fileURLToPath(new URL('../bench/provider-stub.ts', import.meta.url))));
const stage = stack.use(
  await setStage({ PROVIDER_URL: `http://127.0.0.1:${String(provider.said['port'])}/v1`, PROVIDER_TOKEN: 'stub', LOG_LEVEL: 'info' }),
);
await addClients(stage, { tag: 'everybody', count: messages, from: 0 });

const loads = [];
for (let load = 0; load < looks; load += 1) loads.push(await firstLoad(stage));
const bytes = median(loads.map(({ scriptBytes }) => scriptBytes));
console.log(
  `first load: ${bytes} bytes of script (${(bytes / 1_024).toFixed(0)} KiB), usable after ${median(loads.map(({ usableMs }) => usableMs)).toFixed(0)} ms`,
);

await addClients(stage, { tag: 'many', count: WATCHED, from: messages });
const mailingId = await createMailing(stage, mailing('many', 0));
const ratios = await watchingCost(stage, { mailingId, recipients: WATCHED, consoles });
console.log(
  `sending with ${consoles} open consoles, of sending without: median of ${ratios.length} ratios ${median(ratios).toFixed(3)}, ` +
    `from ${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`,
);

// As fast as it goes, sending takes the processors that the browser would have on a machine of its own.
for (const screen of ['mailing', 'overview', 'list'] as const) {
  for (const ratePerSecond of [null, 5_000]) await smoothness(screen, ratePerSecond);
}

/** Prints how many tasks held the screen up. */
async function smoothness(screen: Screen, ratePerSecond: number | null): Promise<void> {
  const seen: LongTasks[] = [];
  for (let look = 0; look < looks; look += 1) {
    seen.push(await longTasks(stage, screen, { ...mailing('everybody', LEAD_MS), ...(ratePerSecond !== null && { ratePerSecond }) }));
  }
  const tasks = seen.flatMap((one) => one.tasks);
  const over = (limitMs: number): number => tasks.filter((ms) => ms > limitMs).length;
  console.log(
    `${screen} while ${messages} are sent ${ratePerSecond === null ? 'as fast as it goes' : `at ${ratePerSecond} a second`}, ${looks} times, ` +
      `${median(seen.map(({ changesPerSecond }) => changesPerSecond)).toFixed(1)} changes a second, ` +
      `its end shown after at most ${Math.max(...seen.map(({ endShownMs }) => endShownMs))} ms: ` +
      `${over(50)} tasks over 50 ms, ${over(100)} over 100 ms, the longest ${Math.max(0, ...tasks).toFixed(0)} ms`,
  );
}

function mailing(tag: string, leadMs: number): NewMailing {
  const now = Date.now();
  return {
    text: 'Measured',
    filter: { tags: [tag] },
    startsAt: new Date(now + leadMs).toISOString(),
    endsAt: new Date(now + HOUR_MS).toISOString(),
  };
}
