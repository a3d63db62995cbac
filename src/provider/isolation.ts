// Processes of their own for messages that may end the process that sends them: what dies with such a message is a process that does
// nothing else, and its parent has seen it. Someone's kill -9 of the parent is never taken for a message's doing.
import type { IsolatedSender, Isolation, Provider } from '../domain/send-outcome.ts';
import type { Log } from '../log.ts';
import { startSendingProcess } from './sending-process.ts';
import type { SendingProcess, SendingProcessOptions } from './sending-process.ts';

interface IsolationOptions extends SendingProcessOptions {
  /** Sends when no process can be started: better from this one than not at all. */
  readonly fallback: Provider;
  readonly log: Log;
}

/** A process that nobody needs goes after this long. */
const IDLE_MS = 10_000;

/** Processes are kept for a while for the next one who needs one. Disposing ends them all. */
export function makeIsolation(options: IsolationOptions): Isolation & AsyncDisposable {
  const { fallback, log } = options;
  const running = new Set<SendingProcess>();
  /** With the timers that end them. */
  const idle = new Map<SendingProcess, NodeJS.Timeout>();

  return {
    acquire: async () => {
      try {
        const process = takeIdle() ?? (await start());
        return { send: process.send, isEnded: process.isEnded, release: () => rest(process) };
      } catch (error) {
        log.warn({ err: error }, 'no process of its own could be started; sending without isolation');
        return fromHere(fallback);
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const process of running) process.end();
      await Promise.all([...running].map(async ({ ended }) => ended));
    },
  };

  async function start(): Promise<SendingProcess> {
    const process = await startSendingProcess(options);
    running.add(process);
    void process.ended.then(() => {
      running.delete(process);
      clearTimeout(idle.get(process));
      idle.delete(process);
    });
    return process;
  }

  function takeIdle(): SendingProcess | undefined {
    const [entry] = idle;
    if (entry === undefined) return undefined;
    const [process, timer] = entry;
    clearTimeout(timer);
    idle.delete(process);
    return process;
  }

  function rest(process: SendingProcess): void {
    if (!process.isEnded()) idle.set(process, setTimeout(process.end, IDLE_MS).unref());
  }
}

function fromHere({ send }: Provider): IsolatedSender {
  return { send, isEnded: () => false, release: () => undefined };
}
