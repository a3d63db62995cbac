// The clients' time zones: which are open now, when the others open, how many wait in each, and for whom the hours are too few.
import { Button, Grid, Group, Table, Text } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveMailingFragment } from '../api/generated/graphql.ts';
import { Section } from '../components/section.tsx';
import { useNow } from '../components/use-now.ts';
import { useFormat } from '../i18n/use-format.ts';
import { TimeZoneRow } from './time-zone-row.tsx';

/** Until somebody asks for all of them. */
const SHOWN = 8;
const DAY_MS = 86_400_000;

export function TimeZones({ mailing }: { readonly mailing: LiveMailingFragment }): ReactNode {
  const { t } = useTranslation('mailing');
  const { number } = useFormat();
  const [all, setAll] = useState(false);
  const now = useNow(10_000);
  const { timeZones, endsAt } = mailing;
  if (timeZones.length === 0) return null;
  const shown = all ? timeZones : timeZones.slice(0, SHOWN);
  const rest = timeZones.slice(SHOWN).reduce((sum, { pending }) => sum + pending, 0);
  const most = Math.max(...timeZones.map(({ pending }) => pending), 1);
  const until = Math.min(Date.parse(endsAt), now + DAY_MS);
  return (
    <Grid.Col span={12}>
      <Section title={t('zones.title')} aside={<Tally zones={timeZones} />}>
        <Table.ScrollContainer minWidth={760} scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': t('zones.title') } }}>
          <Table verticalSpacing={4}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w="24%">{t('zones.zone')}</Table.Th>
                <Table.Th w="32%">{t('zones.state')}</Table.Th>
                <Table.Th w="16%">{t('zones.hours')}</Table.Th>
                <Table.Th ta="right">{t('zones.waiting')}</Table.Th>
                <Table.Th w="10%" aria-label={t('zones.share')} />
                <Table.Th ta="right">{t('zones.willNotFit')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((zone) => (
                <TimeZoneRow key={zone.timeZone} zone={zone} now={now} until={until} most={most} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        {timeZones.length > SHOWN && (
          <Group gap="sm">
            <Button size="xs" variant="default" aria-expanded={all} onClick={() => setAll(!all)}>
              {all ? t('zones.fewer') : t('zones.all', { count: timeZones.length, formatted: number(timeZones.length) })}
            </Button>
            {!all && (
              <Text size="sm" c="dimmed" className="tabular">
                {t('zones.rest', { count: rest, formatted: number(rest) })}
              </Text>
            )}
          </Group>
        )}
      </Section>
    </Grid.Col>
  );
}

/** How many zones are open, will be, and will not be again. */
function Tally({ zones }: { readonly zones: LiveMailingFragment['timeZones'] }): ReactNode {
  const { t } = useTranslation('mailing');
  const open = zones.filter(({ isOpen }) => isOpen).length;
  const never = zones.filter(({ opensAt }) => opensAt === null).length;
  const later = zones.length - open - never;
  const parts = [
    open > 0 && t('zones.openNow', { count: open }),
    later > 0 && t('zones.openLater', { count: later }),
    never > 0 && t('zones.openNever', { count: never }),
  ].filter((part) => part !== false);
  return (
    <Text size="sm" className="tabular" data-zones>
      {parts.join(' · ')}
    </Text>
  );
}
