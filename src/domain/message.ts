// The states of one message (one per mailing and client) and the ways between them.

export const messageStatuses = ['PENDING', 'SENT', 'FAILED', 'EXPIRED', 'CANCELLED', 'UNCONFIRMED'] as const;

export type MessageStatus = (typeof messageStatuses)[number];

/**
 * Every permitted change of status.
 * - CANCELLED moves on only by the true outcome of a request that was in flight when a person cancelled.
 * - FAILED and UNCONFIRMED go back to PENDING only when a person asks for it (retryMessages), under the same message id.
 */
const messageTransitions = {
  PENDING: ['SENT', 'FAILED', 'EXPIRED', 'CANCELLED', 'UNCONFIRMED'],
  SENT: [],
  FAILED: ['PENDING'],
  EXPIRED: [],
  CANCELLED: ['SENT', 'FAILED', 'UNCONFIRMED'],
  UNCONFIRMED: ['PENDING'],
} as const satisfies Record<MessageStatus, readonly MessageStatus[]>;

/** Whether `messageTransitions` permits the change; staying in a status is not a change. */
export function canMessageBecome(from: MessageStatus, to: MessageStatus): boolean {
  const targets: readonly MessageStatus[] = messageTransitions[from];
  return targets.includes(to);
}

/** Stands where the provider's words stood about a message whose client has been deleted. */
export const erasedWords = '[erased]';

/** Every status but PENDING: nothing happens to the message by itself any more. */
export function isFinal(status: MessageStatus): boolean {
  return status !== 'PENDING';
}
