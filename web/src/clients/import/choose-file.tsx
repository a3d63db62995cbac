// Before the import: the file, what its beginning says, and what happens to phones that are here already.
import { Alert, Box, Button, FileButton, Group, Radio, Stack, Text } from '@mantine/core';
import { IconFileText, IconUpload } from '@tabler/icons-react';
import { useState } from 'react';
import type { DragEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/api.tsx';
import { ColumnLegend } from './column-legend.tsx';
import { readFileHead } from './file-head.ts';
import type { FileHead } from './file-head.ts';
import { FilePreview } from './file-preview.tsx';
import { useByteFormat } from './byte-format.ts';
import { startImport } from './import-store.ts';
import type { ImportConflict } from './import-answer.ts';

interface Chosen {
  readonly file: File;
  readonly head: FileHead | { readonly kind: 'unread' };
}

export function ChooseFile(): ReactNode {
  const { t } = useTranslation('clients');
  const session = useSession();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [onConflict, setOnConflict] = useState<ImportConflict>('UPDATE');
  const choose = async (file: File | null): Promise<void> => {
    if (file !== null) setChosen({ file, head: await readFileHead(file).catch(() => ({ kind: 'unread' }) as const) });
  };
  const head = chosen?.head;
  const isReady = head?.kind === 'table' && head.isReady && head.rows.length > 0;
  return (
    <Stack gap="lg">
      <FileDrop chosen={chosen?.file ?? null} onFile={(file) => void choose(file)} />
      {head !== undefined && head.kind !== 'table' && <UnusableFile head={head} />}
      {head?.kind === 'table' && <FilePreview table={head} />}
      {chosen !== null && isReady && (
        <>
          <ConflictChoice value={onConflict} onChange={setOnConflict} />
          <Group>
            <Button
              leftSection={<IconUpload size={16} />}
              onClick={() => startImport(session, { file: chosen.file, table: head }, onConflict)}
            >
              {t('fileImport.start')}
            </Button>
          </Group>
        </>
      )}
      {!isReady && <ColumnLegend />}
    </Stack>
  );
}

function FileDrop({ chosen, onFile }: { readonly chosen: File | null; readonly onFile: (file: File | null) => void }): ReactNode {
  const { t } = useTranslation('clients');
  const bytes = useByteFormat();
  const [isOver, setOver] = useState(false);
  const drag = (event: DragEvent, over: boolean): void => {
    event.preventDefault();
    setOver(over);
  };
  return (
    <Box
      p="lg"
      style={{ border: `1px dashed var(--mantine-color-${isOver ? 'brand-6' : 'dimmed'})`, borderRadius: 8 }}
      bg={isOver ? 'var(--mantine-color-brand-light)' : 'transparent'}
      data-drop
      onDragOver={(event) => drag(event, true)}
      onDragLeave={(event) => drag(event, false)}
      onDrop={(event) => {
        drag(event, false);
        onFile(event.dataTransfer.files[0] ?? null);
      }}
    >
      <Group gap="md">
        <FileButton onChange={onFile} accept=".csv,.txt,.tsv,text/csv,text/plain" inputProps={{ 'aria-label': t('fileImport.dropLabel') }}>
          {(props) => (
            <Button {...props} variant={chosen === null ? 'filled' : 'default'}>
              {chosen === null ? t('fileImport.choose') : t('fileImport.otherFile')}
            </Button>
          )}
        </FileButton>
        {chosen === null ? (
          <Text c="dimmed">{t('fileImport.drop')}</Text>
        ) : (
          <Group gap={6} wrap="nowrap" miw={0}>
            <IconFileText size={18} aria-hidden />
            <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
              {chosen.name}
            </Text>
            <Text c="dimmed" style={{ whiteSpace: 'nowrap' }}>
              {bytes(chosen.size)}
            </Text>
          </Group>
        )}
      </Group>
      {chosen === null && (
        <Text size="sm" mt="sm" maw={640}>
          {t('fileImport.intro')}
        </Text>
      )}
    </Box>
  );
}

function UnusableFile({ head }: { readonly head: Exclude<Chosen['head'], { kind: 'table' }> }): ReactNode {
  const { t } = useTranslation('clients');
  return (
    <Alert role="alert" color="red" variant="outline" title={t(`fileImport.fault.${head.kind}`)}>
      {t(`fileImport.fault.${head.kind}Text`, { line: 'line' in head ? head.line : '' })}
    </Alert>
  );
}

function ConflictChoice({
  value,
  onChange,
}: {
  readonly value: ImportConflict;
  readonly onChange: (value: ImportConflict) => void;
}): ReactNode {
  const { t } = useTranslation('clients');
  return (
    <Radio.Group label={t('fileImport.conflict.label')} value={value} onChange={(next) => onChange(next === 'SKIP' ? 'SKIP' : 'UPDATE')}>
      <Stack gap="xs" mt="xs">
        {(['UPDATE', 'SKIP'] as const).map((conflict) => (
          <Radio
            key={conflict}
            value={conflict}
            label={t(`fileImport.conflict.${conflict}`)}
            description={t(`fileImport.conflict.${conflict}Text`)}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}
