// Which messages the table shows: part of the address, so that it can be sent to a colleague and survives going back.
import { useSearchParams } from 'wouter';
import type { MessageStatus } from '../api/generated/graphql.ts';
import { messageStatuses } from '../components/status-colors.ts';

export interface MessageFilter {
  readonly status: MessageStatus | null;
  readonly errorCode: string | null;
}

export function useMessageFilter(): [MessageFilter, (filter: MessageFilter) => void] {
  const [search, setSearch] = useSearchParams();
  return [readFilter(search), (filter) => setSearch((before) => writeFilter(before, filter), { replace: true })];
}

/** What is not understood does not restrict. */
export function readFilter(search: URLSearchParams): MessageFilter {
  const wanted = search.get('status');
  return { status: messageStatuses.find((status) => status === wanted) ?? null, errorCode: search.get('error') };
}

export function writeFilter(before: URLSearchParams, { status, errorCode }: MessageFilter): URLSearchParams {
  const search = new URLSearchParams(before);
  for (const [name, value] of [['status', status] as const, ['error', errorCode] as const]) {
    if (value === null) search.delete(name);
    else search.set(name, value);
  }
  return search;
}

export const messagesId = 'messages';

/** For what leads to the table from elsewhere on the page. */
export function showMessages(): void {
  const table = document.getElementById(messagesId);
  table?.scrollIntoView({ block: 'start' });
  table?.focus({ preventScroll: true });
}
