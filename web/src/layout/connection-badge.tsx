// Whether the numbers on the page are live.
import { Alert, Badge } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useConnectionState } from '../api/api.tsx';
import type { ConnectionState } from '../api/connection.ts';
import { useFormat } from '../i18n/use-format.ts';

const colors = { connecting: 'gray', connected: 'teal', disconnected: 'red', offline: 'red' } as const satisfies Record<
  ConnectionState['status'],
  string
>;

export function ConnectionBadge(): ReactNode {
  const { t } = useTranslation();
  const { status } = useConnectionState();
  return (
    <Badge
      variant="dot"
      tt="none"
      color={colors[status]}
      c="var(--mantine-color-text)"
      miw="max-content"
      role="status"
      data-connection={status}
    >
      {t(`connection.short.${status}`)}
    </Badge>
  );
}

/** Above every screen while the connection is gone. */
export function DisconnectedNotice(): ReactNode {
  const { t } = useTranslation();
  const { timeWithSeconds } = useFormat();
  const { status, since, wasConnected } = useConnectionState();
  if (status === 'connected' || status === 'connecting') return null;
  return (
    <Alert role="alert" color="red" variant="outline" mb="md" icon={<IconPlugConnectedX />} title={t(`connection.${status}`)}>
      {wasConnected ? t('connection.staleSince', { time: timeWithSeconds(since) }) : t('connection.nothingYet')}
    </Alert>
  );
}
