// The mailings of one page: a table, or cards where that does not fit.
import { Stack, Table, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconArrowsSort } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListedMailing } from './listed-mailing.ts';
import type { ListView } from './list-address.ts';
import { MailingCard } from './mailing-card.tsx';
import { MailingRow } from './mailing-row.tsx';
import { useIsWide } from './use-is-wide.ts';
import { useShowList } from './use-show-list.ts';

interface Props {
  readonly mailings: readonly ListedMailing[];
  readonly view: ListView;
  readonly onDeleted: () => void;
}

export function MailingList({ mailings, view, onDeleted }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  if (!useIsWide()) {
    return (
      <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }} aria-label={t('list.title')}>
        {mailings.map((mailing) => (
          <MailingCard key={mailing.id} mailing={mailing} onDeleted={onDeleted} />
        ))}
      </Stack>
    );
  }
  return (
    <Table verticalSpacing="xs" horizontalSpacing="sm" highlightOnHover layout="fixed" aria-label={t('list.title')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('list.column.mailing')}</Table.Th>
          <Table.Th w={130}>{t('list.column.status')}</Table.Th>
          <SortedHeading view={view} by="CREATED_AT" width={115} />
          <SortedHeading view={view} by="STARTS_AT" width={145} />
          <Table.Th w={185}>{t('list.column.progress')}</Table.Th>
          <Table.Th w={130}>{t('list.column.rate')}</Table.Th>
          <Table.Th w={85}>
            <VisuallyHidden>{t('list.column.actions')}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {mailings.map((mailing) => (
          <MailingRow key={mailing.id} mailing={mailing} onDeleted={onDeleted} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface HeadingProps {
  readonly view: ListView;
  readonly by: 'CREATED_AT' | 'STARTS_AT';
  readonly width: number;
}

/** Newest and latest first; another click turns it round. */
function SortedHeading({ view, by, width }: HeadingProps): ReactNode {
  const { t } = useTranslation('mailings');
  const show = useShowList(view);
  const isDescending = view.order === `${by}_DESC`;
  const isAscending = view.order === `${by}_ASC`;
  const Icon = isDescending ? IconArrowDown : isAscending ? IconArrowUp : IconArrowsSort;
  return (
    <Table.Th w={width} aria-sort={isDescending ? 'descending' : isAscending ? 'ascending' : 'none'}>
      <UnstyledButton onClick={() => show({ order: isDescending ? `${by}_ASC` : `${by}_DESC` })} style={{ display: 'flex', gap: 4 }}>
        <Text component="span" size="sm" fw={700}>
          {t(`list.column.${by}`)}
        </Text>
        <Icon size={14} aria-hidden style={{ alignSelf: 'center' }} />
      </UnstyledButton>
    </Table.Th>
  );
}
