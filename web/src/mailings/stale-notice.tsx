// Somebody else was faster: what they changed, and what shall become of this edit.
import { Alert, Button, Group, Stack, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useValueWords } from './use-value-words.ts';
import type { Edit } from './use-edit.ts';

export function StaleNotice({ edit }: { readonly edit: Edit }): ReactNode {
  const { t } = useTranslation('mailings');
  const words = useValueWords();
  const { base, theirs, form, others, mine, takeTheirs, keepMine } = edit;
  const both = others.filter((field) => mine.includes(field));
  return (
    <Alert role="alert" color="yellow" variant="outline" title={t('stale.title')}>
      <Stack gap="sm">
        <Text size="sm">{both.length > 0 ? t('stale.both') : t('stale.apart')}</Text>
        <Table.ScrollContainer minWidth={420}>
          <Table verticalSpacing={4} fz="sm" aria-label={t('stale.table')}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('stale.field')}</Table.Th>
                <Table.Th>{t('stale.before')}</Table.Th>
                <Table.Th>{t('stale.now')}</Table.Th>
                <Table.Th>{t('stale.mine')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {others.map((field) => (
                <Table.Tr key={field} data-stale-field={field}>
                  <Table.Th scope="row">{t(`field.${field}`)}</Table.Th>
                  <Table.Td style={wrapping}>{words(field, base)}</Table.Td>
                  <Table.Td style={wrapping}>{words(field, theirs)}</Table.Td>
                  <Table.Td style={wrapping}>{mine.includes(field) ? words(field, form.values) : t('stale.untouched')}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        <Group gap="sm">
          <Button size="compact-sm" variant="default" onClick={takeTheirs}>
            {t('stale.takeTheirs')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={keepMine}>
            {both.length > 0 ? t('stale.overwrite') : t('stale.keepMine')}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

const wrapping = { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' } as const;
