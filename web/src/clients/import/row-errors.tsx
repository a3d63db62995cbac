// The rows that were left out, each fault in words; as a file for a spreadsheet, and as a file to correct and import.
import { Alert, Button, Code, Group, Stack, Table, Text, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/use-format.ts';
import { download } from './download.ts';
import { readFailedRows, toCorrectionFile, toErrorTable } from './failed-rows.ts';
import type { FailedRow } from './failed-rows.ts';
import type { HeadTable } from './file-head.ts';
import type { ImportReport, RowError } from './import-answer.ts';
import { useRowFaultText } from './row-fault-text.ts';

const SHOWN_AT_ONCE = 50;
/** The service reports no more. */
const MOST_REPORTED = 1_000;

interface Props {
  readonly report: ImportReport;
  readonly file: File;
  readonly table: HeadTable;
}

export function RowErrors({ report, file, table }: Props): ReactNode {
  const { t } = useTranslation('clients');
  const { number } = useFormat();
  const [limit, setLimit] = useState(SHOWN_AT_ONCE);
  const { rowErrors } = report;
  const shown = rowErrors.slice(0, limit);
  return (
    <Stack component="section" aria-labelledby="import-errors" gap="xs">
      <Title order={2} size="h4" id="import-errors">
        {t('fileImport.errors.title')}
      </Title>
      {rowErrors.length >= MOST_REPORTED && <Text size="sm">{t('fileImport.errors.limit', { formatted: number(MOST_REPORTED) })}</Text>}
      <Downloads rowErrors={rowErrors} file={file} table={table} />
      <ErrorTable rowErrors={shown} />
      {shown.length < rowErrors.length && (
        <Group>
          <Text size="sm" c="dimmed" className="tabular">
            {t('fileImport.errors.shown', { shown: number(shown.length), total: number(rowErrors.length) })}
          </Text>
          <Button size="xs" variant="default" onClick={() => setLimit(limit * 4)}>
            {t('fileImport.errors.more')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function ErrorTable({ rowErrors }: { readonly rowErrors: readonly RowError[] }): ReactNode {
  const { t } = useTranslation('clients');
  const { number } = useFormat();
  const textOf = useRowFaultText();
  return (
    <Table verticalSpacing={4} aria-labelledby="import-errors">
      <Table.Thead>
        <Table.Tr>
          <Table.Th ta="right" w={90}>
            {t('fileImport.errors.line')}
          </Table.Th>
          <Table.Th>{t('fileImport.errors.column')}</Table.Th>
          <Table.Th>{t('fileImport.errors.fault')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rowErrors.map(({ row, code, field, message }) => (
          <Table.Tr key={`${row} ${code} ${field.join()}`} data-line={row}>
            <Table.Td ta="right" className="tabular">
              {number(row)}
            </Table.Td>
            <Table.Td>{field.length === 0 ? t('fileImport.errors.row') : <Code>{field.join(', ')}</Code>}</Table.Td>
            <Table.Td>{textOf(code, message)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface DownloadsProps {
  readonly rowErrors: readonly RowError[];
  readonly file: File;
  readonly table: HeadTable;
}

function Downloads({ rowErrors, file, table }: DownloadsProps): ReactNode {
  const { t } = useTranslation('clients');
  const textOf = useRowFaultText();
  const [busy, setBusy] = useState<'table' | 'correction' | null>(null);
  const [isGone, setGone] = useState(false);
  /** null: the file was changed or removed since it was chosen. */
  const readRows = async (): Promise<ReadonlyMap<number, FailedRow> | null> => {
    try {
      return await readFailedRows(
        file,
        rowErrors.map(({ row }) => row),
        table.separator,
      );
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      setGone(true);
      return null;
    }
  };
  const saveTable = async (): Promise<void> => {
    setBusy('table');
    const rows = (await readRows()) ?? new Map<number, FailedRow>();
    const titles = [t('fileImport.errors.line'), t('fileImport.errors.column'), t('fileImport.errors.fault')] as const;
    const wordsOf = ({ code, message }: RowError): string => textOf(code, message);
    download(toErrorTable({ names: table.names, errors: rowErrors, rows, titles, wordsOf }), t('fileImport.errors.tableName'));
    setBusy(null);
  };
  const saveCorrection = async (): Promise<void> => {
    setBusy('correction');
    const rows = await readRows();
    if (rows !== null) download(await toCorrectionFile(file, rows, table.separator), t('fileImport.errors.correctionName'));
    setBusy(null);
  };
  return (
    <>
      <Group gap="xl" align="flex-start">
        <Download
          label={t('fileImport.errors.table')}
          hint={t('fileImport.errors.tableHint')}
          busy={busy === 'table'}
          onClick={() => void saveTable()}
        />
        <Download
          label={t('fileImport.errors.correction')}
          hint={t('fileImport.errors.correctionHint')}
          busy={busy === 'correction'}
          onClick={() => void saveCorrection()}
        />
      </Group>
      {isGone && (
        <Alert role="alert" color="yellow" variant="outline">
          {t('fileImport.errors.gone')}
        </Alert>
      )}
    </>
  );
}

interface DownloadProps {
  readonly label: string;
  readonly hint: string;
  readonly busy: boolean;
  readonly onClick: () => void;
}

function Download({ label, hint, busy, onClick }: DownloadProps): ReactNode {
  return (
    <div>
      <Button size="xs" variant="default" leftSection={<IconDownload size={16} />} loading={busy} onClick={onClick}>
        {label}
      </Button>
      <Text size="xs" c="dimmed" mt={4} maw={320}>
        {hint}
      </Text>
    </div>
  );
}
