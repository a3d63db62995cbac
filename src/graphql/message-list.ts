// Pages of messages, alone and inside a mailing or a client.
import type { MessageRecord } from '../database/records.ts';
import { storedTextFault } from '../domain/stored-text.ts';
import type { Connection } from './connection.ts';
import { emptyConnection, readPageArgs, toConnection } from './connection.ts';
import type { GraphqlContext } from './context.ts';
import { isIdentifier } from './identifier.ts';
import type { MessagesArgs } from './message-types.ts';

/** Newest first: ids are given in the order in which messages are made. */
const ordering = { name: 'messages', instants: 0 };

/** Throws BAD_USER_INPUT for a bad page. `owner`: the mailing or client whose list it is; a `where` that names another matches nothing. */
export async function listMessagesOf(
  { loaders }: GraphqlContext,
  args: MessagesArgs,
  owner: { readonly mailingId?: string; readonly clientId?: string },
): Promise<Connection<MessageRecord>> {
  const page = readPageArgs(args, ordering);
  const mailingIds = idsOf(owner.mailingId, args.where?.mailingId);
  const clientIds = idsOf(owner.clientId, args.where?.clientId);
  if (mailingIds.length > 1 || clientIds.length > 1 || ![...mailingIds, ...clientIds].every(isIdentifier)) return emptyConnection(ordering);
  const [mailingId = null] = mailingIds;
  const [clientId = null] = clientIds;
  const filter = { statuses: args.where?.statuses ?? null, errorCodes: args.where?.errorCodes?.filter(isStorable) ?? null };
  // Of codes that no message can have, none is left: that is no filter, and matches nothing.
  if (filter.errorCodes?.length === 0 && args.where?.errorCodes?.length !== 0) return emptyConnection(ordering);
  const selection = { scope: { mailingId, clientId }, filter };
  return toConnection(
    () => loaders.messagePage({ ...selection, page }),
    ordering,
    () => loaders.messageCount(selection),
  );
}

/** PostgreSQL refuses NUL and the driver changes lone surrogates. */
function isStorable(text: string): boolean {
  return storedTextFault(text) === null;
}

/** The ids that the owner and the filter name: two different ones have no message in common. */
function idsOf(owner: string | undefined, filter: string | null | undefined): string[] {
  return [...new Set([owner, filter].filter((id) => id !== undefined && id !== null))];
}
