// What open consoles cost the sending that they look at. Two mailings one after the other differ by more than that, as a machine is not
// always as fast and PostgreSQL cleans up when it wants: so consoles are opened and closed by turns while one long mailing is being sent,
// and each turn is compared with those before and after it.
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startProgram } from '../../bench/processes.ts';
import { eventually } from '../../tests/support/eventually.ts';
import { readMailing } from './feed.ts';
import type { MailingState } from './feed.ts';
import type { Stage } from './stage.ts';

/** Opening and closing is over by then. */
const SETTLE_MS = 700;
const TURN_MS = 3_000;

interface Watched {
  readonly mailingId: string;
  readonly recipients: number;
  readonly consoles: number;
}

interface Turn {
  readonly isWatched: boolean;
  readonly ratePerSecond: number;
}

/** Messages per second with open consoles, of those without: one ratio for each turn between two others. Prints the turns. */
export async function watchingCost(stage: Stage, { mailingId, recipients, consoles }: Watched): Promise<readonly number[]> {
  await using program = await startProgram(fileURLToPath(new URL('open-consoles.ts', import.meta.url)), {
    args: [stage.url, String(consoles), mailingId],
    key: 'ready',
  });
  const read = async (): Promise<MailingState['statistics']> => (await readMailing(stage, mailingId)).statistics;
  // Selecting recipients takes processors from sending: turns begin after it.
  await eventually(async () => (await read()).total === recipients, { timeoutMs: 600_000, everyMs: 1_000 });
  const turns: Turn[] = [];
  for (;;) {
    const isWatched = turns.length % 2 === 1;
    await program.ask({ open: isWatched });
    await setTimeout(SETTLE_MS);
    const [before, from] = [await read(), performance.now()];
    await setTimeout(TURN_MS);
    const [after, to] = [await read(), performance.now()];
    if (after.pending === 0) return ratiosOf(turns);
    const ratePerSecond = ((after.sent - before.sent) * 1_000) / (to - from);
    turns.push({ isWatched, ratePerSecond });
    console.log(`  ${isWatched ? `${consoles} consoles` : 'nobody'}: ${ratePerSecond.toFixed(0)}/s`);
  }
}

function ratiosOf(turns: readonly Turn[]): readonly number[] {
  return turns.slice(1, -1).map(({ isWatched, ratePerSecond }, index) => {
    const beside = ((turns[index]?.ratePerSecond ?? Number.NaN) + (turns[index + 2]?.ratePerSecond ?? Number.NaN)) / 2;
    return isWatched ? ratePerSecond / beside : beside / ratePerSecond;
  });
}
