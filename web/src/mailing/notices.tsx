// What an operator has to know first: why nothing is sent, what will not be in time, when it begins, how it ended.
import { Alert, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconClock, IconPlayerPause, IconPlugConnectedX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProviderStateDocument } from '../api/generated/graphql.ts';
import type { LiveMailingFragment } from '../api/generated/graphql.ts';
import { useLive } from '../api/use-live.ts';
import { ProviderReason } from '../components/provider-reason.tsx';
import { useNow } from '../components/use-now.ts';
import { useFormat } from '../i18n/use-format.ts';
import { usePlace } from '../mailings/use-place.ts';
import { doneOf } from './counts-over-time.ts';
import { nextToOpen } from './zone-hours.ts';

interface Props {
  readonly mailing: LiveMailingFragment;
}

export function Notices({ mailing }: Props): ReactNode {
  switch (mailing.status) {
    case 'SCHEDULED':
      return <StartsSoon mailing={mailing} />;
    case 'RUNNING':
      return (
        <>
          <ProviderNotice />
          <WaitsForHours mailing={mailing} />
          <WillNotFit mailing={mailing} />
        </>
      );
    case 'PAUSED':
      return <PausedNotice mailing={mailing} />;
    case 'COMPLETED':
    case 'CANCELLED':
      return <Summary mailing={mailing} />;
    default:
      return mailing.status satisfies never;
  }
}

function StartsSoon({ mailing: { startsAt } }: Props): ReactNode {
  const { t } = useTranslation('mailing');
  const { dateTime, duration } = useFormat();
  const left = Date.parse(startsAt) - useNow();
  return (
    <Alert color="blue" variant="outline" icon={<IconClock />} title={t('scheduled.title')} data-notice="scheduled">
      <Text size="sm" className="tabular">
        {left > 0 ? t('scheduled.text', { at: dateTime(startsAt), in: duration(left) }) : t('scheduled.now')}
      </Text>
    </Alert>
  );
}

/** Only while somebody waits and it is nobody's hour. */
function WaitsForHours({ mailing: { timeZones, statistics } }: Props): ReactNode {
  const { t } = useTranslation('mailing');
  const { moment, duration } = useFormat();
  const place = usePlace();
  const now = useNow();
  const next = nextToOpen(timeZones);
  if (statistics.pending === 0 || next === null) return null;
  const { timeZone } = next.zone;
  const words = { zone: place(timeZone), at: moment(next.at), in: duration(Math.max(0, next.at - now)) };
  return (
    <Alert color="blue" variant="outline" icon={<IconClock />} title={t('closed.title')} data-notice="closed">
      <Text size="sm" className="tabular" title={timeZone}>
        {t('closed.text', words)}
      </Text>
    </Alert>
  );
}

/** Only while the provider takes nothing. */
function ProviderNotice(): ReactNode {
  const { t } = useTranslation('mailing');
  const { data } = useLive(ProviderStateDocument, {});
  if (data === null || data.provider.status === 'AVAILABLE') return null;
  return (
    <Alert role="alert" color="red" variant="outline" icon={<IconPlugConnectedX />} title={t('provider.title')} data-notice="provider">
      <ProviderReason provider={data.provider} />
      <Text size="sm">{t('provider.text')}</Text>
    </Alert>
  );
}

function WillNotFit({ mailing: { progress, endsAt } }: Props): ReactNode {
  const { t } = useTranslation('mailing');
  const { number, dateTime, rate } = useFormat();
  const count = progress?.willNotFit ?? 0;
  if (count === 0) return null;
  const words = { count, formatted: number(count), end: dateTime(endsAt), rate: rate(progress?.assumedRatePerSecond ?? 0) };
  return (
    <Alert color="orange" variant="outline" icon={<IconAlertTriangle />} title={t('willNotFit.title', words)} data-notice="will-not-fit">
      {t('willNotFit.text', words)}
    </Alert>
  );
}

function PausedNotice({ mailing: { statistics, endsAt } }: Props): ReactNode {
  const { t } = useTranslation('mailing');
  const { number, dateTime, duration } = useFormat();
  const now = useNow();
  const left = Math.max(0, Date.parse(endsAt) - now);
  const words = { count: statistics.pending, formatted: number(statistics.pending), end: dateTime(endsAt), left: duration(left) };
  return (
    <Alert color="yellow" variant="outline" icon={<IconPlayerPause />} title={t('paused.title')} data-notice="paused">
      <Text size="sm" className="tabular">
        {t('paused.text', words)}
      </Text>
    </Alert>
  );
}

/** How it went, once it is over. */
function Summary({ mailing: { status, statistics, startedAt, finishedAt } }: Props): ReactNode {
  const { t } = useTranslation('mailing');
  const { dateTime, duration, number, rate, percent } = useFormat();
  if (finishedAt === null) return null;
  const end = dateTime(finishedAt);
  const title = t(status === 'COMPLETED' ? 'summary.completed' : 'summary.cancelled', { at: end });
  if (startedAt === null) return <Alert color="gray" variant="outline" icon={<IconCheck />} title={title} data-notice="summary" />;
  const ms = Date.parse(finishedAt) - Date.parse(startedAt);
  const done = doneOf(statistics);
  const words = {
    duration: duration(ms),
    rate: rate(done / Math.max(ms / 1_000, 1)),
    sent: number(statistics.sent),
    total: number(statistics.total),
    share: percent(statistics.total === 0 ? 0 : statistics.sent / statistics.total),
  };
  return (
    <Alert color="gray" variant="outline" icon={<IconCheck />} title={title} data-notice="summary">
      {statistics.total === 0 ? t('summary.nobody') : t('summary.text', words)}
    </Alert>
  );
}
