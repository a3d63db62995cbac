// Programs that a benchmark runs beside itself, and what they cost: CPU and memory as Linux counts them.
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Program extends AsyncDisposable {
  readonly process: ChildProcess;
  /** The first line it printed that is JSON and has what was asked for. */
  readonly said: Readonly<Record<string, unknown>>;
  /** Sends a line to its standard input, and resolves with the JSON line it answers. */
  ask(question: object): Promise<Readonly<Record<string, unknown>>>;
}

/** Starts a program with this Node.js and waits until it prints a JSON object with the key. Disposing ends it. */
export async function startProgram(
  path: string,
  {
    args = [],
    env = {},
    key = 'port',
  }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>>; readonly key?: string } = {},
): Promise<Program> {
  const child = spawn(process.execPath, [path, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (wanted: string): Promise<Readonly<Record<string, unknown>>> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${path} ended before it said "${wanted}"`);
      const said = parse(value);
      if (said !== null && wanted in said) return said;
    }
  };
  const said = await next(key);
  return {
    process: child,
    said,
    ask: async (question) => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      return next('answer');
    },
    [Symbol.asyncDispose]: async () => end(child),
  };
}

function parse(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

/** The service, with a role, as its own process that logs warnings only. Its address is `said.url`; that of a worker is empty. */
export async function startServiceProcess(env: Readonly<Record<string, string>>): Promise<Program> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../dist/main.js', import.meta.url))], {
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let url: string | null = null;
  for await (const line of createInterface({ input: child.stderr })) {
    url = /^ +Health +(http\S+)\/readyz/.exec(line)?.[1] ?? url;
    if (line.includes('Stop with Ctrl+C')) break;
    if (!/^Carillon is ready|^ {2}\w+ {2,}/.test(line)) console.error(line);
  }
  child.stderr.resume();
  if (child.exitCode !== null) throw new Error('the service ended before it was ready');
  return {
    process: child,
    said: { url: url ?? '' },
    ask: () => Promise.reject(new Error('the service is asked over HTTP')),
    [Symbol.asyncDispose]: async () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}

/** User and system time of a process so far, in seconds. */
export async function cpuSecondsOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // Behind the name in brackets, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The most memory the process has had so far; elsewhere than on Linux not known. */
export async function peakMiBOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** Programs to compare with have packages of their own, installed when they are first needed. */
export function reference(name: string): string {
  const folder = fileURLToPath(new URL('references/', import.meta.url));
  if (!existsSync(`${folder}node_modules`)) {
    console.log('installing what is compared with (bench/references) …');
    execFileSync('npm', ['ci'], { cwd: folder, stdio: 'inherit' });
  }
  return `${folder}${name}.mjs`;
}
