// What can be done with a mailing where it stands.
import type { MailingStatus } from '../api/generated/graphql.ts';
import type { MailingAction } from './use-mailing-actions.ts';

/** What the buttons need to know of a mailing. */
export interface ActedOn {
  readonly id: string;
  readonly status: MailingStatus;
  readonly statistics: { readonly total: number; readonly pending: number };
}

export interface ActionProps {
  readonly mailing: ActedOn;
  readonly busy: MailingAction | null;
  readonly onAct: (action: 'pause' | 'resume') => void;
  /** For what does not come back. */
  readonly onAsk: (action: 'cancel' | 'delete') => void;
}

/** `live`: it can still be edited and cancelled. */
export function actionsOf(status: MailingStatus): { readonly toggle: 'pause' | 'resume' | null; readonly live: boolean } {
  switch (status) {
    case 'SCHEDULED':
      return { toggle: null, live: true };
    case 'RUNNING':
      return { toggle: 'pause', live: true };
    case 'PAUSED':
      return { toggle: 'resume', live: true };
    case 'COMPLETED':
    case 'CANCELLED':
      return { toggle: null, live: false };
    default:
      return status satisfies never;
  }
}

interface Reasons {
  readonly statistics: { readonly expired: number };
  readonly errors: readonly { readonly expired: number }[];
}

/** Messages that expired without an error: nothing was tried for them. Never below 0, as the two come from one reading that may be a moment apart. */
export function untriedOf({ statistics, errors }: Reasons): number {
  return Math.max(
    0,
    errors.reduce((rest, { expired }) => rest - expired, statistics.expired),
  );
}

/** Nothing is sent any more, unless somebody has its messages tried again. */
export function isOver(status: MailingStatus): boolean {
  return status === 'COMPLETED' || status === 'CANCELLED';
}
