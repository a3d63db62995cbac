// Lets the console appear once it is known who works with it.
import type { ReactNode } from 'react';
import { openSession } from './session.ts';
import type { SessionStore } from './session.ts';

interface Entered {
  readonly session: SessionStore;
  readonly withoutAuthentication: boolean;
  readonly account: ReactNode;
}

export function SignedIn({ children }: { readonly children: (entered: Entered) => ReactNode }): ReactNode {
  return children({ session: openSession, withoutAuthentication: true, account: null });
}
