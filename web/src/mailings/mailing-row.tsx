// A mailing as a row of the list.
import { Anchor, Table, Text } from '@mantine/core';
import { memo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { ListedMailing } from './listed-mailing.ts';
import { MailingStatusBadge } from '../components/status-badge.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { MailingActions } from '../mailing/mailing-actions.tsx';
import { ListPace, ListProgress } from './list-progress.tsx';
import { isSameRow } from './same-row.ts';
import { useRecipients } from './use-recipients.ts';

interface Props {
  readonly mailing: ListedMailing;
  readonly onDeleted: () => void;
}

export const MailingRow = memo(function MailingRow({ mailing, onDeleted }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const { moment } = useFormat();
  const recipients = useRecipients();
  const { sendWindow } = mailing;
  return (
    <Table.Tr data-mailing={mailing.id}>
      <Table.Td>
        <Anchor component={Link} href={`/mailings/${mailing.id}`} lineClamp={2} size="sm" fw={500} title={mailing.text} className="entered">
          {mailing.text}
        </Anchor>
        <Text size="xs" c="dimmed" className="text-cell">
          {recipients(mailing.filter)}
          {sendWindow !== null && ` · ${t('list.window', { from: sendWindow.from, to: sendWindow.to })}`}
        </Text>
      </Table.Td>
      <Table.Td>
        <MailingStatusBadge status={mailing.status} />
      </Table.Td>
      <Table.Td className="tabular" fz="sm">
        {moment(mailing.createdAt)}
      </Table.Td>
      <Table.Td className="tabular" fz="sm">
        {moment(mailing.startsAt)}
        <Text size="xs" c="dimmed">
          {t('list.until', { end: moment(mailing.endsAt) })}
        </Text>
      </Table.Td>
      <Table.Td>
        <ListProgress mailing={mailing} />
      </Table.Td>
      <Table.Td>
        <ListPace mailing={mailing} />
      </Table.Td>
      <Table.Td>
        <MailingActions mailing={mailing} compact onDeleted={onDeleted} />
      </Table.Td>
    </Table.Tr>
  );
}, isSameRow);
