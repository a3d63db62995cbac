// Which screen stands at which address; each is loaded when it is first shown.
import { lazy, Suspense } from 'react';
import type { ReactNode } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { PageFault } from './components/page-fault.tsx';
import { Loading, NotFound } from './components/states.tsx';

const Overview = lazy(async () => ({ default: (await import('./overview/overview.tsx')).Overview }));
const Mailings = lazy(async () => ({ default: (await import('./mailings/mailings.tsx')).Mailings }));
const NewMailing = lazy(async () => ({ default: (await import('./mailings/new-mailing.tsx')).NewMailing }));
const EditMailing = lazy(async () => ({ default: (await import('./mailings/edit-mailing.tsx')).EditMailing }));
const MailingView = lazy(async () => ({ default: (await import('./mailing/mailing-view.tsx')).MailingView }));
const Clients = lazy(async () => ({ default: (await import('./clients/clients.tsx')).Clients }));
const ClientView = lazy(async () => ({ default: (await import('./clients/client-view.tsx')).ClientView }));
const ImportClients = lazy(async () => ({ default: (await import('./clients/import-clients.tsx')).ImportClients }));

export function Screens(): ReactNode {
  const [path] = useLocation();
  return (
    <PageFault resetKey={path}>
      <Suspense fallback={<Loading />}>
        <Switch>
          <Route path="/" component={Overview} />
          <Route path="/mailings" component={Mailings} />
          <Route path="/mailings/new" component={NewMailing} />
          <Route path="/mailings/:id">{({ id }) => <MailingView key={id} id={id} />}</Route>
          <Route path="/mailings/:id/edit">{({ id }) => <EditMailing key={id} id={id} />}</Route>
          <Route path="/clients" component={Clients} />
          <Route path="/clients/:id">{({ id }) => <ClientView key={id} id={id} />}</Route>
          <Route path="/import" component={ImportClients} />
          <Route component={NotFound} />
        </Switch>
      </Suspense>
    </PageFault>
  );
}
