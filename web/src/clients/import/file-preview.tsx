// What the beginning of the file says: how it is read, its columns, its first rows with their faults.
import { Alert, Badge, Code, Group, Stack, Table, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { clientColumns } from '../../../../src/domain/client-columns.ts';
import { useFormat } from '../../i18n/use-format.ts';
import type { HeadRow, HeadTable } from './file-head.ts';
import { rowsToShow } from './rows-to-show.ts';
import { useRowFaultText } from './row-fault-text.ts';

const separatorNames = { ',': 'comma', ';': 'semicolon', '\t': 'tab' } as const;

export function FilePreview({ table }: { readonly table: HeadTable }): ReactNode {
  const { t } = useTranslation('clients');
  const isUnreadable = table.rows.some(({ faults }) => faults.some(({ code }) => code === 'INVALID_ENCODING'));
  return (
    <Stack gap="md">
      <Group gap="xl" component="dl" m={0}>
        <Fact name={t('fileImport.read.separator')}>{t(`fileImport.read.${separatorNames[table.separator]}`)}</Fact>
        {!isUnreadable && (
          <Fact name={t('fileImport.read.encoding')}>{table.mark ? t('fileImport.read.utf8Mark') : t('fileImport.read.utf8')}</Fact>
        )}
        <Fact name={t('fileImport.read.columns')}>
          <Columns table={table} />
        </Fact>
      </Group>
      {!table.isReady && (
        <Alert role="alert" color="red" variant="outline" title={t('fileImport.headerFault')}>
          {t('fileImport.headerFaultText')}
        </Alert>
      )}
      {isUnreadable && (
        <Alert role="alert" color="yellow" variant="outline" icon={<IconAlertTriangle />}>
          {t('fileImport.encodingHint')}
        </Alert>
      )}
      {table.rows.length === 0 ? (
        <Alert role="alert" color="yellow" variant="outline">
          {t('fileImport.onlyHeader')}
        </Alert>
      ) : (
        <Rows table={table} />
      )}
    </Stack>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <Text component="dt" size="sm" c="dimmed">
        {name}
      </Text>
      <Text component="dd" m={0} size="sm">
        {children}
      </Text>
    </div>
  );
}

function Columns({ table: { header } }: { readonly table: HeadTable }): ReactNode {
  const { t } = useTranslation('clients');
  const states = [
    ...header.missing.map((column) => ({ column: column as string, state: 'missing' as const })),
    ...[...new Set(header.unknown)].map((column) => ({ column: column === '' ? '""' : column.slice(0, 50), state: 'unknown' as const })),
    ...header.twice.map((column) => ({ column: column as string, state: 'twice' as const })),
    ...[...new Set(header.order)].map((column) => ({ column: column as string, state: 'known' as const })),
    ...clientColumns
      .filter((column) => !header.order.includes(column) && !header.missing.includes(column))
      .map((column) => ({ column: column as string, state: 'absent' as const })),
  ];
  return (
    <Group gap={6} component="span">
      {states.map(({ column, state }) => (
        <Badge
          key={`${state} ${column}`}
          tt="none"
          variant="outline"
          color={colors[state]}
          c="var(--mantine-color-text)"
          data-column={state}
          leftSection={state === 'known' ? <IconCheck size={12} /> : state === 'absent' ? undefined : <IconX size={12} />}
        >
          {t(`fileImport.columnState.${state}`, { column })}
        </Badge>
      ))}
    </Group>
  );
}

const colors = { known: 'teal', absent: 'gray', missing: 'red', unknown: 'red', twice: 'red' } as const;

function Rows({ table }: { readonly table: HeadTable }): ReactNode {
  const { t } = useTranslation('clients');
  const { number } = useFormat();
  const { rows, names, isWhole, isReady } = table;
  const bad = rows.filter(({ faults }) => faults.length > 0).length;
  const looked = { count: rows.length, formatted: number(rows.length) };
  const found = bad === 0 ? t('fileImport.previewGood') : t('fileImport.previewBad', { count: bad, formatted: number(bad) });
  return (
    <section aria-labelledby="import-preview">
      <Group gap="sm" align="baseline" mb={4}>
        <Title order={2} size="h4" id="import-preview">
          {t('fileImport.preview')}
        </Title>
        <Text size="sm" c="dimmed" role="status" data-bad-rows={bad}>
          {isWhole ? t('fileImport.previewAll', looked) : t('fileImport.previewSome', looked)}
          {isReady && `, ${found}`}
        </Text>
      </Group>
      {bad > 0 && (
        <Text size="sm" mb="xs">
          {t('fileImport.previewText')}
        </Text>
      )}
      <Table.ScrollContainer minWidth={520} type="native" tabIndex={0} role="region" aria-labelledby="import-preview">
        <Table verticalSpacing={4} aria-labelledby="import-preview">
          <Table.Thead>
            <Table.Tr>
              <Table.Th ta="right" w={70}>
                {t('fileImport.line')}
              </Table.Th>
              {names.map((name, index) => (
                // Names may repeat.
                // oxlint-disable-next-line no-array-index-key
                <Table.Th key={index}>
                  <Code>{name.slice(0, 50)}</Code>
                </Table.Th>
              ))}
              {isReady && <Table.Th>{t('fileImport.rowFault')}</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rowsToShow(rows).map((row) => (
              <PreviewRow key={row.line} row={row} columns={names.length} isReady={isReady} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}

interface PreviewRowProps {
  readonly row: HeadRow;
  readonly columns: number;
  readonly isReady: boolean;
}

function PreviewRow({ row, columns, isReady }: PreviewRowProps): ReactNode {
  const { t } = useTranslation('clients');
  const { number } = useFormat();
  const textOf = useRowFaultText();
  const isGood = row.faults.length === 0;
  return (
    <Table.Tr data-line={row.line} {...(!isGood && { bg: 'color-mix(in srgb, var(--mantine-color-red-6) 12%, transparent)' })}>
      <Table.Td ta="right" className="tabular">
        {number(row.line)}
      </Table.Td>
      {Array.from({ length: columns }, (_, index) => (
        <Table.Td key={index} className="text-cell" maw={220}>
          {row.cells[index] === null ? '�' : row.cells[index]?.slice(0, 200)}
        </Table.Td>
      ))}
      {isReady && (
        <Table.Td miw={260}>
          {isGood ? (
            <Text span size="sm" c="dimmed">
              {t('fileImport.good')}
            </Text>
          ) : (
            row.faults.map(({ code, column }) => (
              <Text key={`${code} ${column}`} size="sm">
                {column !== null && <Code mr={6}>{column}</Code>}
                {textOf(code)}
              </Text>
            ))
          )}
        </Table.Td>
      )}
    </Table.Tr>
  );
}
