// The mutations as an api process has them, on a test's database: with the real notifier, and an ear for what it tells.
import pg from 'pg';
import pino from 'pino';
import { CHANGE_CHANNEL, makeChangeNotifier } from '../../src/database/change-notifier.ts';
import type { ChangeNotifier } from '../../src/database/change-notifier.ts';
import type { Database } from '../../src/database/database.ts';
import { makeAddClient } from '../../src/database/new-clients.ts';
import type { Result, UserError } from '../../src/domain/errors.ts';
import type { Operations } from '../../src/graphql/operations.ts';
import type { Log } from '../../src/log.ts';
import { makeCancelMailing } from '../../src/operations/cancel-mailing.ts';
import { makeCreateClient } from '../../src/operations/create-client.ts';
import { makeCreateMailing } from '../../src/operations/create-mailing.ts';
import { makeDeleteClient } from '../../src/operations/delete-client.ts';
import { makeDeleteMailing } from '../../src/operations/delete-mailing.ts';
import { makeExpandMailing } from '../../src/operations/expand-mailing.ts';
import type { ExpandMailing } from '../../src/operations/expand-mailing.ts';
import { makeFinishMailing } from '../../src/operations/finish-mailing.ts';
import type { FinishMailing } from '../../src/operations/finish-mailing.ts';
import { makeImportClients } from '../../src/operations/import-clients.ts';
import type { OperationDependencies } from '../../src/operations/operation-dependencies.ts';
import { makePauseMailing } from '../../src/operations/pause-mailing.ts';
import { makeMessageRemoval } from '../../src/operations/remove-old-messages.ts';
import type { MessageRemoval } from '../../src/operations/remove-old-messages.ts';
import { makeResumeMailing } from '../../src/operations/resume-mailing.ts';
import { makeRetryMessages } from '../../src/operations/retry-messages.ts';
import { makeUpdateClient } from '../../src/operations/update-client.ts';
import { makeUpdateMailing } from '../../src/operations/update-mailing.ts';
import { openEngineDatabase } from './engine-seed.ts';
import { removeWhole } from './remove-whole.ts';

export interface OpenedOperations extends Operations, AsyncDisposable {
  readonly database: Database;
  readonly changes: ChangeNotifier;
  /** What a worker's jobs would do. */
  readonly finishMailing: FinishMailing;
  /** Of deleted mailings, and what was begun for its age. */
  readonly removeMessages: MessageRemoval['remove'];
  readonly expandMailing: ExpandMailing;
  /** Ids of mailings in notices so far, PROVIDER and CLIENTS among them. */
  readonly heard: ReadonlySet<string>;
  readonly log: Log;
  readonly logLines: readonly Readonly<Record<string, unknown>>[];
}

export async function openOperations(url: string): Promise<OpenedOperations> {
  const database = await openEngineDatabase(url);
  const logLines: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => logLines.push(JSON.parse(line)) });
  const heard = new Set<string>();
  const ear = new pg.Client({ connectionString: url });
  ear.on('notification', ({ payload }) => {
    for (const id of (payload ?? '').split(',')) heard.add(id);
  });
  await ear.connect();
  await ear.query(`listen ${CHANGE_CHANNEL}`);
  const changes = makeChangeNotifier({
    sql: database,
    onError: (error) => {
      throw error;
    },
  });
  return {
    database,
    changes,
    heard,
    log,
    logLines,
    ...makeOperations({ database, changes, log }),
    finishMailing: makeFinishMailing({ database, changes, log }),
    removeMessages: async (stop) => removeWhole(database, makeMessageRemoval({ database, days: null, log }).remove, { days: null, stop }),
    expandMailing: makeExpandMailing({ database, changes, log }),
    [Symbol.asyncDispose]: async () => {
      await changes[Symbol.asyncDispose]();
      await ear.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** For operations built by hand, where nobody listens. */
export const silentChanges: ChangeNotifier = { changed: () => undefined, [Symbol.asyncDispose]: async () => undefined };

export function makeOperations(dependencies: OperationDependencies): Operations {
  return {
    createClient: makeCreateClient({ ...dependencies, addClient: makeAddClient(dependencies.database) }),
    updateClient: makeUpdateClient(dependencies),
    deleteClient: makeDeleteClient(dependencies),
    importClients: makeImportClients(dependencies),
    createMailing: makeCreateMailing(dependencies),
    updateMailing: makeUpdateMailing(dependencies),
    deleteMailing: makeDeleteMailing(dependencies),
    pauseMailing: makePauseMailing(dependencies),
    resumeMailing: makeResumeMailing(dependencies),
    cancelMailing: makeCancelMailing(dependencies),
    retryMessages: makeRetryMessages(dependencies),
  };
}

/** The value of a result that a test says is good. */
export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.errors)}`);
  return result.value;
}

/** Code and path of each error of a result that a test says is refused. */
export function errorsOf(result: Result<unknown>): string[] {
  if (result.ok) throw new Error(`not refused: ${JSON.stringify(result.value)}`);
  return result.errors.map(describe);
}

export function describe({ code, field }: Pick<UserError, 'code' | 'field'>): string {
  return `${code} ${field.join('.')}`;
}
