// Erases a client: its unsent messages are cancelled, what was sent stays without client, phone and the provider's words.
import { CLIENTS } from '../database/change-notifier.ts';
import { deleteClientRow } from '../database/client-queries.ts';
import { forgetRequestOf } from '../database/idempotency-queries.ts';
import { lockClient } from '../database/single-rows.ts';
import { forgetClients, lockClientDirectory } from '../database/unsent-message-queries.ts';
import { succeed } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';
import { finishEmptied, notFound } from './operation-dependencies.ts';
import type { OperationDependencies } from './operation-dependencies.ts';

export type DeleteClient = (id: string) => Promise<Result<{ readonly deletedId: string }>>;

export function makeDeleteClient({ database, changes, log }: OperationDependencies): DeleteClient {
  return async (id) => {
    const mailings = await database.transaction(async (tx) => {
      await lockClientDirectory(tx);
      if ((await lockClient(tx, id)) === null) return null;
      const cancelled = await forgetClients(tx, [id]);
      await deleteClientRow(tx, id);
      await forgetRequestOf(tx, id);
      await finishEmptied(tx, cancelled);
      return cancelled;
    });
    if (mailings === null) return notFound('client');
    changes.changed(CLIENTS);
    for (const { mailingId } of mailings) changes.changed(mailingId);
    log.info({ event: 'client-deleted', clientId: id }, 'client deleted');
    return succeed({ deletedId: id });
  };
}
