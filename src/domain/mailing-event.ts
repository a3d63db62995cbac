// What a mailing's history is made of.

export type MailingEventKind = 'CREATED' | 'EDITED' | 'STARTED' | 'PAUSED' | 'RESUMED' | 'CANCELLED' | 'COMPLETED' | 'MESSAGES_RETRIED';

/** The parts of a mailing that an edit can change, by their names in the API. */
export const mailingFields = ['text', 'filter', 'startsAt', 'endsAt', 'sendWindow', 'ratePerSecond'] as const;

export type MailingField = (typeof mailingFields)[number];
