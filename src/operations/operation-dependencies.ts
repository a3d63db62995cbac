// What every mutation is built with, and the answers they share.
import type { ChangeNotifier } from '../database/change-notifier.ts';
import type { Database, Transaction } from '../database/database.ts';
import { addJobs, jobKey } from '../database/job-queue.ts';
import type { ChangedMailing } from '../database/unsent-message-queries.ts';
import type { Actor } from '../domain/principal.ts';
import { reject } from '../domain/errors.ts';
import type { UserErrorCode } from '../domain/errors.ts';
import type { Log } from '../log.ts';

export interface OperationDependencies {
  readonly database: Database;
  readonly changes: ChangeNotifier;
  readonly log: Log;
  /** Who asks, for the log and a mailing's history; left out: nobody knows. */
  readonly actor?: Actor;
}

/** Who asks, as a field of a log line, when somebody knows. */
export function actorField(actor: Actor): { readonly actor?: string } {
  return actor === null ? {} : { actor };
}

type Rejection = ReturnType<typeof reject>;

export function notFound(noun: 'client' | 'mailing', field: readonly string[] = ['id']): Rejection {
  return reject({ code: 'NOT_FOUND', field, message: `there is no such ${noun}` });
}

export function staleVersion(noun: 'client' | 'mailing', version: number): Rejection {
  return reject({
    code: 'STALE_VERSION',
    field: ['expectedVersion'],
    message: `the ${noun} has been changed since: it is at version ${version}; read it again`,
  });
}

export function wrongState(
  code: Extract<UserErrorCode, 'MAILING_FINISHED' | 'NOT_RUNNING' | 'NOT_PAUSED'>,
  message: string,
  field: readonly string[] = ['id'],
): Rejection {
  return reject({ code, field, message });
}

/** A mailing whose last unsent message went away is over: the finisher looks at it at once. */
export async function finishEmptied(tx: Transaction, mailings: readonly ChangedMailing[]): Promise<void> {
  await addJobs(
    tx,
    mailings
      .filter(({ pending }) => pending === 0)
      .map(({ mailingId }) => ({ task: 'finish' as const, key: jobKey.finish(mailingId), mailingId, runAt: null })),
  );
}
