// Messages per second of all mailings together, over the last minutes.
import { Text } from '@mantine/core';
import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { TotalsSubscription } from '../api/generated/graphql.ts';
import { Section } from '../components/section.tsx';
import { SeriesChart } from '../components/series-chart.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { METER_MS, newestRate } from './sending-meter.ts';
import { useSendingMeter } from './use-sending-meter.ts';

interface Props {
  readonly messages: TotalsSubscription['statistics']['messages'];
  readonly isLive: boolean;
}

export function SendingChart({ messages, isLive }: Props): ReactNode {
  const { t } = useTranslation(['overview', 'common']);
  const { rate } = useFormat();
  const meter = useSendingMeter(messages, isLive);
  const { points } = meter;
  // Totals come more often than points: the same points again are not drawn anew.
  const times = useMemo(() => points.map(({ at }) => at / 1_000), [points]);
  const series = useMemo(
    () => [{ label: t('rate.perSecond'), color: 'teal.6', values: points.map((point) => point.perSecond), stepped: true }],
    [points, t],
  );
  const perSecond = (value: number): string => t('common:perSecond', { formatted: rate(value) });
  const now = newestRate(meter);
  const most = Math.max(0, ...points.map((point) => point.perSecond ?? 0));
  const summary = now === null ? t('rate.unknown') : t('rate.summary', { now: perSecond(now), most: perSecond(most) });
  return (
    <Section
      title={t('rate.title')}
      aside={
        <Text size="xl" fw={600} lh={1.2} className="tabular" data-rate>
          {now === null ? '–' : perSecond(now)}
        </Text>
      }
    >
      <SeriesChart summary={summary} times={times} span={METER_MS / 1_000} format={perSecond} series={series} />
    </Section>
  );
}
