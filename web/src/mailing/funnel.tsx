// Where every recipient's message stands: six numbers that always add up to the one above them.
import { Box, Group, SimpleGrid, Text, Tooltip, UnstyledButton } from '@mantine/core';
import { memo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveMailingFragment, MessageStatus } from '../api/generated/graphql.ts';
import { CountsBar } from '../components/counts-bar.tsx';
import { countOf } from '../components/counts.ts';
import { Section } from '../components/section.tsx';
import { colorOf, messageStatuses } from '../components/status-colors.ts';
import { useFormat } from '../i18n/use-format.ts';
import { showMessages, useMessageFilter } from './message-filter.ts';
import { useCounts } from './use-mailing.ts';
import { useIsGrowing } from './use-is-growing.ts';

export function Funnel({ mailing }: { readonly mailing: LiveMailingFragment }): ReactNode {
  const { t } = useTranslation('mailing');
  const { number } = useFormat();
  const counts = useCounts(mailing);
  const isGrowing = useIsGrowing(counts.total) && mailing.status === 'RUNNING';
  const words = { count: counts.total, formatted: number(counts.total) };
  return (
    <Section
      title={t('funnel.title')}
      aside={
        <Text size="sm" className="tabular" data-count="TOTAL">
          {mailing.startedAt === null ? t('funnel.notYet') : t(isGrowing ? 'funnel.selecting' : 'funnel.total', words)}
        </Text>
      }
    >
      <CountsBar counts={counts} height={16} />
      <SimpleGrid component="dl" cols={{ base: 2, xs: 3, md: 6 }} spacing="md" m={0}>
        {messageStatuses.map((status) => (
          <Share key={status} status={status} count={countOf(counts, status)} total={counts.total} />
        ))}
      </SimpleGrid>
    </Section>
  );
}

interface ShareProps {
  readonly status: MessageStatus;
  readonly count: number;
  readonly total: number;
}

/** Counts come ten times a second, and most of the six are as before. */
const Share = memo(function Share({ status, count, total }: ShareProps): ReactNode {
  const { t } = useTranslation(['common', 'mailing']);
  const { number, percent } = useFormat();
  const [, setFilter] = useMessageFilter();
  const open = (): void => {
    setFilter({ status, errorCode: null });
    showMessages();
  };
  return (
    <div>
      <Group component="dt" gap={6} wrap="nowrap">
        <Box w={10} h={10} bg={colorOf(status)} style={{ borderRadius: 2, flexShrink: 0 }} aria-hidden />
        <Tooltip label={t(`messageStatusMeaning.${status}`)} multiline maw={280}>
          <UnstyledButton fz="sm" className="quiet-link" onClick={open} disabled={count === 0}>
            {t(`messageStatus.${status}`)}
          </UnstyledButton>
        </Tooltip>
      </Group>
      <Box component="dd" m={0}>
        <Text size="xl" fw={600} lh={1.2} className="tabular" data-count={status}>
          {number(count)}
        </Text>
        <Text size="xs" c="dimmed" className="tabular">
          {total === 0 ? '–' : percent(count / total)}
        </Text>
      </Box>
    </div>
  );
});
