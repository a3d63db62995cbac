// What the columns of a file mean, and a file to begin with.
import { Button, Code, Group, Table, Text, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { clientColumns, requiredClientColumns } from '../../../../src/domain/client-columns.ts';
import { download } from './download.ts';

const sample = [
  'phone,operator_code,tag,time_zone',
  '+7 (900) 000-00-01,,regular,Europe/Moscow',
  '79000000002,910,"gold, silver",Asia/Yekaterinburg',
  '79000000003,,,+03:00',
  '',
].join('\r\n');

export function ColumnLegend(): ReactNode {
  const { t } = useTranslation('clients');
  return (
    <section>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4" id="import-columns">
          {t('fileImport.legend.title')}
        </Title>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconDownload size={16} />}
          onClick={() => download(sample, t('fileImport.sampleName'))}
        >
          {t('fileImport.sample')}
        </Button>
      </Group>
      <Table aria-labelledby="import-columns" verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('fileImport.legend.column')}</Table.Th>
            <Table.Th>{t('fileImport.legend.meaning')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {clientColumns.map((column) => (
            <Table.Tr key={column}>
              <Table.Td>
                <Code>{column}</Code>
                <Text size="xs" c="dimmed" mt={2}>
                  {t(requiredClientColumns.includes(column) ? 'fileImport.legend.required' : 'fileImport.legend.optional')}
                </Text>
              </Table.Td>
              <Table.Td>{t(`fileImport.legend.${column}`)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
