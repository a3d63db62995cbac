// Pages of clients, for the query and the live page alike.
import { countClients, listClients } from '../database/client-list-queries.ts';
import type { Sql } from '../database/database.ts';
import type { ClientRecord } from '../database/records.ts';
import type { ClientsArgs } from './client-types.ts';
import type { Connection, Ordering } from './connection.ts';
import { readPageArgs, toConnection } from './connection.ts';

const orderingOf = ({ orderBy }: ClientsArgs): Ordering => ({ name: `clients ${orderBy}`, instants: 1 });

/** Throws BAD_USER_INPUT naming the argument. */
export function checkClientPage(args: ClientsArgs): void {
  readPageArgs(args, orderingOf(args));
}

/** Throws as `checkClientPage` does. */
export function listPageOfClients(sql: Sql, args: ClientsArgs): Connection<ClientRecord> {
  const ordering = orderingOf(args);
  const where = args.where ?? {};
  const page = readPageArgs(args, ordering);
  return toConnection(
    () => listClients(sql, where, args.orderBy, page),
    ordering,
    () => countClients(sql, where),
  );
}
