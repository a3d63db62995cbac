// A mailing as a card of the list, for narrow screens.
import { Anchor, Box, Group, Paper, Stack, Text } from '@mantine/core';
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

export const MailingCard = memo(function MailingCard({ mailing, onDeleted }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const { moment } = useFormat();
  const recipients = useRecipients();
  const { sendWindow } = mailing;
  return (
    <Paper component="li" withBorder p="sm" data-mailing={mailing.id}>
      <Stack gap={8}>
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Anchor component={Link} href={`/mailings/${mailing.id}`} fw={500} lineClamp={2} className="entered">
            {mailing.text}
          </Anchor>
          <MailingActions mailing={mailing} compact onDeleted={onDeleted} />
        </Group>
        <Group gap="xs">
          <MailingStatusBadge status={mailing.status} />
          <Text size="xs" c="dimmed" className="entered">
            {recipients(mailing.filter)}
          </Text>
        </Group>
        <ListProgress mailing={mailing} />
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <Text size="xs" c="dimmed" className="tabular">
            {t('list.period', { start: moment(mailing.startsAt), end: moment(mailing.endsAt) })}
            {sendWindow !== null && ` · ${t('list.window', { from: sendWindow.from, to: sendWindow.to })}`}
          </Text>
          <Box ta="end" style={{ whiteSpace: 'nowrap' }}>
            <ListPace mailing={mailing} />
          </Box>
        </Group>
      </Stack>
    </Paper>
  );
}, isSameRow);
