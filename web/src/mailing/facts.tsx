// What the mailing is: its text as it will be sent, when, to whom, how fast.
import { Box, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveMailingFragment } from '../api/generated/graphql.ts';
import { useFormat } from '../i18n/use-format.ts';
import { useFilterText } from './filter-text.ts';

export function Facts({ mailing }: { readonly mailing: LiveMailingFragment }): ReactNode {
  const { t } = useTranslation(['mailing', 'common']);
  const { period, number } = useFormat();
  const filterText = useFilterText();
  const { text, startsAt, endsAt, sendWindow, ratePerSecond, filter } = mailing;
  return (
    <Box>
      <Box component="blockquote" m={0} pl="md" maw="60rem" style={quoteStyle} data-text>
        {text}
      </Box>
      <Group component="dl" gap="xs" style={{ columnGap: 'var(--mantine-spacing-xl)' }} mt="md" mb={0}>
        <Fact name={t('fact.period')}>{period(startsAt, endsAt)}</Fact>
        <Fact name={t('fact.window')}>{sendWindow === null ? t('fact.anyHour') : t('fact.hours', sendWindow)}</Fact>
        <Fact name={t('fact.recipients')}>{filterText(filter)}</Fact>
        <Fact name={t('fact.cap')}>
          {ratePerSecond === null ? t('fact.noCap') : t('common:perSecond', { formatted: number(ratePerSecond) })}
        </Fact>
      </Group>
    </Box>
  );
}

/** The text as it will be sent, line breaks and all. */
const quoteStyle = {
  whiteSpace: 'pre-wrap',
  overflowWrap: 'anywhere',
  borderLeft: '3px solid var(--mantine-color-default-border)',
} as const;

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {name}
      </Text>
      <Text component="dd" size="sm" m={0} maw="32rem" className="tabular entered">
        {children}
      </Text>
    </div>
  );
}
