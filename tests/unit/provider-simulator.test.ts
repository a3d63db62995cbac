import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeFates } from '../../src/simulator/fate.ts';
import { makeIdSet } from '../../src/simulator/id-set.ts';
import { isDown, toOutages } from '../../src/simulator/outage.ts';
import { readSimulatorCommand, readSimulatorSettings } from '../../src/simulator/settings.ts';

describe('settings from the environment', () => {
  it('are all harmless by default', () => {
    expect(readSimulatorSettings({ SIMULATOR_LATENCY_MS: '' })).toEqual({
      settings: {
        latencyMs: 0,
        latencyJitterMs: 0,
        failureRate: 0,
        refuseRate: 0,
        garbageRate: 0,
        hangRate: 0,
        resetRate: 0,
        outages: [],
        token: undefined,
        rateLimit: undefined,
        ledgerFile: undefined,
        seed: expect.any(Number),
      },
    });
  });

  it('are read', () => {
    const env = {
      SIMULATOR_LATENCY_MS: '50',
      SIMULATOR_LATENCY_JITTER_MS: '20',
      SIMULATOR_FAILURE_RATE: '0.1',
      SIMULATOR_REFUSE_RATE: '.2',
      SIMULATOR_GARBAGE_RATE: '0.3',
      SIMULATOR_HANG_RATE: '0.15',
      SIMULATOR_RESET_RATE: '0.25',
      SIMULATOR_OUTAGE: '30-60,10/120',
      SIMULATOR_TOKEN: 'secret',
      SIMULATOR_RATE_LIMIT: '100',
      SIMULATOR_LEDGER: 'ledger.jsonl',
      SIMULATOR_SEED: '7',
    };
    expect(readSimulatorSettings(env)).toEqual({
      settings: {
        latencyMs: 50,
        latencyJitterMs: 20,
        failureRate: 0.1,
        refuseRate: 0.2,
        garbageRate: 0.3,
        hangRate: 0.15,
        resetRate: 0.25,
        outages: [
          { fromSeconds: 30, toSeconds: 60 },
          { downSeconds: 10, everySeconds: 120 },
        ],
        token: 'secret',
        rateLimit: 100,
        ledgerFile: 'ledger.jsonl',
        seed: 7,
      },
    });
  });

  it('report every fault at once, each by its name', () => {
    const env = {
      SIMULATOR_LATENCY_MS: 'slow',
      SIMULATOR_LATENCY_JITTER_MS: '-1',
      SIMULATOR_FAILURE_RATE: '1.5',
      SIMULATOR_RATE_LIMIT: '0',
      SIMULATOR_OUTAGE: '60-30',
      SIMULATOR_SEED: '1.5',
    };
    const read = readSimulatorSettings(env);
    const faults = 'faults' in read ? read.faults : [];
    expect(new Set(faults.map((fault) => fault.split(' ')[0]))).toEqual(new Set(Object.keys(env)));
    expect(faults.length).toBe(Object.keys(env).length);
  });

  it('refuse rates that add up to more than 1', () => {
    expect(readSimulatorSettings({ SIMULATOR_FAILURE_RATE: '0.6', SIMULATOR_HANG_RATE: '0.5' })).toEqual({
      faults: [expect.stringContaining('add up to more than 1')],
    });
    expect(readSimulatorSettings({ SIMULATOR_FAILURE_RATE: '0.6', SIMULATOR_HANG_RATE: '0.4' })).toHaveProperty('settings');
  });
});

describe('settings from flags', () => {
  it('win over the environment', () => {
    expect(
      readSimulatorCommand(['--port', '0', '--latency-ms=5', '--outage', '1-2'], { SIMULATOR_LATENCY_MS: '9', SIMULATOR_HOST: '0.0.0.0' }),
    ).toMatchObject({
      host: '0.0.0.0',
      port: 0,
      settings: { latencyMs: 5, outages: [{ fromSeconds: 1, toSeconds: 2 }] },
    });
  });

  it('listen on loopback, port 4010, unless told otherwise', () => {
    expect(readSimulatorCommand([], {})).toMatchObject({ host: '127.0.0.1', port: 4010 });
  });

  it('name the flag, or the variable that was used, in every fault', () => {
    expect(readSimulatorCommand(['--port', '70000', '--hang-rate', 'x'], { SIMULATOR_LATENCY_MS: 'y' })).toEqual({
      faults: [expect.stringMatching(/^--port /), expect.stringMatching(/^SIMULATOR_LATENCY_MS /), expect.stringMatching(/^--hang-rate /)],
    });
  });

  it.each([[['--lattency-ms', '5']], [['--port']], [['surplus']]])('refuse %j', (args) => {
    expect(readSimulatorCommand(args, {})).toEqual({ faults: [expect.stringContaining(args[0] ?? '')] });
  });

  it('explain themselves', () => {
    expect(readSimulatorCommand(['--help'], {})).toEqual({ help: expect.stringContaining('--failure-rate') });
  });
});

it('every fault is drawn about as often as its rate says', () => {
  const read = readSimulatorSettings({
    SIMULATOR_FAILURE_RATE: '0.1',
    SIMULATOR_GARBAGE_RATE: '0.2',
    SIMULATOR_HANG_RATE: '0.3',
    SIMULATOR_SEED: '1',
  });
  if ('faults' in read) throw new Error(read.faults.join());
  const fates = makeFates(read.settings);
  const draws = 10_000;
  const drawn = Map.groupBy(
    Array.from({ length: draws }, () => fates.draw()),
    (fate) => fate,
  );
  const shares = [...drawn].map(([fate, all]) => [fate, Math.round((all.length / draws) * 10) / 10] as const);
  expect(Object.fromEntries(shares)).toEqual({ failed: 0.1, garbage: 0.2, hung: 0.3, accepted: 0.4 });
});

describe('outages', () => {
  it('last from the first second given until before the second', () => {
    const outages = toOutages('30-60, 90-95') ?? [];
    const down = [0, 29.999, 30, 59.999, 60, 89, 90, 95].filter((second) => isDown(outages, second * 1000));
    expect(down).toEqual([30, 59.999, 90]);
  });

  it('come back at the end of every period', () => {
    const outages = toOutages('10/60') ?? [];
    const down = [0, 49.999, 50, 59.999, 60, 109, 110, 119, 120].filter((second) => isDown(outages, second * 1000));
    expect(down).toEqual([50, 59.999, 110, 119]);
  });

  it.each(['x', '30', '60-30', '5-5', '-5-6', '60/60', '0/60', '70/60', '1-2;3-4', '1-2-3'])('cannot be written as %s', (text) => {
    expect(toOutages(text)).toBeNull();
  });
});

it('the set of ids counts each 64-bit id once', () => {
  const id = fc.oneof(fc.bigInt({ min: 1n, max: 3000n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })).map(String);
  fc.assert(
    fc.property(fc.array(id, { maxLength: 300 }), (ids) => {
      const seen = new Set<string>();
      const set = makeIdSet();
      for (const each of ids) {
        expect(set.add(each)).toBe(!seen.has(each));
        seen.add(each);
      }
      expect(set.size()).toBe(seen.size);
    }),
  );
});
