// For somebody whom the provider knows and the service does not.
import { Button, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../api/api.tsx';
import { LonePage } from './lone-page.tsx';

/** `words`: the service's own. */
export function NoRole({ words, onRetry }: { readonly words: string; readonly onRetry: () => void }): ReactNode {
  const { t } = useTranslation('session');
  const session = useSession();
  const current = session.current();
  const name = current.kind === 'signed-in' ? current.name : null;
  return (
    <LonePage title={t('noRole.title')}>
      <Text>{name === null ? t('noRole.text') : t('noRole.textFor', { name })}</Text>
      <Text size="sm" c="dimmed" lang="en">
        {words.replace(/^\[\w+\] /, '')}
      </Text>
      <Group>
        <Button onClick={onRetry}>{t('retry')}</Button>
        <Button variant="default" onClick={() => void session.signOut()}>
          {t('signOut')}
        </Button>
      </Group>
    </LonePage>
  );
}
