// How the mailing has come along: its states over time, and how fast it is sent beside what it may be.
import { Grid } from '@mantine/core';
import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProviderStateDocument } from '../api/generated/graphql.ts';
import type { LiveMailingFragment } from '../api/generated/graphql.ts';
import { useLive } from '../api/use-live.ts';
import { countOf } from '../components/counts.ts';
import { Section } from '../components/section.tsx';
import { SeriesChart } from '../components/series-chart.tsx';
import { messageColors, messageStatuses } from '../components/status-colors.ts';
import { useNow } from '../components/use-now.ts';
import { useFormat } from '../i18n/use-format.ts';
import { ratesOf, untilNow } from './counts-over-time.ts';
import { Pace } from './pace.tsx';
import { isOver } from './mailing-status.ts';
import { useCountsOverTime } from './use-counts-over-time.ts';

interface Props {
  readonly mailing: LiveMailingFragment;
  readonly isLive: boolean;
}

export function Charts({ mailing, isLive }: Props): ReactNode {
  const { t } = useTranslation(['mailing', 'common']);
  const { number, percent, rate } = useFormat();
  const now = useNow(2_000);
  const kept = useCountsOverTime(mailing, isLive);
  const points = isLive && !isOver(mailing.status) ? untilNow(kept, now) : kept;
  const cap = useCap(mailing);

  // The same points again are the same picture: it is not drawn anew.
  const times = useMemo(() => points.map(({ at }) => at / 1_000), [points]);
  const rates = useMemo(() => ratesOf(points), [points]);
  const current = mailing.progress?.ratePerSecond ?? rates.at(-1) ?? 0;
  const states = useMemo(
    () =>
      messageStatuses.map((status) => ({
        label: t(`common:messageStatus.${status}`),
        color: `${messageColors[status]}.6`,
        values: points.map((counts) => countOf(counts, status)),
      })),
    [points, t],
  );
  const { sent, total, pending } = mailing.statistics;
  const perSecond = (value: number): string => t('common:perSecond', { formatted: rate(value) });
  const speeds = useMemo(
    () => [
      { label: t('chart.perSecond'), color: 'teal.6', values: rates, stepped: true },
      ...(cap === null ? [] : [{ label: t('chart.cap'), color: 'orange.6', dashed: true, values: rates.map(() => cap) }]),
    ],
    [rates, cap, t],
  );
  const statesSummary = t('chart.statesSummary', {
    sent: number(sent),
    pending: number(pending),
    total: number(total),
    share: percent(total === 0 ? 0 : sent / total),
  });
  return (
    <Grid gap="xl">
      <Grid.Col span={{ base: 12, lg: 6 }}>
        <Section title={t('chart.states')}>
          <SeriesChart summary={statesSummary} times={times} stacked series={states} />
        </Section>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 6 }}>
        <Section title={t('chart.rate')} aside={<Pace mailing={mailing} rate={perSecond(current)} />}>
          <SeriesChart
            summary={t('chart.rateSummary', { rate: perSecond(current), cap: cap === null ? t('fact.noCap') : perSecond(cap) })}
            times={times}
            format={perSecond}
            series={speeds}
          />
        </Section>
      </Grid.Col>
    </Grid>
  );
}

/** The lower one of the mailing's own cap and the provider's; null: there is neither. */
function useCap({ ratePerSecond, status }: LiveMailingFragment): number | null {
  const { data } = useLive(ProviderStateDocument, {}, { pause: isOver(status) });
  const caps = [ratePerSecond, data?.provider.ratePerSecond ?? null].filter((cap) => cap !== null);
  return caps.length === 0 ? null : Math.min(...caps);
}
