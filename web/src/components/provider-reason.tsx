// Why the provider takes nothing, in words, and how long until the next try.
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProviderStatus } from '../api/generated/graphql.ts';
import { useFormat } from '../i18n/use-format.ts';
import { useNow } from './use-now.ts';

interface ProviderState {
  readonly status: ProviderStatus;
  readonly reason: string | null;
  readonly until: string | null;
}

export function ProviderReason({ provider: { reason, until } }: { readonly provider: ProviderState }): ReactNode {
  const { t } = useTranslation();
  const { timeWithSeconds, duration } = useFormat();
  const now = useNow();
  const left = until === null ? 0 : Date.parse(until) - now;
  return (
    <>
      {reason !== null && (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {reason}
        </Text>
      )}
      {until !== null && (
        <Text size="sm" className="tabular">
          {t('provider.until', { time: timeWithSeconds(until) })}
          {left > 0 && ` (${t('provider.in', { duration: duration(left) })})`}
        </Text>
      )}
    </>
  );
}
