// What feeds of mailings have in common: their keys, and their end.
import type { MailingStatus } from '../domain/mailing.ts';
import { isFinished } from '../domain/mailing.ts';
import { CarillonError } from '../domain/errors.ts';

/** Nothing will change any more, unless somebody retries messages: then a new subscription starts anew. */
export function isOver({ mailingStatus, pending }: { readonly mailingStatus: MailingStatus; readonly pending: number }): boolean {
  return isFinished(mailingStatus) && pending === 0;
}

export function mailingNotFound(id: string): CarillonError {
  return new CarillonError('NOT_FOUND', `there is no mailing ${JSON.stringify(id.slice(0, 40))}`);
}

/** Ids are positive bigints in decimal, as the API gives them out. */
export function isRowId(id: string): boolean {
  return /^[1-9][0-9]{0,18}$/.test(id) && BigInt(id) < 2n ** 63n;
}
