// Clients from a file: chosen and looked at in the page, sent as a stream, and reported row by row.
import { Anchor, Group, Text } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { Page } from '../components/page.tsx';
import { useMayChange } from '../session/role.tsx';
import { ChooseFile } from './import/choose-file.tsx';
import { useImportState } from './import/import-store.ts';
import { ImportOver } from './import/import-over.tsx';
import { UploadProgress } from './import/upload-progress.tsx';

export function ImportClients(): ReactNode {
  const { t } = useTranslation('clients');
  const mayChange = useMayChange();
  const state = useImportState();
  return (
    <Page title={t('fileImport.title')}>
      <Anchor component={Link} href="/clients" size="sm" mt={-12}>
        <Group gap={4} component="span">
          <IconChevronLeft size={14} aria-hidden />
          <Text span size="sm">
            {t('fileImport.back')}
          </Text>
        </Group>
      </Anchor>
      {!mayChange && <Text>{t('fileImport.forbidden')}</Text>}
      {mayChange && state.step === 'choosing' && <ChooseFile />}
      {mayChange && state.step === 'uploading' && <UploadProgress state={state} />}
      {mayChange && state.step === 'over' && <ImportOver state={state} />}
    </Page>
  );
}
