// While the file goes out: how much, how long still, and the way to stop it.
import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useNow } from '../../components/use-now.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useByteFormat } from './byte-format.ts';
import { cancelImport } from './import-store.ts';
import type { ImportState } from './import-store.ts';
import { remainingMs } from './remaining.ts';

type Uploading = Extract<ImportState, { step: 'uploading' }>;

export function UploadProgress({ state }: { readonly state: Uploading }): ReactNode {
  const { t } = useTranslation('clients');
  const { percent, duration } = useFormat();
  const bytes = useByteFormat();
  const now = useNow();
  const { file, sentBytes, startedAt } = state;
  const isSent = sentBytes >= file.size;
  const share = sentBytes / file.size;
  const left = remainingMs(sentBytes, file.size, now - startedAt);
  return (
    <Stack maw={640}>
      <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
        {t('fileImport.uploading', { name: file.name })}
      </Text>
      <Progress.Root size="xl">
        <Progress.Section
          value={share * 100}
          animated={isSent}
          striped={isSent}
          aria-label={t('fileImport.uploading', { name: file.name })}
          aria-valuetext={percent(share)}
        />
      </Progress.Root>
      <Group justify="space-between" className="tabular">
        <Text size="sm">
          {isSent ? t('fileImport.waiting') : t('fileImport.sent', { sent: bytes(sentBytes), total: bytes(file.size) })}
        </Text>
        {!isSent && left !== null && (
          <Text size="sm" c="dimmed">
            {t('fileImport.remaining', { duration: duration(left) })}
          </Text>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {t('fileImport.uploadingText')}
      </Text>
      <Group>
        <Button variant="default" onClick={cancelImport}>
          {t('fileImport.cancel')}
        </Button>
      </Group>
    </Stack>
  );
}
