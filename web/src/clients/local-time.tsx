// The wall clock of a client, and how far it is from UTC.
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useFormat } from '../i18n/use-format.ts';
import { offsetAt } from './time-zones.ts';

export function LocalTime({ timeZone, now }: { readonly timeZone: string; readonly now: number }): ReactNode {
  const { time } = useFormat();
  return (
    <Text span size="sm" className="tabular">
      {time(now, timeZone)}
      <Text span size="xs" ml={6}>
        {offsetAt(timeZone, now)}
      </Text>
    </Text>
  );
}
