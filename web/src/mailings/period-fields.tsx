// From when to when the mailing may send.
import { SegmentedControl, Stack, Text } from '@mantine/core';
import { memo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useNow } from '../components/use-now.ts';
import { ClientClocks } from './client-clocks.tsx';
import { offsetName } from './client-zones.ts';
import type { ClientZone } from './client-zones.ts';
import { ClockPicker } from './clock-picker.tsx';
import { DatesLocale } from './dates-locale.tsx';
import { operatorZone } from './operator-zone.ts';
import { endChoices, eveningAfter, startChoices } from './quick-times.ts';
import type { SetField } from './use-mailing-form.ts';
import { usePlace } from './use-place.ts';
import { toWallClock } from './wall-clock.ts';
import type { WallClock } from './wall-clock.ts';

interface Props {
  /** null: at once. */
  readonly startsAt: WallClock | null;
  readonly endsAt: WallClock;
  readonly startFault: string | null;
  readonly endFault: string | null;
  readonly zones: readonly ClientZone[];
  readonly startLocked: boolean;
  readonly set: SetField;
}

const CLOCK_TICK_MS = 10_000;

export const PeriodFields = memo(function PeriodFields(props: Props): ReactNode {
  const { startsAt, endsAt, startFault, endFault, zones, startLocked, set } = props;
  const { t } = useTranslation('mailings');
  const place = usePlace();
  const now = useNow(CLOCK_TICK_MS);
  const starts = startChoices(now, operatorZone);
  const startClock = startsAt ?? toWallClock(now, operatorZone);
  /** An end that would come first moves along. */
  const start = (clock: WallClock): void => {
    set('startsAt', clock);
    if (endsAt <= clock) set('endsAt', eveningAfter(clock));
  };
  return (
    <DatesLocale>
      <Text size="sm" c="dimmed">
        {t('period.zone', { zone: `${place(operatorZone)}, ${offsetName(operatorZone, now)}` })}
      </Text>
      {!startLocked && (
        <SegmentedControl
          aria-label={t('period.start')}
          maw={340}
          value={startsAt === null ? 'now' : 'later'}
          data={[
            { value: 'now', label: t('period.atOnce') },
            { value: 'later', label: t('period.later') },
          ]}
          onChange={(value) => (value === 'now' ? set('startsAt', null) : start(starts[0]?.clock ?? startClock))}
        />
      )}
      {startsAt === null ? (
        <Stack gap={4}>
          <ClientClocks zones={zones} at={now} />
        </Stack>
      ) : (
        <ClockPicker
          label={t('period.start')}
          value={startsAt}
          fault={startFault}
          choices={starts}
          zones={zones}
          disabled={startLocked}
          onChange={start}
        />
      )}
      <ClockPicker
        label={t('period.end')}
        value={endsAt}
        fault={endFault}
        choices={endChoices(startClock, now, operatorZone)}
        zones={zones}
        onChange={(clock) => set('endsAt', clock)}
      />
    </DatesLocale>
  );
});
