// How fast the mailing is being sent, and when it will be through if it goes on like this.
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveMailingFragment } from '../api/generated/graphql.ts';
import { useNow } from '../components/use-now.ts';
import { useFormat } from '../i18n/use-format.ts';

const HALF_DAY_MS = 12 * 3_600_000;

/** `rate`: as it is written. Nothing once it is over. */
export function Pace({ mailing: { progress, status }, rate }: { readonly mailing: LiveMailingFragment; readonly rate: string }): ReactNode {
  const { t } = useTranslation('mailing');
  const { dateTime, timeWithSeconds, duration } = useFormat();
  const now = useNow();
  if (status !== 'RUNNING') return null;
  const end = progress?.estimatedEndAt ?? null;
  const left = end === null ? 0 : Math.max(0, Date.parse(end) - now);
  const at = end === null ? '' : left < HALF_DAY_MS ? timeWithSeconds(end) : dateTime(end);
  return (
    <Text size="sm" className="tabular" data-pace>
      <b data-rate>{rate}</b> · {end === null ? t('estimate.none') : t('estimate.end', { at, left: duration(left) })}
    </Text>
  );
}
