// Which messages g a filter wants, as branches whose pages are merged: one for each status, because each has another way to be found.
// On a mailing of millions what is PENDING, FAILED or UNCONFIRMED is found at once, however rare. The others are looked for message by
// message, from the newest, unless the mailing has none: an index on them would cost every settle or every end of a mailing.
import type { MessageStatus } from '../domain/message.ts';
import { messageStatuses } from '../domain/message.ts';
import type { SqlConditions } from './sql-conditions.ts';

/** All that is given must hold. null and empty: any. */
export interface MessageFilter {
  readonly statuses: readonly MessageStatus[] | null;
  /** Of messages that ended unsent: the code of their last error. */
  readonly errorCodes: readonly string[] | null;
}

/** The columns of mailing_statistics. */
export const counterColumns = {
  PENDING: 'pending',
  SENT: 'sent',
  FAILED: 'failed',
  EXPIRED: 'expired',
  CANCELLED: 'cancelled',
  UNCONFIRMED: 'unconfirmed',
} as const satisfies Record<MessageStatus, string>;

/** Statuses that message.problem_code is kept for. */
const withErrorCode: readonly MessageStatus[] = ['FAILED', 'UNCONFIRMED', 'EXPIRED'];

/**
 * The statuses that the filter can find, each once and always in the same order, so that equal filters share a statement.
 * null: any. An error code leaves only the statuses that have one.
 */
export function statusesOf({ statuses, errorCodes }: MessageFilter): readonly MessageStatus[] | null {
  const wanted = statuses === null || statuses.length === 0 ? null : messageStatuses.filter((status) => statuses.includes(status));
  if (!hasCodes(errorCodes)) return wanted;
  return (wanted ?? messageStatuses).filter((status) => withErrorCode.includes(status));
}

export function hasCodes(errorCodes: readonly string[] | null): errorCodes is readonly string[] {
  return errorCodes !== null && errorCodes.length > 0;
}

export interface Branch {
  /** null: any. */
  readonly status: MessageStatus | null;
  /** The parameter with the error codes; null: any. */
  readonly codes: string | null;
}

export function branchesOf(filter: MessageFilter, conditions: SqlConditions): Branch[] {
  const statuses = statusesOf(filter);
  if (statuses === null) return [{ status: null, codes: null }];
  const codes =
    hasCodes(filter.errorCodes) && statuses.length > 0 ? `${conditions.parameter([...new Set(filter.errorCodes)])}::text[]` : null;
  return statuses.map((status) => ({ status, codes }));
}

/** Messages of any mailing: for lists that are short by themselves, as a client's is. */
export function branchCondition({ status, codes }: Branch): string {
  const ofStatus = status === null ? 'true' : `g.status = '${status}'`;
  return codes === null ? ofStatus : `${ofStatus} and g.problem_code = any(${codes})`;
}

/** Whose rows of messages are to be seen. */
export const hasMessages = 'm.deleted_at is null and m.messages_removed_at is null';

/** Messages of all mailings that ended on one of the codes: code by code, as the index has the order of ids within one and a status. */
export function messagesWithCodes({ status, codes }: Branch, range: string, limit: string): string {
  return `select g.* from unnest(${codes}) as c(code)
    cross join lateral (select g.* from message g where g.problem_code = c.code and g.problem = '${status}' and ${range} ${limit}) g ${limit}`;
}

/** A mailing with no more PENDING messages than this is asked by its batches: they have at most 500 messages each. */
const FEW_PENDING = 2_000;

/**
 * The messages of one mailing in a branch and a range of ids; `limit` orders and bounds them.
 * Literal statuses: the indexes are partial, and a parameter would not prove that they apply.
 */
export function messagesOfMailing(mailingId: string, branch: Branch, range: string, limit: string): string {
  const { status, codes } = branch;
  const from = (condition: string): string =>
    `select g.* from message g where g.mailing_id = ${mailingId} and ${condition} and ${range} ${limit}`;
  const counter = (name: string): string => `(select s.${name} from mailing_statistics s where s.mailing_id = ${mailingId})`;
  // Code by code, as the index has the order of ids within one.
  const ofEachCode = (condition: string): string =>
    `select g.* from unnest(${codes}) as c(code) cross join lateral (${from(`g.problem_code = c.code and ${condition}`)}) g ${limit}`;
  switch (status) {
    case null:
      return from('true');
    case 'PENDING':
      return `select g.* from (
        (${from(`g.status = 'PENDING' and ${counter('pending')} > ${FEW_PENDING}`)})
        union all
        (select g.* from batch b join message g on g.batch_id = b.id
         where b.mailing_id = ${mailingId} and b.pending > 0 and g.status = 'PENDING' and ${counter('pending')} <= ${FEW_PENDING} and ${range} ${limit})
      ) g ${limit}`;
    case 'FAILED':
    case 'UNCONFIRMED':
      return codes === null ? from(`g.problem = '${status}'`) : ofEachCode(`g.problem = '${status}'`);
    case 'EXPIRED':
      if (codes !== null) return ofEachCode(`g.problem = 'EXPIRED'`);
      return from(`g.status = 'EXPIRED' and ${counter('expired')} > 0`);
    case 'CANCELLED':
    case 'SENT':
      return from(`g.status = '${status}' and ${counter(counterColumns[status])} > 0`);
    default:
      return status satisfies never;
  }
}

/** The counter that says which mailings have messages of the branch; null: nearly all have, and walking the newest messages is quicker. */
export function rareCounterOf({ status }: Branch): string | null {
  return status === null || status === 'SENT' ? null : counterColumns[status];
}
