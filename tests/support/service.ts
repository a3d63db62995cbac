// The real service as a process of its own, as an operator runs it: environment in, port and log out, signals to end it.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { postGraphql } from './graphql-client.ts';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const STORY_LINES = 60;

export interface TestService extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** The log so far, one object per line. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** What was printed for people. */
  readonly printed: () => string;
  /** Whether it lives, and what it said last: for whoever wonders why a test failed. */
  readonly story: () => string;
  /** Answers data; throws when there are errors. */
  query<Data>(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Data>;
  /** Sends the signal and waits for the end: the exit code, or the signal's name. */
  end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | string>;
  /** Waits for an end that comes by itself. */
  ended(): Promise<number | string>;
  /** Sends a signal that does not end it. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
}

export interface TestServiceOptions {
  readonly databaseUrl: string;
  readonly providerUrl: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Resolves when the service says it is ready; rejects with everything it printed when it ends before. */
export async function startTestService({ databaseUrl, providerUrl, env = {} }: TestServiceOptions): Promise<TestService> {
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: databaseUrl,
      PROVIDER_URL: providerUrl,
      PROVIDER_TOKEN: 'test-token',
      PORT: '0',
      LOG_LEVEL: 'debug',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: Readonly<Record<string, unknown>>[] = [];
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code, signal) => reject(new Error(`the service ended (${code ?? signal}) before it was ready:\n${printed}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = JSON.parse(line) as Readonly<Record<string, unknown>>;
      log.push(entry);
      if (entry['event'] === 'ready') resolve(typeof entry['url'] === 'string' ? entry['url'] : '');
    });
  });
  const end = async (signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | string> => endProcess(child, signal);
  return {
    url,
    pid: child.pid ?? 0,
    log,
    printed: () => printed,
    story: () =>
      [
        `process ${child.pid}: ${child.exitCode ?? child.signalCode ?? 'alive'}`,
        printed,
        ...log.slice(-STORY_LINES).map((line) => JSON.stringify(line)),
      ].join('\n'),
    query: async <Data>(query: string, variables: Readonly<Record<string, unknown>> = {}) => {
      const answer = await postGraphql<Data>(url, query, variables);
      if (answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors));
      return answer.data;
    },
    end,
    ended: async () => whenEnded(child),
    signal: (name) => void child.kill(name),
    [Symbol.asyncDispose]: async () => {
      await end('SIGKILL');
    },
  };
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<number | string> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  return whenEnded(child);
}

async function whenEnded(child: ChildProcess): Promise<number | string> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode ?? 'unknown';
}
