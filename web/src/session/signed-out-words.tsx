// Why nobody is signed in, in the operator's language; below it what the service or the provider said itself.
import { Alert, Code, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SignedOut } from './session.ts';
import { signInPath } from './session.ts';

/** What is nobody's fault needs no red box. */
const plain: readonly string[] = ['new', 'left', 'expired'];

export function SignedOutWords({ why, provider }: { readonly why: SignedOut; readonly provider: string | null }): ReactNode {
  const { t } = useTranslation('session');
  const { reason, words } = why;
  const text = t(`reason.${reason}`, { provider: provider ?? '' });
  return (
    <Stack gap="sm">
      {plain.includes(reason) ? (
        <Text>{text}</Text>
      ) : (
        <Alert role="alert" color="red" variant="outline">
          {text}
        </Alert>
      )}
      {reason === 'interrupted' && (
        <Text size="sm">
          {t('redirectAddress', { provider: provider ?? '' })} <Code>{`${location.origin}${signInPath}`}</Code>
        </Text>
      )}
      {words !== null && (
        <Text size="sm" c="dimmed">
          {t('itSaid')} <span lang="en">{words}</span>
        </Text>
      )}
    </Stack>
  );
}
