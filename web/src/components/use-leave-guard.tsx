// Asks before what was entered is left: by a link of the page, by the way back where the browser tells of it, or by closing the tab.
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { Confirm } from './confirm.tsx';

export interface LeaveGuard {
  /** The question; it belongs somewhere on the page. */
  readonly question: ReactNode;
  /** From now on nothing is asked: everything is saved. */
  readonly release: () => void;
}

interface Destination {
  readonly go: () => void;
}

/** `onLeave`: the operator gives up what was entered. */
export function useLeaveGuard(dirty: boolean, onLeave: () => void): LeaveGuard {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [destination, setDestination] = useState<Destination | null>(null);
  const released = useRef(false);
  const isGuarded = useEffectEvent(() => dirty && !released.current);
  const ask = useEffectEvent((go: () => void) => setDestination({ go }));

  useEffect(() => {
    const onUnload = (event: BeforeUnloadEvent): void => {
      if (isGuarded()) event.preventDefault();
    };
    // Before the router's own listener, which React has at the root.
    const onClick = (event: MouseEvent): void => {
      const path = localPathOf(event);
      if (path === null || !isGuarded()) return;
      event.preventDefault();
      event.stopPropagation();
      ask(() => navigate(path));
    };
    // Browsers without it go back unasked; a mailing's form has its draft then.
    const onNavigate = (event: NavigateEvent): void => {
      if (event.navigationType !== 'traverse' || !event.cancelable || !isGuarded()) return;
      event.preventDefault();
      const { key } = event.destination;
      ask(() => void navigation.traverseTo(key));
    };
    const history = 'navigation' in window ? window.navigation : null;
    window.addEventListener('beforeunload', onUnload);
    document.addEventListener('click', onClick, { capture: true });
    history?.addEventListener('navigate', onNavigate);
    return () => {
      window.removeEventListener('beforeunload', onUnload);
      document.removeEventListener('click', onClick, { capture: true });
      history?.removeEventListener('navigate', onNavigate);
    };
  }, [navigate]);

  const leave = async (): Promise<boolean> => {
    released.current = true;
    onLeave();
    destination?.go();
    return true;
  };
  return {
    question: (
      <Confirm
        opened={destination !== null}
        title={t('leave.title')}
        text={t('leave.text')}
        confirmLabel={t('leave.confirm')}
        onConfirm={leave}
        onClose={() => setDestination(null)}
      />
    ),
    release: () => {
      released.current = true;
    },
  };
}

/** Where a click on a link of the page leads; null for anything that leaves the form where it is. */
function localPathOf(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || (link.target !== '' && link.target !== '_self') || link.hasAttribute('download')) return null;
  // One in a dialog is an answer to what was entered there.
  if (link.closest('[role=dialog]') !== null) return null;
  const { origin, pathname, search, hash } = new URL(link.href);
  if (origin !== location.origin || hash !== '') return null;
  return pathname === location.pathname && search === location.search ? null : `${pathname}${search}`;
}
