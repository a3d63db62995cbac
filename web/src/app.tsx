// The application: theme, session, the service, the frame and its screens.
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';
import { ApiProvider } from './api/api.tsx';
import { PageFault } from './components/page-fault.tsx';
import { Shell } from './layout/shell.tsx';
import { Screens } from './screens.tsx';
import { CallerProvider } from './session/role.tsx';
import { SignedIn } from './session/signed-in.tsx';
import { styleNonce } from './style-nonce.ts';
import { theme } from './theme.ts';

export function App(): ReactNode {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={styleNonce}>
      <Notifications position="top-right" />
      <PageFault>
        <SignedIn>
          {({ session, withoutAuthentication, account }) => (
            <ApiProvider session={session}>
              <CallerProvider>
                <Shell withoutAuthentication={withoutAuthentication} account={account}>
                  <Screens />
                </Shell>
              </CallerProvider>
            </ApiProvider>
          )}
        </SignedIn>
      </PageFault>
    </MantineProvider>
  );
}
