// The page for somebody who is not signed in.
import { Button, Group, Loader, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Entrance } from './entrance.ts';
import { LonePage } from './lone-page.tsx';
import type { SignedOut } from './session.ts';
import { SignedOutWords } from './signed-out-words.tsx';
import { TokenForm } from './token-form.tsx';

interface Props {
  readonly entrance: Exclude<Entrance, { readonly kind: 'open' }>;
  readonly why: SignedOut;
}

export function SignInPage({ entrance, why }: Props): ReactNode {
  const { t } = useTranslation('session');
  const provider = providerOf(entrance);
  return (
    <LonePage title={t(why.reason === 'left' ? 'title.left' : 'title.signIn')}>
      <SignedOutWords why={why} provider={provider} />
      {entrance.kind === 'provider' ? (
        <Button onClick={() => void entrance.signIn.here()} h="auto" py="xs" styles={{ label: { whiteSpace: 'normal' } }}>
          {why.reason === 'left' || why.reason === 'new' ? t('signInWith', { provider }) : t('retry')}
        </Button>
      ) : (
        <TokenForm session={entrance.session} />
      )}
    </LonePage>
  );
}

/** While the provider is asked. */
export function EnteringPage({ provider }: { readonly provider: string }): ReactNode {
  const { t } = useTranslation('session');
  return (
    <LonePage title={t('title.signIn')}>
      <Group gap="sm" role="status">
        <Loader size="sm" />
        <Text>{t('entering', { provider })}</Text>
      </Group>
    </LonePage>
  );
}

/** In a window that was opened to sign in; it closes itself where the browser lets it. */
export function HandedOverPage(): ReactNode {
  const { t } = useTranslation('session');
  return (
    <LonePage title={t('title.handedOver')}>
      <Text>{t('handedOver')}</Text>
      <Button variant="default" onClick={() => window.close()}>
        {t('closeWindow')}
      </Button>
    </LonePage>
  );
}

/** The provider's host, by which people know it. */
export function providerOf(entrance: Entrance): string | null {
  return entrance.kind === 'provider' ? new URL(entrance.provider.issuer).host : null;
}
