// Lets the console appear once it is known who works with it, and keeps it while somebody has to sign in again.
import { Button, Text } from '@mantine/core';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Loading } from '../components/states.tsx';
import { AccountMenu } from './account-menu.tsx';
import { enter } from './entrance.ts';
import type { Entrance } from './entrance.ts';
import { LonePage } from './lone-page.tsx';
import { openSession } from './session.ts';
import type { SessionStore, SignedOut } from './session.ts';
import { SessionOver } from './session-over.tsx';
import { EnteringPage, HandedOverPage, providerOf, SignInPage } from './sign-in-page.tsx';

interface Entered {
  readonly session: SessionStore;
  readonly withoutAuthentication: boolean;
  readonly account: ReactNode;
}

type Children = (entered: Entered) => ReactNode;

export function SignedIn({ children }: { readonly children: Children }): ReactNode {
  const [entrance, setEntrance] = useState<Entrance | 'unavailable' | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    enter(tries).then(setEntrance, () => setEntrance('unavailable'));
  }, [tries]);
  const again = (): void => {
    setEntrance(null);
    setTries((before) => before + 1);
  };
  if (entrance === null) return <Loading />;
  if (entrance === 'unavailable') return <Unavailable onRetry={again} />;
  if (entrance.kind === 'open') return children({ session: openSession, withoutAuthentication: true, account: null });
  return <Guarded entrance={entrance}>{children}</Guarded>;
}

/** Until the provider's page has come. */
const onTheWay: SignedOut = { reason: 'new', words: null };

interface GuardedProps {
  readonly entrance: Exclude<Entrance, { readonly kind: 'open' }>;
  readonly children: Children;
}

function Guarded({ entrance, children }: GuardedProps): ReactNode {
  const { session } = entrance;
  const current = useSyncExternalStore(session.watch, session.current);
  const why = current.kind === 'signed-out' ? current.why : null;
  // What somebody has left is gone; what was interrupted stays below the dialog.
  const [isShown, setIsShown] = useState(current.kind === 'signed-in');
  if (current.kind === 'signed-in' && !isShown) setIsShown(true);
  if (why?.reason === 'left' && isShown) setIsShown(false);
  const screen = useMemo(
    () => children({ session, withoutAuthentication: false, account: <AccountMenu session={session} /> }),
    [children, session],
  );

  if (current.kind === 'handed-over') return <HandedOverPage />;
  if (isShown) {
    return (
      <>
        {screen}
        <SessionOver entrance={entrance} why={current.kind === 'signed-in' ? null : (why ?? onTheWay)} />
      </>
    );
  }
  return why === null ? <EnteringPage provider={providerOf(entrance) ?? ''} /> : <SignInPage entrance={entrance} why={why} />;
}

function Unavailable({ onRetry }: { readonly onRetry: () => void }): ReactNode {
  const { t } = useTranslation('session');
  return (
    <LonePage title={t('unavailable.title')}>
      <Text role="alert">{t('unavailable.text')}</Text>
      <Button onClick={onRetry}>{t('retry')}</Button>
    </LonePage>
  );
}
