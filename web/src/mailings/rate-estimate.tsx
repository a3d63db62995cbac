// How long the sending takes at the smallest cap there is.
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProviderStateDocument } from '../api/generated/graphql.ts';
import { useLive } from '../api/use-live.ts';
import { useNow } from '../components/use-now.ts';
import { useFormat } from '../i18n/use-format.ts';
import { startOf } from './form-values.ts';
import type { MailingValues } from './form-values.ts';
import { operatorZone } from './operator-zone.ts';
import { toInstant } from './wall-clock.ts';

export function RateEstimate({ values, messages }: { readonly values: MailingValues; readonly messages: number | null }): ReactNode {
  const { t } = useTranslation('mailings');
  const { duration, rate, number } = useFormat();
  const { data } = useLive(ProviderStateDocument, {});
  const now = useNow(10_000);
  const own = values.ratePerSecond;
  const provider = data?.provider.ratePerSecond ?? null;
  const cap = own !== null && own > 0 ? Math.min(own, provider ?? own) : provider;
  if (cap === null || messages === null || messages === 0) return null;
  const takesMs = (messages / cap) * 1_000;
  const lastsMs = toInstant(values.endsAt, operatorZone).at - Math.max(startOf(values, now, operatorZone), now);
  const byProvider = provider !== null && cap === provider;
  return (
    <>
      <Text size="sm" className="tabular" data-estimate>
        {t(byProvider ? 'rate.estimateByProvider' : 'rate.estimate', {
          count: messages,
          formatted: number(messages),
          duration: duration(takesMs),
          rate: rate(cap),
        })}
      </Text>
      {takesMs > lastsMs && lastsMs > 0 && (
        <Text size="sm" c="var(--mantine-color-error)" data-too-slow>
          {t('rate.tooSlow', { duration: duration(lastsMs) })}
        </Text>
      )}
    </>
  );
}
