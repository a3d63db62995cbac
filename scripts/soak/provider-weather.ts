// How the provider behaves: mostly well, now and then in one of the ways it can fail. Remembers which answers were a clear acceptance.
import { setTimeout as delay } from 'node:timers/promises';
import {
  accept,
  agreedBody,
  answer,
  hang,
  raw,
  resetAfterAccepting,
  resetBeforeAccepting,
  strangeBodies,
  truncate,
} from '../../tests/support/stub-behaviours.ts';
import type { Behaviour } from '../../tests/support/stub-behaviours.ts';
import type { StubEntry, StubProvider, StubRequest } from '../../tests/support/stub-provider.ts';
import type { Draws } from './draws.ts';
import type { Journal } from './journal.ts';

const modes = ['fair', '500', 'reset', 'hang', 'garbage', 'down', '429', '401', 'refusals', 'slow'] as const;
type Mode = (typeof modes)[number];

export interface Weather {
  readonly mode: () => Mode;
  readonly counts: ReadonlyMap<string, number>;
  /** Changes the mode until aborted, then leaves fair weather. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Whether the provider said yes at once: nothing of this request can have made the service ask again. */
  readonly clearlyAccepted: (entry: StubEntry) => boolean;
}

/** Well below the service's timeout: slower than this, the answer may have come too late. */
const promptMs = 1_000;

export function makeWeather(stub: StubProvider, draws: Draws, answers: Draws, journal: Journal): Weather {
  let mode: Mode = 'fair';
  const counts = new Map<string, number>();
  const clear = new WeakSet<StubRequest>();
  stub.behave((request) => {
    const behaviour = behave(mode, answers);
    if (behaviour.kind === 'answer' && behaviour.status === 200 && behaviour.accepted && behaviour.body === agreedBody) clear.add(request);
    return behaviour;
  });

  const change = async (next: Mode): Promise<void> => {
    if (mode === 'down') await stub.comeBack();
    mode = next;
    if (mode === 'down') {
      // Cuts also connections whose answer is still on its way.
      journal.disturb('provider cuts connections', 0)();
      await stub.goDown();
    }
    if (mode !== 'fair') counts.set(mode, (counts.get(mode) ?? 0) + 1);
  };

  return {
    mode: () => mode,
    counts,
    clearlyAccepted: (entry) => clear.has(entry) && entry.answeredAt !== undefined && entry.answeredAt - entry.at < promptMs,
    run: async (signal) => {
      const wait = async (ms: number): Promise<unknown> => delay(ms, undefined, { signal }).catch(() => undefined);
      while (!signal.aborted) {
        await wait(draws.between(4_000, 14_000));
        if (signal.aborted) break;
        await change(draws.pick(modes));
        await wait(draws.between(1_000, 6_000));
        await change('fair');
      }
    },
  };
}

function behave(mode: Mode, draws: Draws): Behaviour {
  switch (mode) {
    case 'fair':
    case 'down':
      return draws.chance(0.01) ? accept({ closeAfter: true }) : accept({ delayMs: draws.between(0, 20) });
    case '500':
      return answer(draws.pick([500, 502, 503, 408]));
    case 'reset':
      return draws.chance(0.5) ? resetAfterAccepting() : resetBeforeAccepting();
    case 'hang':
      return hang({ accepted: draws.chance(0.5) });
    case 'garbage':
      return draws.chance(0.2)
        ? draws.pick([truncate(), raw('HTTP/9 nonsense\r\n\r\n')])
        : answer(200, { body: draws.pick([strangeBodies.broken, strangeBodies.empty, strangeBodies.html, strangeBodies.wrongCode]) });
    case '429':
      return answer(429, { headers: { 'retry-after': draws.pick(['1', '2', '-5', 'soon']) } });
    case '401':
      return answer(401);
    case 'refusals':
      return draws.chance(0.1) ? answer(422) : accept();
    case 'slow':
      return accept({ delayMs: draws.between(200, 600) });
    default:
      return mode satisfies never;
  }
}
