// One bar that is always full: the share of each status of a mailing's messages, or of all messages.
import { Box, Group, Text, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { countOf } from './counts.ts';
import type { Counts } from './counts.ts';
import { colorOf, messageStatuses } from './status-colors.ts';

export function CountsBar({ counts, height = 10 }: { readonly counts: Counts; readonly height?: number }): ReactNode {
  const { t } = useTranslation();
  const { number, percent } = useFormat();
  const parts = messageStatuses.map((status) => ({ status, count: countOf(counts, status) })).filter(({ count }) => count > 0);
  const label = parts.map(({ status, count }) => `${t(`messageStatus.${status}`)}: ${number(count)}`).join(', ');
  return (
    <Box role="img" aria-label={label === '' ? t('none') : label} h={height} bg="var(--mantine-color-default-border)" style={barStyle}>
      {parts.map(({ status, count }) => (
        <Tooltip key={status} label={`${t(`messageStatus.${status}`)}: ${number(count)} (${percent(count / counts.total)})`}>
          <Box bg={colorOf(status)} style={{ flexGrow: count, flexBasis: 0, minWidth: 2 }} />
        </Tooltip>
      ))}
    </Box>
  );
}

const barStyle = { display: 'flex', borderRadius: 4, overflow: 'hidden' } as const;

/** What the colours of the bar mean, with the counts. */
export function CountsLegend({ counts }: { readonly counts: Counts }): ReactNode {
  const { t } = useTranslation();
  const { number } = useFormat();
  return (
    <Group gap={4} component="dl" m={0} style={{ columnGap: 'var(--mantine-spacing-md)' }}>
      {messageStatuses.map((status) => (
        <Group key={status} gap={6} wrap="nowrap">
          <Box w={10} h={10} bg={colorOf(status)} style={{ borderRadius: 2 }} aria-hidden />
          <Tooltip label={t(`messageStatusMeaning.${status}`)}>
            <Text component="dt" size="sm">
              {t(`messageStatus.${status}`)}
            </Text>
          </Tooltip>
          <Text component="dd" size="sm" fw={600} m={0} className="tabular" data-count={status}>
            {number(countOf(counts, status))}
          </Text>
        </Group>
      ))}
    </Group>
  );
}
