// One page of clients.
import { Anchor, Badge, Table, Text, Tooltip } from '@mantine/core';
import { memo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { ClientFieldsFragment } from '../api/generated/graphql.ts';
import { useNow } from '../components/use-now.ts';
import { useFormat } from '../i18n/use-format.ts';
import { LocalTime } from './local-time.tsx';
import { formatPhone } from '../components/phones.ts';

export function ClientsTable({ clients }: { readonly clients: readonly ClientFieldsFragment[] }): ReactNode {
  const { t } = useTranslation('clients');
  // Local times are shown in minutes.
  const minute = Math.floor(useNow(5_000) / 60_000) * 60_000;
  return (
    <Table.ScrollContainer minWidth={320} type="native" tabIndex={0} role="region" aria-label={t('tableLabel')}>
      <Table highlightOnHover verticalSpacing={6} aria-label={t('tableLabel')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('field.phone')}</Table.Th>
            <Table.Th visibleFrom="sm">{t('field.operatorCode')}</Table.Th>
            <Table.Th>{t('field.tag')}</Table.Th>
            <Table.Th visibleFrom="sm">{t('field.timeZone')}</Table.Th>
            <Table.Th>{t('column.localTime')}</Table.Th>
            <Table.Th visibleFrom="md">{t('column.createdAt')}</Table.Th>
            <Table.Th visibleFrom="xs">{t('column.state')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {clients.map((client) => (
            <ClientRow key={client.id} client={client} minute={minute} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const ClientRow = memo(function ClientRow({
  client,
  minute,
}: {
  readonly client: ClientFieldsFragment;
  readonly minute: number;
}): ReactNode {
  const { dateTime } = useFormat();
  return (
    <Table.Tr data-client={client.id}>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>
        <Anchor component={Link} href={`/clients/${client.id}`} size="sm" className="tabular">
          {formatPhone(client.phone)}
        </Anchor>
        {client.optedOutAt !== null && client.optedOutAt !== undefined && (
          <Text span hiddenFrom="xs" ml="xs">
            <OptedOutBadge since={client.optedOutAt} />
          </Text>
        )}
      </Table.Td>
      <Table.Td visibleFrom="sm" className="tabular">
        {client.operatorCode}
      </Table.Td>
      <Table.Td className="text-cell" maw={{ base: 90, sm: 180 }} title={client.tag ?? undefined}>
        {client.tag}
      </Table.Td>
      <Table.Td visibleFrom="sm">{client.timeZone}</Table.Td>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>
        <LocalTime timeZone={client.timeZone} now={minute} />
      </Table.Td>
      <Table.Td visibleFrom="md" className="tabular" style={{ whiteSpace: 'nowrap' }}>
        {dateTime(client.createdAt)}
      </Table.Td>
      <Table.Td visibleFrom="xs">
        {client.optedOutAt !== null && client.optedOutAt !== undefined && <OptedOutBadge since={client.optedOutAt} />}
      </Table.Td>
    </Table.Tr>
  );
});

export function OptedOutBadge({ since }: { readonly since: string }): ReactNode {
  const { t } = useTranslation('clients');
  const { dateTime } = useFormat();
  return (
    <Tooltip label={t('optedOutSince', { date: dateTime(since) })}>
      <Badge variant="outline" color="orange" c="var(--mantine-color-text)">
        {t('optedOut')}
      </Badge>
    </Tooltip>
  );
}
