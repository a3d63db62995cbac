// Draws what becomes of each request.
import { isDown } from './outage.ts';
import type { SimulatorSettings } from './settings.ts';
import type { DrawnFate } from './ledger.ts';

export interface Fates {
  /** Before the request is looked at: down, or too many in this second. */
  atDoor(elapsedMs: number): 'down' | 'limited' | null;
  /** For a request that keeps the contract. */
  draw(): DrawnFate;
  latencyMs(): number;
}

export function makeFates(settings: SimulatorSettings): Fates {
  const random = makeRandom(settings.seed);
  const shares: readonly (readonly [DrawnFate, number])[] = [
    ['failed', settings.failureRate],
    ['refused', settings.refuseRate],
    ['garbage', settings.garbageRate],
    ['hung', settings.hangRate],
    ['reset', settings.resetRate],
  ];
  let second = -1;
  let inSecond = 0;

  return {
    atDoor(elapsedMs) {
      if (isDown(settings.outages, elapsedMs)) return 'down';
      if (settings.rateLimit === undefined) return null;
      const now = Math.floor(elapsedMs / 1000);
      if (now !== second) {
        second = now;
        inSecond = 0;
      }
      inSecond += 1;
      return inSecond > settings.rateLimit ? 'limited' : null;
    },
    // One draw decides, so that the rates hold exactly and no request suffers two faults.
    draw() {
      let rest = random();
      for (const [fate, share] of shares) {
        if (rest < share) return fate;
        rest -= share;
      }
      return 'accepted';
    },
    latencyMs: () => settings.latencyMs + (settings.latencyJitterMs === 0 ? 0 : random() * settings.latencyJitterMs),
  };
}

/** Numbers in [0, 1) from a 32-bit Weyl sequence, scrambled by a multiply-and-shift hash: repeatable, and even enough for rates. */
function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let hash = Math.imul(state ^ (state >>> 16), 0x7feb_352d);
    hash = Math.imul(hash ^ (hash >>> 15), 0x846c_a68b);
    return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
  };
}
