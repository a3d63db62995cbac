// Which screen stands at which address.
import { parse } from 'regexparam';
import type { ReactNode } from 'react';
import { matchRoute, Route, Switch, useLocation } from 'wouter';
import { loadable } from './components/loadable.tsx';
import type { Loadable } from './components/loadable.tsx';
import { PageFault } from './components/page-fault.tsx';
import { NotFound } from './components/states.tsx';

interface Screen {
  readonly path: string;
  /** `id`: what stands in the path in its place; empty where there is no such place. */
  readonly Shown: Loadable<{ readonly id: string }>;
}

const screens: readonly Screen[] = [
  { path: '/', Shown: loadable(async () => (await import('./overview/overview.tsx')).Overview) },
  { path: '/mailings', Shown: loadable(async () => (await import('./mailings/mailings.tsx')).Mailings) },
  { path: '/mailings/new', Shown: loadable(async () => (await import('./mailings/new-mailing.tsx')).NewMailing) },
  { path: '/mailings/:id', Shown: loadable(async () => (await import('./mailing/mailing-view.tsx')).MailingView) },
  { path: '/mailings/:id/edit', Shown: loadable(async () => (await import('./mailings/edit-mailing.tsx')).EditMailing) },
  { path: '/clients', Shown: loadable(async () => (await import('./clients/clients.tsx')).Clients) },
  { path: '/clients/:id', Shown: loadable(async () => (await import('./clients/client-view.tsx')).ClientView) },
  { path: '/import', Shown: loadable(async () => (await import('./clients/import-clients.tsx')).ImportClients) },
];

export function Screens(): ReactNode {
  const [path] = useLocation();
  return (
    <PageFault resetKey={path}>
      <Switch>
        {screens.map(({ path: pattern, Shown }) => (
          <Route<{ readonly id?: string }> key={pattern} path={pattern}>
            {({ id = '' }) => <Shown key={id} id={id} />}
          </Route>
        ))}
        <Route component={NotFound} />
      </Switch>
    </PageFault>
  );
}

/** Loads the screen of an address before it is shown; never rejects. */
export async function loadScreenOf(path: string): Promise<void> {
  await screens.find((screen) => matchRoute(parse, screen.path, path)[0])?.Shown.loadAhead();
}

/** Each loads a screen; none rejects. */
export const screenLoads: readonly (() => Promise<void>)[] = screens.map(({ Shown }) => Shown.loadAhead);
