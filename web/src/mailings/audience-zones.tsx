// The audience zone by zone: how many, and when the first of them is sent to, by the operator's clock and by theirs.
import { Box, Table, Text } from '@mantine/core';
import { memo, useId } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SendWindow } from '../../../src/domain/send-window.ts';
import { useFormat } from '../i18n/use-format.ts';
import { offsetName, windowHere } from './client-zones.ts';
import { daysBetween, toWallClock } from './wall-clock.ts';
import { operatorZone } from './operator-zone.ts';
import type { Audience } from './use-audience.ts';
import { usePlace } from './use-place.ts';

type Zone = Audience['timeZones'][number];

interface Props {
  readonly zones: readonly Zone[];
  readonly sendWindow: SendWindow | null;
  readonly until: number;
}

export const AudienceZones = memo(function AudienceZones({ zones, sendWindow, until }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const id = useId();
  /** Half a window is none yet. */
  const window = sendWindow === null || sendWindow.from === '' || sendWindow.to === '' ? null : sendWindow;
  const total = zones.reduce((sum, { clients }) => sum + clients, 0);
  if (total === 0) return null;
  return (
    // Forty zones scroll by themselves, by the keyboard too.
    <Box mah="55vh" style={{ overflow: 'auto' }} tabIndex={0} role="region" aria-labelledby={id}>
      <Table verticalSpacing={4} horizontalSpacing={4} stickyHeader>
        <Table.Caption id={id} style={{ captionSide: 'top', textAlign: 'start', margin: 0 }}>
          {t('zones.title', { count: zones.length })}
        </Table.Caption>
        <Table.Thead fz="xs">
          <Table.Tr>
            <Table.Th>{t('zones.zone')}</Table.Th>
            <Table.Th ta="end">{t('zones.clients')}</Table.Th>
            <Table.Th>{t('zones.opens')}</Table.Th>
            <Table.Th>{t('zones.there')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {zones.map((zone) => (
            <ZoneRow key={zone.timeZone} zone={zone} total={total} sendWindow={window} until={until} />
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
});

interface RowProps {
  readonly zone: Zone;
  readonly total: number;
  readonly sendWindow: SendWindow | null;
  readonly until: number;
}

function ZoneRow({ zone: { timeZone, clients, opensAt }, total, sendWindow, until }: RowProps): ReactNode {
  const { t } = useTranslation('mailings');
  const { number, percent, moment, time } = useFormat();
  const place = usePlace();
  const at = opensAt === null ? until : Date.parse(opensAt);
  const here = sendWindow === null ? null : windowHere(sendWindow, timeZone, operatorZone, at);
  return (
    <Table.Tr data-zone={timeZone} className="tabular">
      <Table.Td title={timeZone}>
        <Text size="sm">{place(timeZone)}</Text>
        <Text size="xs" c="dimmed">
          {offsetName(timeZone, at)}
        </Text>
      </Table.Td>
      <Table.Td ta="end">
        <Text size="sm">{number(clients)}</Text>
        <Text size="xs" c="dimmed">
          {percent(clients / total)}
        </Text>
      </Table.Td>
      {opensAt === null ? (
        <Table.Td colSpan={2}>
          <Text size="sm" c="var(--mantine-color-error)">
            {t('zones.never')}
          </Text>
        </Table.Td>
      ) : (
        <>
          <ClockCell time={moment(opensAt)} window={here} />
          <ClockCell time={isSameDay(at, timeZone) ? time(at, timeZone) : moment(at, timeZone)} window={sendWindow} />
        </>
      )}
    </Table.Tr>
  );
}

/** When the first message goes out, and the hours, both by one clock. */
function ClockCell({ time, window }: { readonly time: string; readonly window: SendWindow | null }): ReactNode {
  return (
    <Table.Td>
      <Text size="sm">{time}</Text>
      {window !== null && (
        <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          {window.from}–{window.to}
        </Text>
      )}
    </Table.Td>
  );
}

function isSameDay(at: number, timeZone: string): boolean {
  return daysBetween(toWallClock(at, operatorZone), toWallClock(at, timeZone)) === 0;
}
