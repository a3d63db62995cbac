// What the list of clients shows, as it stands in the address: a link, a reload and the back button show the same.
import { isOperatorCode } from '../../../src/domain/phone-number.ts';
import type { ClientOrder, ClientWhere } from '../api/generated/graphql.ts';
import { toPhonePrefix } from '../components/phones.ts';

export interface ClientFilters {
  /** As it was typed: a phone or its beginning. */
  readonly phone: string;
  readonly operatorCodes: readonly string[];
  readonly tags: readonly string[];
  readonly timeZones: readonly string[];
  /** null: both. */
  readonly optedOut: boolean | null;
}

export interface ClientsAddress {
  readonly filters: ClientFilters;
  readonly order: ClientOrder;
  /** Cursor before the page; null: the first one. */
  readonly after: string | null;
  /** The form for a new client is open. */
  readonly creating: boolean;
}

export const noFilters: ClientFilters = { phone: '', operatorCodes: [], tags: [], timeZones: [], optedOut: null };

export function readClientsAddress(search: string): ClientsAddress {
  const parameters = new URLSearchParams(search);
  const optedOut = parameters.get('optedOut');
  return {
    filters: {
      phone: parameters.get('phone') ?? '',
      operatorCodes: all(parameters, 'code').filter(isOperatorCode),
      tags: all(parameters, 'tag'),
      timeZones: all(parameters, 'zone'),
      optedOut: optedOut === null ? null : optedOut === 'true',
    },
    order: parameters.get('order') === 'oldest' ? 'CREATED_AT_ASC' : 'CREATED_AT_DESC',
    after: parameters.get('after'),
    creating: parameters.has('new'),
  };
}

/** The address with nothing in it that goes without saying. */
export function toClientsHref({ filters, order, after, creating }: ClientsAddress): string {
  const parameters = new URLSearchParams();
  if (filters.phone !== '') parameters.set('phone', filters.phone);
  for (const code of filters.operatorCodes) parameters.append('code', code);
  for (const tag of filters.tags) parameters.append('tag', tag);
  for (const zone of filters.timeZones) parameters.append('zone', zone);
  if (filters.optedOut !== null) parameters.set('optedOut', String(filters.optedOut));
  if (order === 'CREATED_AT_ASC') parameters.set('order', 'oldest');
  if (after !== null) parameters.set('after', after);
  if (creating) parameters.set('new', '');
  const search = parameters.toString().replace(/(^|&)new=(?=&|$)/, '$1new');
  return search === '' ? '/clients' : `/clients?${search}`;
}

export function isFiltered({ phone, operatorCodes, tags, timeZones, optedOut }: ClientFilters): boolean {
  return phone.trim() !== '' || optedOut !== null || operatorCodes.length + tags.length + timeZones.length > 0;
}

/** A phone that none can begin with is sent as it is: it matches nobody. */
export function toClientWhere({ phone, operatorCodes, tags, timeZones, optedOut }: ClientFilters): ClientWhere {
  const typed = phone.trim();
  return {
    ...(typed !== '' && { phonePrefix: toPhonePrefix(typed) ?? typed }),
    ...(operatorCodes.length > 0 && { operatorCodes: [...operatorCodes] }),
    ...(tags.length > 0 && { tags: [...tags] }),
    ...(timeZones.length > 0 && { timeZones: [...timeZones] }),
    ...(optedOut !== null && { optedOut }),
  };
}

function all(parameters: URLSearchParams, name: string): readonly string[] {
  return [...new Set(parameters.getAll(name))].filter((value) => value !== '');
}
