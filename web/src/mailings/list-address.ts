// What the list shows, as its address says it: so that reloading, going back and passing it on show the same.
import type { MailingOrder, MailingStatus, MailingWhere } from '../api/generated/graphql.ts';
import { addDays, toInstant } from './wall-clock.ts';

export interface ListView {
  readonly statuses: readonly MailingStatus[];
  /** Days of the operator, "YYYY-MM-DD", both included; null: open. */
  readonly from: string | null;
  readonly to: string | null;
  readonly order: MailingOrder;
  /** Cursor of the entry before the page; null: the first page. */
  readonly after: string | null;
}

export const mailingStatuses = ['SCHEDULED', 'RUNNING', 'PAUSED', 'COMPLETED', 'CANCELLED'] as const satisfies readonly MailingStatus[];

const orders = {
  'created-desc': 'CREATED_AT_DESC',
  'created-asc': 'CREATED_AT_ASC',
  'starts-desc': 'STARTS_AT_DESC',
  'starts-asc': 'STARTS_AT_ASC',
} as const satisfies Record<string, MailingOrder>;

/** Whatever the address says: what is not understood is left out. */
export function parseListView(search: string): ListView {
  const params = new URLSearchParams(search);
  const named = new Set((params.get('status') ?? '').toUpperCase().split(','));
  const order = params.get('order') ?? '';
  return {
    statuses: mailingStatuses.filter((status) => named.has(status)),
    from: toDay(params.get('from')),
    to: toDay(params.get('to')),
    order: isOrder(order) ? orders[order] : 'CREATED_AT_DESC',
    after: params.get('after'),
  };
}

/** The shortest address that says it, with its question mark; empty when everything is as it is by itself. */
export function formatListView({ statuses, from, to, order, after }: ListView): string {
  const params = new URLSearchParams();
  if (statuses.length > 0) params.set('status', statuses.map((status) => status.toLowerCase()).join(','));
  if (from !== null) params.set('from', from);
  if (to !== null) params.set('to', to);
  if (order !== 'CREATED_AT_DESC') params.set('order', order.toLowerCase().replace('_at_', '-'));
  if (after !== null) params.set('after', after);
  const text = params.toString().replaceAll('%2C', ',');
  return text === '' ? '' : `?${text}`;
}

/** Mailings whose period meets the days. */
export function toWhere({ statuses, from, to }: ListView, timeZone: string): MailingWhere {
  const midnight = (day: string): string => new Date(toInstant(`${day} 00:00:00`, timeZone).at).toISOString();
  return {
    ...(statuses.length > 0 && { statuses: [...statuses] }),
    ...(from !== null && { endsAfter: midnight(from) }),
    ...(to !== null && { startsBefore: midnight(addDays(`${to} 00:00:00`, 1).slice(0, 10)) }),
  };
}

export function isFiltered({ statuses, from, to }: ListView): boolean {
  return statuses.length > 0 || from !== null || to !== null;
}

function isOrder(word: string): word is keyof typeof orders {
  return Object.hasOwn(orders, word);
}

/** null unless it is a day that exists. */
function toDay(word: string | null): string | null {
  if (word === null || !/^\d{4}-\d\d-\d\d$/.test(word)) return null;
  const at = Date.parse(`${word}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(word) ? word : null;
}
