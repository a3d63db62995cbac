// What the clients' clocks show at an instant: at both ends of the map.
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { extremeClocks, placeOf } from './client-zones.ts';
import type { ClientZone, ZoneClock } from './client-zones.ts';
import { operatorZone } from './operator-zone.ts';

export function ClientClocks({ zones, at }: { readonly zones: readonly ClientZone[]; readonly at: number }): ReactNode {
  const { t, i18n } = useTranslation('mailings');
  const clocks = extremeClocks(zones, at, operatorZone);
  if (clocks.length === 0) return null;
  const words = ({ timeZone, time, days }: ZoneClock): string => {
    const day = days < 0 ? 'before' : days > 0 ? 'after' : 'same';
    return t(`period.clock.${day}`, { place: placeOf(timeZone, i18n.language), time });
  };
  return (
    <Text size="sm" c="dimmed" className="tabular" data-clocks>
      {t('period.clocks', { clocks: clocks.map(words).join(' … ') })}
    </Text>
  );
}
