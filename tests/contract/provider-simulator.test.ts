import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SendResult } from '../../src/domain/send-outcome.ts';
import { makeHttpProvider } from '../../src/provider/http-provider.ts';
import { makeTokenSource } from '../../src/provider/token-source.ts';
import { readSimulatorSettings } from '../../src/simulator/settings.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { eventually } from '../support/eventually.ts';
import { describeProvider } from './provider-suite.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function startWith(env: Record<string, string>): Promise<Simulator & { readonly printed: string[] }> {
  const read = readSimulatorSettings(env);
  if ('faults' in read) throw new Error(read.faults.join('; '));
  const printed: string[] = [];
  const simulator = await startSimulator({ host: '127.0.0.1', port: 0, settings: read.settings, print: (line) => printed.push(line) });
  return { ...simulator, printed };
}

async function sendTo(url: string, count: number, timeoutMs = 10_000): Promise<SendResult[]> {
  const provider = makeHttpProvider({ url, token: makeTokenSource({}), connections: 16 });
  try {
    const ids = Array.from({ length: count }, (_, index) => String(index + 1));
    return await Promise.all(ids.map((messageId) => provider.send({ messageId, phone: '79161234567', textJson: '"Hello"', timeoutMs })));
  } finally {
    await provider.close();
  }
}

async function outcomesWith(env: Record<string, string>, count = 20, timeoutMs = 10_000) {
  const simulator = await startWith(env);
  cleanups.push(() => simulator.close());
  const outcomes = await sendTo(simulator.url, count, timeoutMs);
  return {
    codes: outcomes.map((outcome) => ('code' in outcome ? `${outcome.kind} ${outcome.code}` : outcome.kind)),
    totals: simulator.totals(),
  };
}

describeProvider('the provider simulator', async (token) => {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  const file = join(folder, 'ledger.jsonl');
  const simulator = await startWith({ SIMULATOR_TOKEN: token, SIMULATOR_LEDGER: file });
  return {
    url: simulator.url,
    async accepted() {
      const readLines = async () => (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
      // The file is written behind the answers.
      const lines = await eventually(async () => {
        const written = await readLines();
        return written.length === simulator.totals().received && written;
      });
      const entries = lines.map((line): { fate: string; msgId: string; phone: string; text: string } => JSON.parse(line));
      return entries.filter(({ fate }) => fate === 'accepted').map(({ msgId, phone, text }) => ({ msgId, phone, text }));
    },
    async close() {
      await simulator.close();
      await rm(folder, { recursive: true });
    },
  };
});

describe('the faults of the simulator', () => {
  it('says at the start that nothing real is sent, and counts at the end', async () => {
    const simulator = await startWith({});
    await sendTo(simulator.url, 3);
    await sendTo(simulator.url, 2);
    await simulator.close();
    expect(simulator.printed[0]).toContain('NOTHING REAL IS SENT');
    expect(simulator.printed.at(-1)).toBe('provider simulator ended: received 5, accepted 5 (3 messages, 2 repeated)');
  });

  it.each([
    ['SIMULATOR_FAILURE_RATE', 'retry HTTP_500', 'failed'],
    ['SIMULATOR_REFUSE_RATE', 'refused REJECTED', 'refused'],
    ['SIMULATOR_GARBAGE_RATE', 'ambiguous BAD_RESPONSE', 'garbage'],
    ['SIMULATOR_RESET_RATE', 'ambiguous CONNECTION', 'reset'],
    ['SIMULATOR_HANG_RATE', 'ambiguous TIMEOUT', 'hung'],
  ] as const)('%s=1 gives %s every time', async (name, code, fate) => {
    const { codes, totals } = await outcomesWith({ [name]: '1' }, 10, fate === 'hung' ? 2_000 : 10_000);
    expect(new Set(codes)).toEqual(new Set([code]));
    expect(totals).toMatchObject({ received: 10, accepted: 0, distinct: 0, [fate]: 10 });
  });

  it('is down during an outage', async () => {
    expect(new Set((await outcomesWith({ SIMULATOR_OUTAGE: '0-1000' })).codes)).toEqual(new Set(['retry HTTP_503']));
  });

  it('asks to wait above the rate limit', async () => {
    const { codes, totals } = await outcomesWith({ SIMULATOR_RATE_LIMIT: '1' });
    // The requests may fall into two seconds, hardly into more.
    expect(codes.filter((code) => code === 'throttled HTTP_429').length).toBe(totals.limited);
    expect(totals.limited).toBeGreaterThan(10);
  });

  it('cuts the requests still open when it ends', async () => {
    const simulator = await startWith({ SIMULATOR_HANG_RATE: '1' });
    const outcomes = sendTo(simulator.url, 1, 30_000);
    await eventually(() => simulator.totals().hung === 1);
    await simulator.close();
    expect(await outcomes).toEqual([expect.objectContaining({ kind: 'ambiguous', code: 'CONNECTION' })]);
  });

  it('repeats its faults with the same seed and draws others with another', async () => {
    const faultsOf = async (seed: string): Promise<string[]> => {
      const simulator = await startWith({ SIMULATOR_FAILURE_RATE: '0.5', SIMULATOR_SEED: seed });
      cleanups.push(() => simulator.close());
      const provider = makeHttpProvider({ url: simulator.url, token: makeTokenSource({}), connections: 1 });
      cleanups.push(() => provider.close());
      const kinds: string[] = [];
      for (let id = 1; id <= 40; id += 1) {
        kinds.push((await provider.send({ messageId: String(id), phone: '79161234567', textJson: '"x"', timeoutMs: 10_000 })).kind);
      }
      return kinds;
    };
    const first = await faultsOf('1');
    expect(await faultsOf('1')).toEqual(first);
    expect(await faultsOf('2')).not.toEqual(first);
    expect(new Set(first)).toEqual(new Set(['accepted', 'retry']));
  });

  it('refuses to start with a ledger that cannot be written', async () => {
    await expect(startWith({ SIMULATOR_LEDGER: '/no/such/folder/ledger' })).rejects.toThrow('/no/such/folder/ledger');
  });
});
