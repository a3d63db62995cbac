// The simulator's behaviour: one table of settings, read from the environment or from flags. Reports all faults at once.
import { parseArgs } from 'node:util';
import { toOutages } from './outage.ts';
import type { Outage } from './outage.ts';

export interface SimulatorSettings {
  /** Every answer waits this long, milliseconds. */
  readonly latencyMs: number;
  /** And up to this much longer, evenly spread. */
  readonly latencyJitterMs: number;
  /** Shares of the requests, each 0 to 1, together at most 1. */
  readonly failureRate: number;
  readonly refuseRate: number;
  readonly garbageRate: number;
  readonly hangRate: number;
  readonly resetRate: number;
  readonly outages: readonly Outage[];
  /** Bearer token to insist on; undefined: none is asked for. */
  readonly token: string | undefined;
  /** Requests per second, above it 429 with Retry-After; undefined: no limit. */
  readonly rateLimit: number | undefined;
  /** File that gets one JSON line per request, phones and texts included; undefined: none. */
  readonly ledgerFile: string | undefined;
  /** The same seed and order of requests give the same faults. */
  readonly seed: number;
}

const table = [
  { env: 'SIMULATOR_LATENCY_MS', flag: 'latency-ms', value: 'MS', help: 'wait before every answer (0)' },
  { env: 'SIMULATOR_LATENCY_JITTER_MS', flag: 'latency-jitter-ms', value: 'MS', help: 'and up to this much longer (0)' },
  { env: 'SIMULATOR_FAILURE_RATE', flag: 'failure-rate', value: '0..1', help: 'share answered with 500 (0)' },
  { env: 'SIMULATOR_REFUSE_RATE', flag: 'refuse-rate', value: '0..1', help: 'share refused with 400 (0)' },
  { env: 'SIMULATOR_GARBAGE_RATE', flag: 'garbage-rate', value: '0..1', help: 'share answered with 200 and no JSON (0)' },
  { env: 'SIMULATOR_HANG_RATE', flag: 'hang-rate', value: '0..1', help: 'share never answered (0)' },
  { env: 'SIMULATOR_RESET_RATE', flag: 'reset-rate', value: '0..1', help: 'share whose connection is reset (0)' },
  {
    env: 'SIMULATOR_OUTAGE',
    flag: 'outage',
    value: 'WINDOWS',
    help: '503 while down: 30-60,90-95 in seconds after the start, or 10/60: 10 s of every 60 s',
  },
  { env: 'SIMULATOR_TOKEN', flag: 'token', value: 'TOKEN', help: 'bearer token to insist on, else 401' },
  { env: 'SIMULATOR_RATE_LIMIT', flag: 'rate-limit', value: 'N', help: 'requests per second, above it 429 with Retry-After' },
  { env: 'SIMULATOR_LEDGER', flag: 'ledger', value: 'FILE', help: 'append one JSON line per request' },
  { env: 'SIMULATOR_SEED', flag: 'seed', value: 'N', help: 'makes the faults repeatable (random)' },
] as const;

const listening = [
  { env: 'SIMULATOR_HOST', flag: 'host', value: 'HOST', help: 'address to listen on (127.0.0.1)' },
  { env: 'SIMULATOR_PORT', flag: 'port', value: 'PORT', help: 'port to listen on, 0 picks a free one (4010)' },
] as const;

type Described = (typeof table | typeof listening)[number];
type Name = Described['env'];
type Environment = Readonly<Record<string, string | undefined>>;
type Faulty = { readonly faults: readonly string[] };

/** Settings from the environment; an empty variable counts as unset. */
export function readSimulatorSettings(env: Environment): { readonly settings: SimulatorSettings } | Faulty {
  return readSettings(env, (name) => name);
}

/** Settings for the program: flags win over the environment. Faults name the flag, or the variable when that was used. */
export function readSimulatorCommand(
  args: readonly string[],
  env: Environment,
): { readonly settings: SimulatorSettings; readonly host: string; readonly port: number } | { readonly help: string } | Faulty {
  const described: readonly Described[] = [...listening, ...table];
  const options = Object.fromEntries(described.map(({ flag }) => [flag, { type: 'string' as const }]));
  let flags: Readonly<Record<string, string | boolean | undefined>>;
  try {
    flags = parseArgs({ args: [...args], options: { ...options, help: { type: 'boolean', short: 'h' } } }).values;
  } catch (error) {
    return { faults: [error instanceof Error ? error.message : String(error)] };
  }
  if (flags['help'] === true) return { help: describe(described) };

  const given = new Map(
    described.flatMap(({ flag, env: name }) => (typeof flags[flag] === 'string' ? [[name, flags[flag]] as const] : [])),
  );
  const nameOf = (name: Name): string => (given.has(name) ? `--${described.find((entry) => entry.env === name)?.flag}` : name);
  const values = { ...env, ...Object.fromEntries(given) };
  const reader = makeReader(values, nameOf);
  const port = reader.wholeNumber('SIMULATOR_PORT', 65_535) ?? 4010;
  const host = reader.text('SIMULATOR_HOST') ?? '127.0.0.1';
  const read = readSettings(values, nameOf);
  if ('faults' in read) return { faults: [...reader.faults, ...read.faults] };
  return reader.faults.length > 0 ? { faults: reader.faults } : { settings: read.settings, host, port };
}

function readSettings(env: Environment, nameOf: (name: Name) => string): { readonly settings: SimulatorSettings } | Faulty {
  const { faults, wholeNumber, share, text } = makeReader(env, nameOf);
  const outages = toOutages(text('SIMULATOR_OUTAGE') ?? '');
  if (outages === null) faults.push(`${nameOf('SIMULATOR_OUTAGE')} must look like 30-60,90-95 or 10/60`);
  const rateLimit = wholeNumber('SIMULATOR_RATE_LIMIT', 1_000_000);
  if (rateLimit === 0) faults.push(`${nameOf('SIMULATOR_RATE_LIMIT')} must be at least 1`);
  const settings: SimulatorSettings = {
    latencyMs: wholeNumber('SIMULATOR_LATENCY_MS', 600_000) ?? 0,
    latencyJitterMs: wholeNumber('SIMULATOR_LATENCY_JITTER_MS', 600_000) ?? 0,
    failureRate: share('SIMULATOR_FAILURE_RATE'),
    refuseRate: share('SIMULATOR_REFUSE_RATE'),
    garbageRate: share('SIMULATOR_GARBAGE_RATE'),
    hangRate: share('SIMULATOR_HANG_RATE'),
    resetRate: share('SIMULATOR_RESET_RATE'),
    outages: outages ?? [],
    token: text('SIMULATOR_TOKEN'),
    rateLimit,
    ledgerFile: text('SIMULATOR_LEDGER'),
    seed: wholeNumber('SIMULATOR_SEED', 0xff_ff_ff_ff) ?? Math.floor(Math.random() * 0xff_ff_ff_ff),
  };
  const { failureRate, refuseRate, garbageRate, hangRate, resetRate } = settings;
  // A sum of ten tenths may come out a little above 1.
  if (failureRate + refuseRate + garbageRate + hangRate + resetRate > 1 + 1e-9)
    faults.push('The failure, refuse, garbage, hang and reset rates add up to more than 1');
  return faults.length > 0 ? { faults } : { settings };
}

function makeReader(env: Environment, nameOf: (name: Name) => string) {
  const faults: string[] = [];

  function text(name: Name): string | undefined {
    return env[name]?.trim() || undefined;
  }

  function wholeNumber(name: Name, largest: number): number | undefined {
    const value = text(name);
    if (value === undefined) return undefined;
    if (/^\d{1,15}$/.test(value) && Number(value) <= largest) return Number(value);
    faults.push(`${nameOf(name)} must be a whole number from 0 to ${largest}, not "${value}"`);
    return undefined;
  }

  function share(name: Name): number {
    const value = text(name) ?? '0';
    if (/^(\d+(\.\d*)?|\.\d+)$/.test(value) && Number(value) <= 1) return Number(value);
    faults.push(`${nameOf(name)} must be a number from 0 to 1, not "${value}"`);
    return 0;
  }

  return { faults, text, wholeNumber, share };
}

function describe(described: readonly Described[]): string {
  const rows = described.map(({ flag, value, env, help }) => `  ${`--${flag} ${value}`.padEnd(28)}${env.padEnd(30)}${help}`);
  return [
    'Simulates the sending provider: nothing real is sent.',
    '',
    `  ${'flag'.padEnd(28)}${'or environment'.padEnd(30)}meaning (default)`,
    ...rows,
  ].join('\n');
}
