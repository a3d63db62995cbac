// How much there is in all: messages, mailings and clients, each by where it stands.
import { Anchor, Box, Grid, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { MailingStatus, TotalsSubscription } from '../api/generated/graphql.ts';
import { CountsBar, CountsLegend } from '../components/counts-bar.tsx';
import { Section } from '../components/section.tsx';
import { mailingColors } from '../components/status-colors.ts';
import { useFormat } from '../i18n/use-format.ts';

type Statistics = TotalsSubscription['statistics'];

const mailingCounts = [
  ['RUNNING', 'running'],
  ['PAUSED', 'paused'],
  ['SCHEDULED', 'scheduled'],
  ['COMPLETED', 'completed'],
  ['CANCELLED', 'cancelled'],
] as const satisfies readonly (readonly [MailingStatus, keyof Statistics['mailings']])[];

export function Totals({ statistics: { messages, mailings, clients } }: { readonly statistics: Statistics }): ReactNode {
  const { t } = useTranslation(['overview', 'common']);
  const { number } = useFormat();
  return (
    <Grid gap="xl">
      <Grid.Col span={{ base: 12, lg: 6 }}>
        <Section title={t('messages')} aside={<Total value={messages.total} name="messages" />}>
          <CountsBar counts={messages} />
          <CountsLegend counts={messages} />
        </Section>
      </Grid.Col>
      <Grid.Col span={{ base: 12, xs: 7, lg: 4 }}>
        <Section title={t('mailings')} aside={<Total value={mailings.total} name="mailings" />}>
          <Group component="dl" gap={4} m={0} style={{ columnGap: 'var(--mantine-spacing-md)' }}>
            {mailingCounts.map(([status, name]) => (
              <Group key={status} gap={6} wrap="nowrap">
                <Box w={10} h={10} bg={`${mailingColors[status]}.6`} style={{ borderRadius: 2 }} aria-hidden />
                <Text component="dt" size="sm">
                  {t(`common:mailingStatusOfMany.${status}`)}
                </Text>
                <Text component="dd" size="sm" fw={600} m={0} className="tabular" data-mailings={status}>
                  {number(mailings[name])}
                </Text>
              </Group>
            ))}
          </Group>
        </Section>
      </Grid.Col>
      <Grid.Col span={{ base: 12, xs: 5, lg: 2 }}>
        <Section title={t('clients')}>
          <Anchor component={Link} href="/clients" size="xl" fw={600} lh={1.2} className="tabular" data-total="clients">
            {number(clients)}
          </Anchor>
        </Section>
      </Grid.Col>
    </Grid>
  );
}

function Total({ value, name }: { readonly value: number; readonly name: string }): ReactNode {
  const { number } = useFormat();
  return (
    <Text size="xl" fw={600} lh={1.2} className="tabular" data-total={name}>
      {number(value)}
    </Text>
  );
}
