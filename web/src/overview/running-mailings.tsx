// The mailings that are being sent now, or are paused, each with its bar, its rate and its end.
import { Anchor, Box, Group, Stack, Text } from '@mantine/core';
import { memo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { OverviewMailingsDocument } from '../api/generated/graphql.ts';
import type { OverviewMailingFragment } from '../api/generated/graphql.ts';
import { useLive } from '../api/use-live.ts';
import { CountsBar } from '../components/counts-bar.tsx';
import { Section } from '../components/section.tsx';
import { LoadingLive } from '../components/states.tsx';
import { MailingStatusBadge } from '../components/status-badge.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { nextToOpen } from '../mailing/zone-hours.ts';
import { runningVariables } from './selections.ts';

const SHOWN = 10;

export function RunningMailings(): ReactNode {
  const { t } = useTranslation('overview');
  const { number } = useFormat();
  const { data } = useLive(OverviewMailingsDocument, runningVariables);
  if (data === null) return <LoadingLive />;
  const { nodes, totalCount } = data.mailings;
  const shown = nodes.slice(0, SHOWN);
  const rest = totalCount - shown.length;
  return (
    <Section title={t('running.title')}>
      {nodes.length === 0 && <Text c="dimmed">{t('running.none')}</Text>}
      <Stack component="ul" gap="md" m={0} p={0} style={{ listStyle: 'none' }}>
        {shown.map((mailing) => (
          <RunningMailing key={mailing.id} mailing={mailing} />
        ))}
      </Stack>
      {rest > 0 && (
        <Anchor component={Link} href="/mailings" size="sm">
          {t('running.more', { count: rest, formatted: number(rest) })}
        </Anchor>
      )}
    </Section>
  );
}

const RunningMailing = memo(function RunningMailing({ mailing }: { readonly mailing: OverviewMailingFragment }): ReactNode {
  const { t } = useTranslation(['overview', 'common']);
  const { number, percent } = useFormat();
  const { id, text, status, statistics } = mailing;
  const { total, pending } = statistics;
  const over = total - pending;
  return (
    <Box component="li" data-mailing={id} miw={0}>
      <Group justify="space-between" gap="sm" wrap="nowrap" mb={4}>
        <Anchor component={Link} href={`/mailings/${id}`} size="sm" truncate="end" title={text}>
          {text}
        </Anchor>
        <MailingStatusBadge status={status} />
      </Group>
      <CountsBar counts={statistics} />
      <Group justify="space-between" gap={0} mt={4} style={{ columnGap: 'var(--mantine-spacing-sm)' }}>
        <Text size="xs" className="tabular" data-progress>
          {t('running.progress', { done: number(over), total: number(total), share: percent(total === 0 ? 0 : over / total) })}
        </Text>
        <Text size="xs" c="dimmed" className="tabular">
          <Pace mailing={mailing} />
        </Text>
      </Group>
    </Box>
  );
});

/** How fast, or when it goes on, and until when. */
function Pace({ mailing: { progress, status, statistics, timeZones } }: { readonly mailing: OverviewMailingFragment }): ReactNode {
  const { t } = useTranslation(['overview', 'common']);
  const { rate, moment } = useFormat();
  if (status !== 'RUNNING' || progress === null) return null;
  const { ratePerSecond, estimatedEndAt } = progress;
  const next = statistics.pending === 0 ? null : nextToOpen(timeZones);
  const end = estimatedEndAt === null ? null : t('running.end', { at: moment(estimatedEndAt) });
  const parts =
    next === null
      ? [ratePerSecond === null ? null : t('common:perSecond', { formatted: rate(ratePerSecond) }), end ?? t('running.noEstimate')]
      : [t('running.opens', { at: moment(next.at) }), end];
  return parts.filter((part) => part !== null).join(' · ');
}
