// Clients that are created at one moment are one statement, each with an outcome of its own: nobody waits or fails for another's phone.
import type { NewClient } from '../domain/client.ts';
import { insertClient, insertClients, PHONE_CONSTRAINT } from './client-queries.ts';
import { isConnectionFault, isServerFault, isStatementTimeout, violatedUniqueConstraint } from './database-faults.ts';
import type { Sql } from './database.ts';
import { groupCalls } from './grouped-calls.ts';
import type { ClientRecord } from './records.ts';

/** The new client, committed; null: another has the phone. */
export type AddClient = (client: NewClient) => Promise<ClientRecord | null>;

const MOST_TOGETHER = 100;

/** One for all callers of a process. */
export function makeAddClient(sql: Sql): AddClient {
  const addAlone: AddClient = async (client) => {
    try {
      return await insertClient(sql, client);
    } catch (error) {
      if (violatedUniqueConstraint(error) === PHONE_CONSTRAINT) return null;
      throw error;
    }
  };

  const addTogether = async (clients: readonly NewClient[]): Promise<(ClientRecord | null | Promise<ClientRecord | null>)[]> => {
    const [first] = clients;
    if (clients.length === 1 && first !== undefined) return [addAlone(first)];
    try {
      const created = new Map((await insertClients(sql, clients)).map((client) => [client.phone, client]));
      return clients.map(({ phone }) => {
        const client = created.get(phone) ?? null;
        // Of two with one phone the first has it.
        created.delete(phone);
        return client;
      });
    } catch (error) {
      // Nothing is known of what became of it, or all would take as long again.
      if (isConnectionFault(error) || isStatementTimeout(error) || !isServerFault(error)) throw error;
      // Rolled back for the sake of one, such as one whose phone an import has in its hands: each finds out for itself.
      return clients.map(addAlone);
    }
  };

  return groupCalls({ run: addTogether, mostTogether: MOST_TOGETHER });
}
