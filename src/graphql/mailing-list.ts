// Pages of mailings, for the query and the live page alike.
import type { Sql } from '../database/database.ts';
import { countMailings, listMailings } from '../database/mailing-list-queries.ts';
import type { MailingRecord } from '../database/records.ts';
import type { Connection, Ordering } from './connection.ts';
import { readPageArgs, toConnection } from './connection.ts';
import type { MailingsArgs } from './mailing-types.ts';

const orderingOf = ({ orderBy }: MailingsArgs): Ordering => ({ name: `mailings ${orderBy}`, instants: 1 });

/** Throws BAD_USER_INPUT naming the argument. */
export function checkMailingPage(args: MailingsArgs): void {
  readPageArgs(args, orderingOf(args));
}

/** Throws as `checkMailingPage` does. */
export async function listPageOfMailings(sql: Sql, args: MailingsArgs): Promise<Connection<MailingRecord>> {
  const ordering = orderingOf(args);
  const where = args.where ?? {};
  const page = readPageArgs(args, ordering);
  return toConnection(
    () => listMailings(sql, where, args.orderBy, page),
    ordering,
    () => countMailings(sql, where),
  );
}
