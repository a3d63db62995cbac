// One process that sends for this one: starts it, asks it, and says how it ended when it did so before an outcome came.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CarillonError } from '../domain/errors.ts';
import type { ProcessEnded, SendRequest, SendResult } from '../domain/send-outcome.ts';
import type { Failpoint } from '../failpoints.ts';
import type { Log } from '../log.ts';
import type { IsolatedAnswer, IsolatedRequest } from './isolated-sender.ts';
import type { TokenSource } from './token-source.ts';

export interface SendingProcessOptions {
  /** The provider's base up to and including /v1. */
  readonly url: string;
  readonly token: TokenSource;
  /** Sockets to the provider. */
  readonly connections: number;
  readonly failpoints: readonly Failpoint[];
  readonly log: Log;
}

export interface SendingProcess {
  /** Any number of messages at a time, each once at a time. Never rejects. */
  send(request: SendRequest): Promise<SendResult | ProcessEnded>;
  readonly isEnded: () => boolean;
  /** Resolves when it has ended, by itself or not. */
  readonly ended: Promise<void>;
  /** Ends it at once. */
  end(): void;
}

/** Until a process can be asked: a Node.js program on a busy machine. */
const START_MS = 10_000;
/** A process that has not told the outcome this long after the request's own time hangs: it is ended. */
const SILENT_MS = 3_000;

/** Beside this file, in src/ and dist/ alike. */
const program = fileURLToPath(new URL(`./isolated-sender${import.meta.url.slice(-3)}`, import.meta.url));

/** Resolves when it can be asked. Throws CarillonError ISOLATION, or what the operating system says, when it cannot be started. */
export async function startSendingProcess({ url, token, connections, failpoints, log }: SendingProcessOptions): Promise<SendingProcess> {
  const child = fork(program, [url, String(connections), JSON.stringify(failpoints)], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // Without a listener, a message to a dead process would end this one.
  child.on('error', (error) => log.warn({ err: error }, 'a process for sending cannot be reached'));
  await untilReady(child);

  const waiting = new Map<string, (result: SendResult | ProcessEnded) => void>();
  const ended = Promise.withResolvers<void>();
  const onExit = (): void => {
    for (const resolve of waiting.values()) resolve({ kind: 'process-ended', how: child.signalCode ?? `exit code ${child.exitCode}` });
    ended.resolve();
  };
  child.on('message', (answer) => {
    // Only the program beside this file speaks here.
    const { messageId, outcome } = answer as Exclude<IsolatedAnswer, 'ready'>;
    waiting.get(messageId)?.(outcome);
  });
  child.once('exit', onExit);
  if (hasEnded(child)) onExit();

  return {
    send: async (request) => {
      const { promise, resolve } = Promise.withResolvers<SendResult | ProcessEnded>();
      const silent = setTimeout(() => child.kill('SIGKILL'), request.timeoutMs + SILENT_MS);
      waiting.set(request.messageId, resolve);
      if (hasEnded(child)) onExit();
      else child.send({ ...request, token: token.current() } satisfies IsolatedRequest, () => undefined);
      const result = await promise;
      clearTimeout(silent);
      waiting.delete(request.messageId);
      return result;
    },
    isEnded: () => hasEnded(child),
    ended: ended.promise,
    end: () => void child.kill('SIGKILL'),
  };
}

async function untilReady(child: ChildProcess): Promise<void> {
  const over = new AbortController();
  const late = setTimeout(() => child.kill('SIGKILL'), START_MS);
  try {
    await Promise.race([once(child, 'message', { signal: over.signal }), failAtExit(child, over.signal)]);
  } finally {
    clearTimeout(late);
    over.abort();
  }
}

async function failAtExit(child: ChildProcess, over: AbortSignal): Promise<never> {
  await once(child, 'exit', { signal: over });
  throw new CarillonError('ISOLATION', `a process for sending ended as it started (${child.signalCode ?? child.exitCode})`);
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
