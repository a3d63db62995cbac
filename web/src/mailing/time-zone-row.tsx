// One time zone of a mailing: its clock, its hours, and who waits there.
import { Box, Table, Text } from '@mantine/core';
import { memo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveMailingFragment } from '../api/generated/graphql.ts';
import { colorOf } from '../components/status-colors.ts';
import { datesLanguage, useFormat } from '../i18n/use-format.ts';
import { usePlace } from '../mailings/use-place.ts';
import { clockTime, isSameClock, trackOf } from './zone-hours.ts';

type Zone = LiveMailingFragment['timeZones'][number];

interface Props {
  readonly zone: Zone;
  readonly now: number;
  /** Right edge of the strip of hours. */
  readonly until: number;
  /** How many wait in the zone where most do. */
  readonly most: number;
}

export const TimeZoneRow = memo(function TimeZoneRow({ zone, now, until, most }: Props): ReactNode {
  const { i18n } = useTranslation('mailing');
  const { number } = useFormat();
  const place = usePlace();
  const { timeZone, pending, willNotFit } = zone;
  return (
    <Table.Tr data-zone={timeZone}>
      <Table.Th scope="row" fw={400}>
        <Text span size="sm" title={timeZone}>
          {place(timeZone)}
        </Text>{' '}
        <Text span size="xs" c="dimmed" className="tabular" style={{ whiteSpace: 'nowrap' }}>
          {clockTime(datesLanguage(i18n.language), now, now, timeZone)}
        </Text>
      </Table.Th>
      <Table.Td>
        <State zone={zone} now={now} />
      </Table.Td>
      <Table.Td>
        <Hours zone={zone} now={now} until={until} />
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {number(pending)}
      </Table.Td>
      <Table.Td aria-hidden>
        <Box h={6} w={`${(pending / most) * 100}%`} miw={2} bg={colorOf('PENDING')} style={{ borderRadius: 3 }} />
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {willNotFit === null ? '–' : willNotFit === 0 ? '0' : <WillNotFit count={willNotFit} />}
      </Table.Td>
    </Table.Tr>
  );
});

/** Orange 9 alone has 4.3:1 on white, and text needs 4.5:1 (WCAG 1.4.3). */
function WillNotFit({ count }: { readonly count: number }): ReactNode {
  const { number } = useFormat();
  return (
    <Text
      span
      size="sm"
      fw={700}
      c="light-dark(color-mix(in srgb, var(--mantine-color-orange-9), black 15%), var(--mantine-color-orange-4))"
    >
      {number(count)}
    </Text>
  );
}

/** On the clock there, and on the operator's own where that differs. */
function State({ zone: { timeZone, isOpen, opensAt, closesAt }, now }: { readonly zone: Zone; readonly now: number }): ReactNode {
  const { t, i18n } = useTranslation('mailing');
  const instant = isOpen ? closesAt : opensAt;
  if (instant === null) return <Text size="sm">{t('zones.never')}</Text>;
  const at = Date.parse(instant);
  const dates = datesLanguage(i18n.language);
  const here = clockTime(dates, at, now) ?? '';
  const there = clockTime(dates, at, now, timeZone) ?? here;
  const words = isSameClock(timeZone, at) ? 'same' : 'other';
  return (
    <Text size="sm" className="tabular">
      {t(`zones.${isOpen ? 'closes' : 'opens'}.${words}`, { here, there })}
    </Text>
  );
}

/** The opening as a piece of the hours ahead; the words beside it say the same. */
function Hours({ zone: { isOpen, opensAt, closesAt }, now, until }: Omit<Props, 'most'>): ReactNode {
  const track = opensAt === null || closesAt === null ? null : trackOf(Date.parse(opensAt), Date.parse(closesAt), now, until);
  return (
    <Box aria-hidden h={8} bg="var(--mantine-color-default-border)" style={{ borderRadius: 4, position: 'relative', overflow: 'hidden' }}>
      {track !== null && (
        <Box
          h="100%"
          bg={isOpen ? 'teal.6' : 'blue.4'}
          style={{ position: 'absolute', left: `${track.from * 100}%`, width: `${(track.to - track.from) * 100}%` }}
        />
      )}
    </Box>
  );
}
