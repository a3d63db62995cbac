// Processes of their own for messages that may end the process that sends them: what dies with such a message is a process that does
// nothing else, and its parent has seen it. Someone's kill -9 of the parent is never taken for a message's doing.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CarillonError } from '../domain/errors.ts';
import type { Isolation, ProcessEnded, Provider, SendRequest, SendResult } from '../domain/send-outcome.ts';
import type { Failpoint } from '../failpoints.ts';
import type { Log } from '../log.ts';
import type { IsolatedAnswer, IsolatedRequest } from './isolated-sender.ts';
import type { TokenSource } from './token-source.ts';

interface IsolationOptions {
  /** The provider's base up to and including /v1. */
  readonly url: string;
  readonly token: TokenSource;
  readonly failpoints: readonly Failpoint[];
  /** Sends when no process can be started: better in this one than not at all. */
  readonly fallback: Provider;
  readonly log: Log;
}

/** Until a process can be asked: a Node.js program on a busy machine. */
const START_MS = 10_000;
/** A process that nobody needs goes after this long. */
const IDLE_MS = 10_000;
/** A process that has not told the outcome this long after the request's own time hangs: it is ended. */
const SILENT_MS = 3_000;

/** Beside this file, in src/ and dist/ alike. */
const program = fileURLToPath(new URL(`./isolated-sender${import.meta.url.slice(-3)}`, import.meta.url));

/** One process per message in hand, kept for the next one. Disposing ends them all. */
export function makeIsolation({ url, token, failpoints, fallback, log }: IsolationOptions): Isolation & AsyncDisposable {
  const children = new Set<ChildProcess>();
  /** With the timers that end them. */
  const idle = new Map<ChildProcess, NodeJS.Timeout>();

  return {
    acquire: async () => {
      const child = takeIdle() ?? (await start().catch((error: unknown) => log.warn({ err: error }, 'sending without isolation')));
      if (child === undefined) return { send: async (request) => fallback.send(request), release: () => undefined };
      return { send: async (request) => ask(child, { ...request, token: token.current() }), release: () => rest(child) };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...children].map(end));
    },
  };

  async function start(): Promise<ChildProcess> {
    const child = fork(program, [url, JSON.stringify(failpoints)], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    children.add(child);
    child.once('exit', () => {
      children.delete(child);
      clearTimeout(idle.get(child));
      idle.delete(child);
    });
    // Without a listener a failed start or a message to a dead process would end this one.
    child.on('error', (error) => log.warn({ err: error }, 'a process for sending cannot be reached'));
    const ended = new AbortController();
    const late = setTimeout(() => child.kill('SIGKILL'), START_MS);
    try {
      await Promise.race([once(child, 'message', { signal: ended.signal }), failedStart(child, ended.signal)]);
      return child;
    } finally {
      clearTimeout(late);
      ended.abort();
    }
  }

  function takeIdle(): ChildProcess | undefined {
    const [entry] = idle;
    if (entry === undefined) return undefined;
    const [child, timer] = entry;
    clearTimeout(timer);
    idle.delete(child);
    return child;
  }

  function rest(child: ChildProcess): void {
    if (!hasEnded(child)) idle.set(child, setTimeout(() => child.kill('SIGKILL'), IDLE_MS).unref());
  }
}

async function failedStart(child: ChildProcess, signal: AbortSignal): Promise<never> {
  const [code, name] = (await once(child, 'exit', { signal })) as [number | null, string | null];
  throw new CarillonError('ISOLATION', `a process for sending ended as it started (${name ?? code})`);
}

/** The outcome, or how the process ended before it came. */
async function ask(child: ChildProcess, request: IsolatedRequest): Promise<SendResult | ProcessEnded> {
  return new Promise((resolve) => {
    const silent = setTimeout(() => child.kill('SIGKILL'), request.timeoutMs + SILENT_MS);
    const onMessage = (answer: unknown): void => {
      clearTimeout(silent);
      child.off('exit', onExit);
      // Only the program beside this file speaks here.
      resolve(answer as Exclude<IsolatedAnswer, 'ready'>);
    };
    const onExit = (code: number | null, name: string | null): void => {
      clearTimeout(silent);
      child.off('message', onMessage);
      resolve({ kind: 'process-ended', how: name ?? `exit code ${code}` });
    };
    child.once('message', onMessage);
    child.once('exit', onExit);
    if (hasEnded(child)) onExit(child.exitCode, child.signalCode);
    else child.send(request satisfies SendRequest, () => undefined);
  });
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
