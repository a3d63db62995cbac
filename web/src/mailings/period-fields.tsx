// From when to when the mailing may send.
import { SegmentedControl, Stack, Text } from '@mantine/core';
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
import type { MailingForm } from './use-mailing-form.ts';
import { usePlace } from './use-place.ts';
import { toWallClock } from './wall-clock.ts';
import type { WallClock } from './wall-clock.ts';

interface Props {
  readonly form: MailingForm;
  readonly zones: readonly ClientZone[];
  readonly startLocked: boolean;
}

const CLOCK_TICK_MS = 10_000;

export function PeriodFields({ form: { values, set, faultOf }, zones, startLocked }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const place = usePlace();
  const now = useNow(CLOCK_TICK_MS);
  const starts = startChoices(now, operatorZone);
  const startClock = values.startsAt ?? toWallClock(now, operatorZone);
  /** An end that would come first moves along. */
  const start = (clock: WallClock): void => {
    set('startsAt', clock);
    if (values.endsAt <= clock) set('endsAt', eveningAfter(clock));
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
          value={values.startsAt === null ? 'now' : 'later'}
          data={[
            { value: 'now', label: t('period.atOnce') },
            { value: 'later', label: t('period.later') },
          ]}
          onChange={(value) => (value === 'now' ? set('startsAt', null) : start(starts[0]?.clock ?? startClock))}
        />
      )}
      {values.startsAt === null ? (
        <Stack gap={4}>
          <ClientClocks zones={zones} at={now} />
        </Stack>
      ) : (
        <ClockPicker
          label={t('period.start')}
          value={values.startsAt}
          fault={faultOf('startsAt')}
          choices={starts}
          zones={zones}
          disabled={startLocked}
          onChange={start}
        />
      )}
      <ClockPicker
        label={t('period.end')}
        value={values.endsAt}
        fault={faultOf('endsAt')}
        choices={endChoices(startClock, now, operatorZone)}
        zones={zones}
        onChange={(clock) => set('endsAt', clock)}
      />
    </DatesLocale>
  );
}
