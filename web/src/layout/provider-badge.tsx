// On every screen: whether anything is being sent at all, and why not.
import { Badge, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProviderStateDocument } from '../api/generated/graphql.ts';
import type { ProviderStatus } from '../api/generated/graphql.ts';
import { useLive } from '../api/use-live.ts';

const colors = { AVAILABLE: 'teal', UNAVAILABLE: 'red', PROBING: 'yellow' } as const satisfies Record<ProviderStatus, string>;

export function ProviderBadge(): ReactNode {
  const { t } = useTranslation();
  const { data, stale } = useLive(ProviderStateDocument, {});
  if (data === null) return null;
  const { status, reason } = data.provider;
  const words = t('provider.state', { status: t(`provider.status.${status}`) });
  return (
    <Tooltip label={reason ?? words} multiline maw={360}>
      <Badge variant="dot" tt="none" color={stale ? 'gray' : colors[status]} c="var(--mantine-color-text)" data-stale={stale} tabIndex={0}>
        {words}
      </Badge>
    </Tooltip>
  );
}
