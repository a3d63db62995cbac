// Over a screen whose session is over: what stands on it waits, greyed, until somebody has signed in again.
import { Button, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Entrance } from './entrance.ts';
import type { SignedOut } from './session.ts';
import { providerOf } from './sign-in-page.tsx';
import { SignedOutWords } from './signed-out-words.tsx';
import { TokenForm } from './token-form.tsx';

interface Props {
  readonly entrance: Exclude<Entrance, { readonly kind: 'open' }>;
  /** null: somebody is signed in, and there is nothing to show. */
  readonly why: SignedOut | null;
}

/** Above every other dialog. */
const Z_INDEX = 1_000;

export function SessionOver({ entrance, why }: Props): ReactNode {
  const { t } = useTranslation('session');
  return (
    <Modal
      opened={why !== null}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t('title.over')}
      centered
      zIndex={Z_INDEX}
      transitionProps={{ duration: 0 }}
    >
      {why !== null && (
        <Stack>
          <SignedOutWords why={why} provider={providerOf(entrance)} />
          {entrance.kind === 'provider' ? (
            <>
              <Text size="sm">{t('over.kept')}</Text>
              <Button onClick={entrance.signIn.beside} data-autofocus>
                {t('over.beside')}
              </Button>
              <Text size="xs" c="dimmed">
                {t('over.hereNote')}
              </Text>
              <Button variant="default" size="xs" onClick={() => void entrance.signIn.here()}>
                {t('over.here')}
              </Button>
            </>
          ) : (
            <TokenForm session={entrance.session} />
          )}
        </Stack>
      )}
    </Modal>
  );
}
