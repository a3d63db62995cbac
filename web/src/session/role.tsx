// What the caller may do: a button that would be refused is not shown.
import { createContext, useContext } from 'react';
import type { ReactNode } from 'react';
import { useQuery } from 'urql';
import type { CallerRole } from '../api/generated/graphql.ts';
import { MeDocument } from '../api/generated/graphql.ts';

export interface Caller {
  readonly subject: string | null;
  readonly role: CallerRole;
}

const CallerContext = createContext<Caller>({ subject: null, role: 'VIEWER' });

/** Until the service has said who asks, nobody may change anything. */
export function CallerProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [{ data }] = useQuery({ query: MeDocument });
  const caller = { subject: data?.me.subject ?? null, role: data?.me.role ?? ('VIEWER' as const) };
  return <CallerContext value={caller}>{children}</CallerContext>;
}

export function useCaller(): Caller {
  return useContext(CallerContext);
}

/** Whether the caller may change clients and mailings. */
export function useMayChange(): boolean {
  return useCaller().role !== 'VIEWER';
}
