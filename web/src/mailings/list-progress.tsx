// How far a mailing of the list is, how fast it goes and when it will be through.
import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListedMailing } from './listed-mailing.ts';
import { CountsBar } from '../components/counts-bar.tsx';
import { useNow } from '../components/use-now.ts';
import { useFormat } from '../i18n/use-format.ts';

interface Props {
  readonly mailing: ListedMailing;
}

export function ListProgress({ mailing: { status, startsAt, statistics } }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const { number, percent } = useFormat();
  const { total, pending } = statistics;
  if (status === 'SCHEDULED') return <StartsIn startsAt={startsAt} />;
  if (total === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t(status === 'RUNNING' ? 'list.selecting' : 'list.nobody')}
      </Text>
    );
  }
  const done = total - pending;
  return (
    <>
      <CountsBar counts={statistics} height={8} />
      <Group justify="space-between" gap={0} mt={2} style={{ columnGap: 'var(--mantine-spacing-xs)' }}>
        {/* Rounded down: 100 % is all of them. */}
        <Text size="sm" fw={600} className="tabular" data-progress>
          {percent(Math.floor((done / total) * 1_000) / 1_000)}
        </Text>
        <Text size="xs" c="dimmed" className="tabular" style={{ whiteSpace: 'nowrap' }}>
          {t('list.done', { done: number(done), total: number(total) })}
        </Text>
      </Group>
    </>
  );
}

export function ListPace({ mailing: { status, progress, finishedAt } }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const { t: tCommon } = useTranslation();
  const { rate, moment, number } = useFormat();
  if (finishedAt !== null) {
    return (
      <Text size="xs" c="dimmed" className="tabular">
        {t('list.over', { at: moment(finishedAt) })}
      </Text>
    );
  }
  if (progress === null) return null;
  const { ratePerSecond, estimatedEndAt, willNotFit } = progress;
  return (
    <div>
      {status === 'RUNNING' && ratePerSecond !== null && (
        <Text size="sm" className="tabular">
          {tCommon('perSecond', { formatted: rate(ratePerSecond) })}
        </Text>
      )}
      {estimatedEndAt !== null && (
        <Text size="xs" c="dimmed" className="tabular">
          {t('list.through', { at: moment(estimatedEndAt) })}
        </Text>
      )}
      {willNotFit !== null && willNotFit > 0 && (
        <Text size="xs" c="var(--mantine-color-error)" className="tabular">
          {t('list.willNotFit', { count: willNotFit, formatted: number(willNotFit) })}
        </Text>
      )}
    </div>
  );
}

function StartsIn({ startsAt }: { readonly startsAt: string }): ReactNode {
  const { t } = useTranslation('mailings');
  const { relative } = useFormat();
  const now = useNow(10_000);
  return (
    <Text size="sm" c="dimmed">
      {Date.parse(startsAt) <= now ? t('list.starting') : t('list.starts', { in: relative(startsAt, now) })}
    </Text>
  );
}
