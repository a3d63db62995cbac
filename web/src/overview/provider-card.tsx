// Whether messages go out at all, why not, and when that is tried again.
import { Badge, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProviderStateDocument } from '../api/generated/graphql.ts';
import type { ProviderStatus } from '../api/generated/graphql.ts';
import { useLive } from '../api/use-live.ts';
import { ProviderReason } from '../components/provider-reason.tsx';
import { Section } from '../components/section.tsx';
import { useFormat } from '../i18n/use-format.ts';

const colors = { AVAILABLE: 'teal', UNAVAILABLE: 'red', PROBING: 'yellow' } as const satisfies Record<ProviderStatus, string>;

export function ProviderCard(): ReactNode {
  const { t } = useTranslation(['overview', 'common']);
  const { number } = useFormat();
  const { data } = useLive(ProviderStateDocument, {});
  if (data === null) return null;
  const { provider } = data;
  const cap = provider.ratePerSecond;
  return (
    <Section title={t('common:provider.label')}>
      <Group gap="sm" data-provider={provider.status}>
        <Badge variant="dot" size="lg" color={colors[provider.status]} c="var(--mantine-color-text)">
          {t(`common:provider.status.${provider.status}`)}
        </Badge>
        <Text size="sm" c="dimmed" className="tabular">
          {cap === null ? t('provider.noCap') : t('common:provider.rate', { rate: t('common:perSecond', { formatted: number(cap) }) })}
        </Text>
      </Group>
      <div>
        <ProviderReason provider={provider} />
        <Text size="sm" c="dimmed">
          {t(`provider.meaning.${provider.status}`)}
        </Text>
      </div>
    </Section>
  );
}
