// A component that is loaded when it is first shown, or ahead of that. React's lazy() with Suspense holds whatever follows a fallback back
// until it has stood for 300 ms, so that every first look at a screen would take that long.
import { startTransition, useEffect, useState } from 'react';
import type { ComponentType, ReactNode } from 'react';
import { Loading } from './states.tsx';
import { forgetReload, Unloaded } from './unloaded.tsx';

export interface Loadable<Props> {
  (props: Props): ReactNode;
  /** Never rejects: what could not be had says so where it is shown. */
  readonly loadAhead: () => Promise<void>;
}

interface State<Props> {
  readonly Shown: ComponentType<Props> | null;
  readonly fault: Error | null;
}

export function loadable<Props extends object>(load: () => Promise<ComponentType<Props>>): Loadable<Props> {
  let loaded: ComponentType<Props> | null = null;
  const loadOnce = async (): Promise<ComponentType<Props>> => (loaded ??= await load());

  const Loaded = (props: Props): ReactNode => {
    const [state, setState] = useState<State<Props>>({ Shown: loaded, fault: null });
    const isMissing = state.Shown === null;
    useEffect(() => {
      if (!isMissing) return forgetReload();
      loadOnce().then(
        (Shown) => startTransition(() => setState({ Shown, fault: null })),
        (fault: unknown) => setState({ Shown: null, fault: fault instanceof Error ? fault : new Error(String(fault)) }),
      );
    }, [isMissing]);
    if (state.fault !== null) return <Unloaded fault={state.fault} />;
    return state.Shown === null ? <Loading /> : <state.Shown {...props} />;
  };
  return Object.assign(Loaded, {
    loadAhead: async () => {
      await loadOnce().catch(() => undefined);
    },
  });
}
