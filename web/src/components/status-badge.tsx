// Where a mailing or a message stands, in a word and a colour.
import { Badge, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { MailingStatus, MessageStatus } from '../api/generated/graphql.ts';
import { mailingColors, messageColors } from './status-colors.ts';

export function MailingStatusBadge({ status }: { readonly status: MailingStatus }): ReactNode {
  const { t } = useTranslation();
  return (
    <Badge variant="outline" color={mailingColors[status]} c="var(--mantine-color-text)" miw="max-content">
      {t(`mailingStatus.${status}`)}
    </Badge>
  );
}

export function MessageStatusBadge({ status }: { readonly status: MessageStatus }): ReactNode {
  const { t } = useTranslation();
  return (
    <Tooltip label={t(`messageStatusMeaning.${status}`)}>
      <Badge variant="outline" color={messageColors[status]} c="var(--mantine-color-text)" miw="max-content">
        {t(`messageStatusOfOne.${status}`)}
      </Badge>
    </Tooltip>
  );
}
