// What the caller may do: a button that would be refused is not shown.
import { createContext, useContext, useEffect, useEffectEvent } from 'react';
import type { ReactNode } from 'react';
import { useQuery } from 'urql';
import { useSession } from '../api/api.tsx';
import type { CallerRole } from '../api/generated/graphql.ts';
import { MeDocument } from '../api/generated/graphql.ts';
import { Loading } from '../components/states.tsx';
import { NoRole } from './no-role.tsx';

export interface Caller {
  readonly subject: string | null;
  readonly role: CallerRole;
}

/** Without authentication everybody is this, as the schema says of `Caller`: nobody has to be asked. */
const anybody: Caller = { subject: null, role: 'ADMIN' };

const CallerContext = createContext<Caller>({ subject: null, role: 'VIEWER' });

/** Appears when it is known who asks, so that no button comes or goes. Whom it gives no role sees that instead. */
export function CallerProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const session = useSession();
  const isOpen = session.current().kind === 'open';
  const [{ data, error, fetching }, ask] = useQuery({ query: MeDocument, pause: isOpen });
  // The next token may carry another role.
  const askAgain = useEffectEvent(() => {
    if (session.current().kind === 'signed-in') ask({ requestPolicy: 'network-only' });
  });
  useEffect(() => session.watch(askAgain), [session]);
  if (hasNoRole(error?.response)) return <NoRole words={error?.message ?? ''} onRetry={() => ask({ requestPolicy: 'network-only' })} />;
  if (data === undefined && fetching) return <Loading />;
  const caller = isOpen ? anybody : { subject: data?.me.subject ?? null, role: data?.me.role ?? ('VIEWER' as const) };
  return <CallerContext value={caller}>{children}</CallerContext>;
}

function hasNoRole(answer: unknown): boolean {
  return answer instanceof Response && answer.status === 403;
}

export function useCaller(): Caller {
  return useContext(CallerContext);
}

/** Whether the caller may change clients and mailings. */
export function useMayChange(): boolean {
  return useCaller().role !== 'VIEWER';
}
