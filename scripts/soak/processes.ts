// The service's processes as an orchestrator runs them: started, ended by signals in every way, started again.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Journal } from './journal.ts';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const startWithinMs = 60_000;
/** What SIGTERM promises. */
const drainWithinMs = 15_000;

export interface SoakProcess {
  readonly name: string;
  readonly role: 'api' | 'worker';
  /** Where an api answers; null for a worker, or while there is none. */
  readonly url: () => string | null;
  /** Starts it, again and again as long as it cannot come up, at most for a minute. */
  readonly start: () => Promise<void>;
  readonly kill: () => Promise<void>;
  /** SIGTERM: must end with 0 within 15 s. */
  readonly drain: () => Promise<void>;
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** VmRSS in MB; null while it does not run. */
  readonly memoryMb: () => Promise<number | null>;
}

export interface ProcessOptions {
  readonly name: string;
  readonly role: 'api' | 'worker';
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly journal: Journal;
  /** Aborted when everything is to end: nothing is started any more. */
  readonly signal: AbortSignal;
}

export function makeProcess({ name, role, env, logFile, journal, signal }: ProcessOptions): SoakProcess {
  let child: ChildProcess | null = null;
  let url: string | null = null;
  let ending = false;
  const log = createWriteStream(logFile, { flags: 'a' });

  /** Whether it said that it is ready. */
  const launch = async (): Promise<boolean> => {
    ending = false;
    const path = process.env['PATH'] ?? '';
    const started = spawn(process.execPath, [program], {
      env: { PATH: path, ROLE: role, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    started.stderr.on('data', (chunk: Buffer) => log.write(chunk));
    let ready = false;
    started.once('exit', (code, by) => {
      if (child === started) [child, url] = [null, null];
      if (ready && !ending) journal.violated(`${name} ended by itself (${code ?? by})`);
    });
    return new Promise((resolve) => {
      started.once('exit', () => resolve(false));
      createInterface({ input: started.stdout }).on('line', (line) => {
        log.write(`${line}\n`);
        if (ready || !line.includes('"event":"ready"')) return;
        ready = true;
        url = /"url":"([^"]+)"/.exec(line)?.[1] ?? null;
        resolve(true);
      });
    });
  };

  const end = async (by: 'SIGKILL' | 'SIGTERM'): Promise<number | string | null> => {
    const current = child;
    if (current === null) return null;
    ending = true;
    const exited = new Promise<number | string>((resolve) => current.once('exit', (code, how) => resolve(code ?? how ?? '')));
    current.kill(by);
    return exited;
  };

  return {
    name,
    role,
    url: () => url,
    start: async () => {
      const deadline = Date.now() + startWithinMs;
      while (!signal.aborted && !(await launch())) {
        if (Date.now() > deadline) return journal.violated(`${name} did not start within ${startWithinMs / 1_000} s`);
        await delay(500);
      }
      // Aborted meanwhile: whoever aborted has already ended what ran then.
      if (signal.aborted) await end('SIGKILL');
    },
    kill: async () => {
      await end('SIGKILL');
    },
    drain: async () => {
      const begunAt = Date.now();
      const how = await end('SIGTERM');
      const tookMs = Date.now() - begunAt;
      if (how !== null && (how !== 0 || tookMs > drainWithinMs)) journal.violated(`${name}: SIGTERM ended with ${how} after ${tookMs} ms`);
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    memoryMb: async () => {
      const pid = child?.pid;
      if (pid === undefined) return null;
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      const kilobytes = /^VmRSS:\s+(\d+)/m.exec(status)?.[1];
      return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1_024);
    },
  };
}
