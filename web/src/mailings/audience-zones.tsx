// The audience zone by zone: how many, and when the first of them is sent to, by the operator's clock and by theirs.
import { Box, Table, Text } from '@mantine/core';
import { useId } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SendWindow } from '../../../src/domain/send-window.ts';
import { useFormat } from '../i18n/use-format.ts';
import { placeOf, windowHere } from './client-zones.ts';
import { operatorZone } from './operator-zone.ts';
import type { Audience } from './use-audience.ts';
import { useZoneName } from './use-zone-name.ts';

type Zone = Audience['timeZones'][number];

interface Props {
  readonly zones: readonly Zone[];
  readonly sendWindow: SendWindow | null;
  readonly until: number;
}

export function AudienceZones({ zones, sendWindow, until }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const id = useId();
  const total = zones.reduce((sum, { clients }) => sum + clients, 0);
  if (total === 0) return null;
  return (
    // Forty zones scroll by themselves, by the keyboard too.
    <Box mah={420} style={{ overflow: 'auto' }} tabIndex={0} role="region" aria-labelledby={id}>
      <Table verticalSpacing={4} horizontalSpacing="xs" stickyHeader>
        <Table.Caption id={id} style={{ captionSide: 'top', textAlign: 'start', margin: 0 }}>
          {t('zones.title', { count: zones.length })}
        </Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('zones.zone')}</Table.Th>
            <Table.Th ta="end">{t('zones.clients')}</Table.Th>
            <Table.Th>{t('zones.opens')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {zones.map((zone) => (
            <ZoneRow key={zone.timeZone} zone={zone} total={total} sendWindow={sendWindow} until={until} />
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}

interface RowProps {
  readonly zone: Zone;
  readonly total: number;
  readonly sendWindow: SendWindow | null;
  readonly until: number;
}

function ZoneRow({ zone: { timeZone, clients, opensAt }, total, sendWindow, until }: RowProps): ReactNode {
  const { t, i18n } = useTranslation('mailings');
  const { number, percent, dateTime } = useFormat();
  const zoneName = useZoneName();
  const at = opensAt === null ? until : Date.parse(opensAt);
  const here = sendWindow === null ? null : windowHere(sendWindow, timeZone, operatorZone, at);
  return (
    <Table.Tr data-zone={timeZone}>
      <Table.Td title={timeZone}>
        <Text size="sm">{placeOf(timeZone, i18n.language)}</Text>
        <Text size="xs" c="dimmed" className="tabular">
          {zoneName(timeZone, at).split(', ').at(-1)}
        </Text>
      </Table.Td>
      <Table.Td ta="end" className="tabular">
        <Text size="sm">{number(clients)}</Text>
        <Text size="xs" c="dimmed">
          {percent(clients / total)}
        </Text>
      </Table.Td>
      <Table.Td className="tabular">
        {opensAt === null ? (
          <Text size="sm" c="var(--mantine-color-error)">
            {t('zones.never')}
          </Text>
        ) : (
          <>
            <Text size="sm">{dateTime(opensAt)}</Text>
            <Text size="xs" c="dimmed">
              {t('zones.there', { time: dateTime(opensAt, timeZone) })}
            </Text>
          </>
        )}
        {here !== null && (
          <Text size="xs" c="dimmed">
            {t('zones.hours', { from: here.from, to: here.to })}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
