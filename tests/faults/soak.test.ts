// A short soak with a fixed seed, as its command runs it: the long one is for people (npm run soak).
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';

const program = fileURLToPath(new URL('../../scripts/soak.ts', import.meta.url));
let running: ChildProcess | null = null;

afterEach(async () => {
  if (running === null || running.exitCode !== null || running.signalCode !== null) return;
  // It ends its own processes; a second look would only find what is already broken.
  const exited = once(running, 'exit');
  running.kill('SIGINT');
  await exited;
});

interface Soak {
  readonly pid: number;
  readonly output: () => string;
  readonly kill: () => void;
  readonly exitCode: Promise<number | null>;
}

function startSoak(...args: readonly string[]): Soak {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running = child;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exitCode = once(child, 'close').then(() => child.exitCode);
  return { pid: child.pid ?? 0, output: () => output, kill: () => void child.kill('SIGINT'), exitCode };
}

/** Processes whose ancestor is `pid`: every number of /proc with its parent's. */
async function descendantsOf(pid: number): Promise<readonly number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const parents = await Promise.all(
    names.map(async (name) => {
      const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
      return [Number(name), Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0])] as const;
    }),
  );
  const childrenOf = Map.groupBy(parents, ([, parent]) => parent);
  const below = (one: number): readonly number[] => (childrenOf.get(one) ?? []).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

test('three quarters of a minute of random faults with two workers and two apis: every promise holds', { timeout: 240_000 }, async () => {
  const soak = startSoak('--minutes', '0.75', '--seed', '7');
  const exitCode = await soak.exitCode;
  expect(soak.output()).toContain('soak with seed 7: every promise held');
  expect(exitCode).toBe(0);
  // It proves something only when things were sent and broken meanwhile.
  const [, sent = '0'] = /sent (\d+)/.exec(soak.output()) ?? [];
  const [, faults = '0'] = /(\d+) faults \|(?!.*\d+ faults \|)/s.exec(soak.output()) ?? [];
  expect(Number(sent)).toBeGreaterThan(500);
  expect(Number(faults)).toBeGreaterThanOrEqual(3);
});

test.skipIf(process.platform !== 'linux')('Ctrl-C ends it with every process that it started', { timeout: 120_000 }, async () => {
  const soak = startSoak('--minutes', '5', '--seed', '8');
  await eventually(() => soak.output().includes(' | '), { timeoutMs: 60_000, everyMs: 100 });
  const started = await descendantsOf(soak.pid);
  expect(started.length).toBeGreaterThanOrEqual(5);
  soak.kill();
  expect(await soak.exitCode).toBe(1);
  const alive = async (): Promise<readonly number[]> => {
    const states = await Promise.all(
      started.map(async (pid) => ((await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')).includes(') Z') ? null : pid)),
    );
    const present = (await readdir('/proc')).map(Number);
    return states.filter((pid) => pid !== null && present.includes(pid)).map(Number);
  };
  await eventually(async () => (await alive()).length === 0);
});
