// One colour per status on every screen, in both colour schemes; never the only sign of it.
import type { MailingStatus, MessageStatus } from '../api/generated/graphql.ts';

export const messageStatuses = [
  'SENT',
  'PENDING',
  'UNCONFIRMED',
  'FAILED',
  'EXPIRED',
  'CANCELLED',
] as const satisfies readonly MessageStatus[];

/** Names of Mantine colours. */
export const messageColors = {
  SENT: 'teal',
  PENDING: 'blue',
  UNCONFIRMED: 'yellow',
  FAILED: 'red',
  EXPIRED: 'orange',
  CANCELLED: 'gray',
} as const satisfies Record<MessageStatus, string>;

export const mailingColors = {
  SCHEDULED: 'blue',
  RUNNING: 'teal',
  PAUSED: 'yellow',
  COMPLETED: 'gray',
  CANCELLED: 'gray',
} as const satisfies Record<MailingStatus, string>;

/** For canvases and bars, where a name of Mantine's is no colour. */
export function colorOf(status: MessageStatus): string {
  return `var(--mantine-color-${messageColors[status]}-6)`;
}
