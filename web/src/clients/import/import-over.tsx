// After the import: what became of the rows, and what to do when it did not come to its end.
import { Alert, Button, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconRefresh } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useSession } from '../../api/api.tsx';
import { useFormat } from '../../i18n/use-format.ts';
import type { ImportEnd, ImportReport } from './import-answer.ts';
import { forgetImport, startImport } from './import-store.ts';
import type { ImportState } from './import-store.ts';
import { RowErrors } from './row-errors.tsx';

type Over = Extract<ImportState, { step: 'over' }>;

export function ImportOver({ state }: { readonly state: Over }): ReactNode {
  const { t } = useTranslation('clients');
  const session = useSession();
  const { end, file, table, onConflict } = state;
  const report = reportOf(end);
  return (
    <Stack gap="lg">
      <Outcome end={end} fileName={file.name} />
      {report !== null && <Counts report={report} />}
      <Group>
        {end.kind === 'done' ? (
          <Button component={Link} href="/clients">
            {t('fileImport.toClients')}
          </Button>
        ) : (
          <Button leftSection={<IconRefresh size={16} />} onClick={() => startImport(session, { file, table }, onConflict)}>
            {t('fileImport.again')}
          </Button>
        )}
        <Button variant="default" onClick={forgetImport}>
          {t('fileImport.another')}
        </Button>
      </Group>
      {report !== null && report.rowErrors.length > 0 && <RowErrors report={report} file={file} table={table} />}
    </Stack>
  );
}

function reportOf(end: ImportEnd): ImportReport | null {
  if (end.kind === 'done') return end.report;
  return end.kind === 'ended-early' ? end.written : null;
}

function Outcome({ end, fileName }: { readonly end: ImportEnd; readonly fileName: string }): ReactNode {
  const { t } = useTranslation('clients');
  const heading = useRef<HTMLHeadingElement>(null);
  // What was pressed before is gone; what came of it is read out.
  useEffect(() => heading.current?.focus(), []);
  const isWhole = end.kind === 'done';
  const hasFaults = isWhole && end.report.failed > 0;
  return (
    <Alert
      variant="outline"
      color={isWhole ? (hasFaults ? 'yellow' : 'teal') : 'red'}
      icon={isWhole && !hasFaults ? <IconCircleCheck /> : <IconAlertTriangle />}
      data-import={end.kind}
    >
      <Title order={2} size="h4" ref={heading} tabIndex={-1} style={{ outline: 'none' }}>
        {hasFaults ? t('fileImport.over.doneWithFaults') : t(`fileImport.over.${end.kind}`)}
      </Title>
      <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        {fileName}
      </Text>
      {end.kind === 'ended-early' && <EndedEarly end={end} />}
      {(end.kind === 'cut-off' || end.kind === 'cancelled') && <Text size="sm">{t('fileImport.unknownText')}</Text>}
    </Alert>
  );
}

const knownCodes = [
  'EMPTY_FILE',
  'INVALID_HEADER',
  'NOT_UTF8',
  'UNREADABLE_CSV',
  'REQUEST_TIMEOUT',
  'SERVICE_UNAVAILABLE',
  'FORBIDDEN',
  'UNAUTHENTICATED',
  'BODY_BROKEN_OFF',
] as const;

function EndedEarly({ end }: { readonly end: Extract<ImportEnd, { kind: 'ended-early' }> }): ReactNode {
  const { t } = useTranslation('clients');
  const { number } = useFormat();
  const { code, message, requestId, written } = end;
  const known = knownCodes.find((one) => one === code);
  const line = number(written?.lastRow ?? 0);
  return (
    <>
      <Text size="sm">
        {known === undefined ? t('fileImport.early.other', { code, message }) : t(`fileImport.early.${known}`, { line })}
        {known === undefined && requestId !== null && ` ${t('fileImport.early.withNumber', { requestId })}`}
      </Text>
      <Text size="sm">
        {written !== null && written.lastRow > 0 ? t('fileImport.writtenText', { line }) : t('fileImport.nothingWritten')}
      </Text>
    </>
  );
}

function Counts({ report }: { readonly report: ImportReport }): ReactNode {
  const { t } = useTranslation('clients');
  const { number } = useFormat();
  return (
    <SimpleGrid component="dl" cols={{ base: 2, sm: 4 }} m={0}>
      {(['created', 'updated', 'skipped', 'failed'] as const).map((name) => (
        <div key={name}>
          <Text component="dt" size="sm" c="dimmed">
            {t(`fileImport.counts.${name}`)}
          </Text>
          <Text component="dd" m={0}>
            <Text span fz={28} fw={600} className="tabular" data-rows={name}>
              {number(report[name])}
            </Text>
            <Text span display="block" size="xs" c="dimmed">
              {t(`fileImport.countsMeaning.${name}`)}
            </Text>
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}
