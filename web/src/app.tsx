// The application: theme, session, the service, the frame and its screens.
import { MantineProvider, MantineThemeProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
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
      <News />
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

/** Whoever shows a notification need not say how it is closed. */
function News(): ReactNode {
  const { t } = useTranslation();
  const closeButtonProps = { 'aria-label': t('action.close') };
  return (
    <MantineThemeProvider theme={{ components: { Notification: { defaultProps: { closeButtonProps } } } }}>
      <Notifications position="top-right" />
    </MantineThemeProvider>
  );
}
