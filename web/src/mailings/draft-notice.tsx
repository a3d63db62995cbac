// What is in the form was entered before: here is how to begin anew.
import { Alert, Button, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

export function DraftNotice({ onDiscard }: { readonly onDiscard: () => void }): ReactNode {
  const { t } = useTranslation('mailings');
  return (
    <Alert color="blue" variant="outline" title={t('draft.title')}>
      <Group justify="space-between">
        {t('draft.text')}
        <Button size="compact-sm" variant="default" onClick={onDiscard}>
          {t('draft.discard')}
        </Button>
      </Group>
    </Alert>
  );
}
