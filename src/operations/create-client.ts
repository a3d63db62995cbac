// Adds one client to the directory.
import { CLIENTS } from '../database/change-notifier.ts';
import { findClient, insertClient, PHONE_CONSTRAINT } from '../database/client-queries.ts';
import { violatedUniqueConstraint } from '../database/database-faults.ts';
import type { AddClient } from '../database/new-clients.ts';
import type { ClientRecord } from '../database/records.ts';
import { checkNewClient } from '../domain/client.ts';
import type { NewClient, NewClientInput } from '../domain/client.ts';
import { reject, succeed } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';
import { createOnce, keyFaultOf } from './create-once.ts';
import type { Once } from './create-once.ts';
import type { OperationDependencies } from './operation-dependencies.ts';

export type CreateClient = (input: NewClientInput, idempotencyKey: string | null) => Promise<Result<ClientRecord>>;

/** `addClient`: of the whole process, so that those who create at one moment do it together. */
export type CreateClientDependencies = OperationDependencies & { readonly addClient: AddClient };

export function makeCreateClient({ database, changes, log, addClient }: CreateClientDependencies): CreateClient {
  return async (input, idempotencyKey) => {
    const keyFault = keyFaultOf(idempotencyKey);
    if (keyFault !== null) return keyFault;
    const checked = checkNewClient(input, ['input']);
    if (!checked.ok) return checked;
    try {
      const result = await create(checked.value, idempotencyKey);
      if (!result.ok) return result;
      const { created, isNew } = result.value;
      if (isNew) {
        changes.changed(CLIENTS);
        log.info({ event: 'client-created', clientId: created.id }, 'client created');
      }
      return succeed(created);
    } catch (error) {
      if (violatedUniqueConstraint(error) === PHONE_CONSTRAINT) return phoneTaken();
      throw error;
    }
  };

  async function create(client: NewClient, key: string | null): Promise<Result<Once<ClientRecord>>> {
    if (key === null) {
      const created = await addClient(client);
      return created === null ? phoneTaken() : succeed({ created, isNew: true });
    }
    return database.transaction(async (tx) =>
      createOnce(tx, { operation: 'createClient', key, input: client, create: async () => insertClient(tx, client), find: findClient }),
    );
  }
}

/** The unique index decides, so two at once cannot both succeed. */
export function phoneTaken(): ReturnType<typeof reject> {
  return reject({ code: 'PHONE_TAKEN', field: ['input', 'phone'], message: 'another client has this phone' });
}
