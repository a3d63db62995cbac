// What the clients' clocks show at an instant: at both ends of the map.
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { extremeClocks } from './client-zones.ts';
import type { ClientZone, ZoneClock } from './client-zones.ts';
import { operatorZone } from './operator-zone.ts';
import { usePlace } from './use-place.ts';

export function ClientClocks({ zones, at }: { readonly zones: readonly ClientZone[]; readonly at: number }): ReactNode {
  const { t } = useTranslation('mailings');
  const place = usePlace();
  const clocks = extremeClocks(zones, at, operatorZone);
  if (clocks.length === 0) return null;
  const words = ({ timeZone, time, days }: ZoneClock): string => {
    const day = days < 0 ? 'before' : days > 0 ? 'after' : 'same';
    return t(`period.clock.${day}`, { place: place(timeZone), time });
  };
  return (
    <Text size="sm" c="dimmed" className="tabular" data-clocks>
      {t('period.clocks', { clocks: clocks.map(words).join(' … ') })}
    </Text>
  );
}
