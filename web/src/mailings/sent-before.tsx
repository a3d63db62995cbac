// An earlier try of the form went through with other contents, though its answer was lost: whether there shall be a second one is the operator's word.
import { Alert, Anchor, Button, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

export function SentBefore({ onAnother }: { readonly onAnother: () => void }): ReactNode {
  const { t } = useTranslation('mailings');
  return (
    <Alert role="alert" color="yellow" variant="outline" title={t('sentBefore.title')}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t('sentBefore.text')}</Text>
        <Anchor component={Link} href="/mailings" target="_blank" size="sm">
          {t('sentBefore.look')}
        </Anchor>
        <Button size="compact-sm" variant="default" onClick={onAnother}>
          {t('sentBefore.another')}
        </Button>
      </Stack>
    </Alert>
  );
}
