// The operations of the engine, built as a worker builds them, for tests that call them one by one instead of running a worker.
import pino from 'pino';
import { makeChangeNotifier } from '../../src/database/change-notifier.ts';
import type { Database } from '../../src/database/database.ts';
import type { Log } from '../../src/log.ts';
import { makeExpandMailing } from '../../src/operations/expand-mailing.ts';
import type { ExpandMailing } from '../../src/operations/expand-mailing.ts';
import { makeFinishMailing } from '../../src/operations/finish-mailing.ts';
import type { FinishMailing } from '../../src/operations/finish-mailing.ts';
import type { OperationDependencies } from '../../src/operations/operation-dependencies.ts';
import { makeMessageRemoval } from '../../src/operations/remove-old-messages.ts';
import type { MessageRemoval } from '../../src/operations/remove-old-messages.ts';
import { makeReconcile } from '../../src/operations/reconcile.ts';
import type { Reconcile } from '../../src/operations/reconcile.ts';
import { openEngineDatabase } from './engine-seed.ts';
import { removeWhole } from './remove-whole.ts';

export type LogLine = Readonly<Record<string, unknown>>;

export interface RecordedLog {
  readonly log: Log;
  readonly lines: LogLine[];
}

/** A real log whose lines a test can read. */
export function recordLog(): RecordedLog {
  const lines: LogLine[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as LogLine);
  return { log: pino({ level: 'debug', base: null, formatters: { level: (label) => ({ level: label }) } }, { write }), lines };
}

export interface Engine extends OperationDependencies, RecordedLog, AsyncDisposable {
  readonly expand: ExpandMailing;
  readonly finish: FinishMailing;
  readonly reconcile: Reconcile;
  /** Without days: of deleted mailings, and what was begun. */
  readonly remove: MessageRemoval['remove'];
}

/** `through`: wraps the database, to stop or break it at a chosen statement. */
export async function startEngine(
  url: string,
  { through = (database) => database }: { through?: (database: Database) => Database } = {},
): Promise<Engine> {
  const opened = await openEngineDatabase(url);
  const database = through(opened);
  const { log, lines } = recordLog();
  const changes = makeChangeNotifier({ sql: opened, onError: (error) => log.warn({ err: error }, 'a change notice could not be sent') });
  const dependencies = { database, changes, log };
  return {
    ...dependencies,
    lines,
    expand: makeExpandMailing(dependencies),
    finish: makeFinishMailing(dependencies),
    reconcile: makeReconcile({ ...dependencies, reconcileMs: 15_000 }),
    remove: async (stop) => removeWhole(opened, makeMessageRemoval({ ...dependencies, days: null }).remove, { days: null, stop }),
    [Symbol.asyncDispose]: async () => {
      await changes[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
    },
  };
}
