// What the watchers say about a mailing, and when they are done.
import type { WatchMailingSubscription } from './generated/graphql.ts';

export type MailingState = WatchMailingSubscription['mailingStatistics'];

/** Nothing newer comes. A subscription that completes earlier was ended by a service that stops: subscribe again. */
export function isOver({ mailingStatus, pending }: MailingState): boolean {
  return (mailingStatus === 'COMPLETED' || mailingStatus === 'CANCELLED') && pending === 0;
}

export function printState({ mailingStatus, total, pending, sent, failed, expired, cancelled, unconfirmed }: MailingState): void {
  const unsent = failed + expired + cancelled + unconfirmed;
  console.log(`${mailingStatus}: ${sent} of ${total} sent, ${unsent} not sent, ${pending} pending`);
}
