// A day and a time of the operator's clock, with quick choices, what the clients' clocks show then, and a word on clock changes.
import { Button, Group, Stack, Text } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ClientClocks } from './client-clocks.tsx';
import type { ClientZone } from './client-zones.ts';
import { operatorZone } from './operator-zone.ts';
import type { QuickTime } from './quick-times.ts';
import { useCalendar } from './use-calendar.ts';
import { useIsWide } from './use-is-wide.ts';
import { useTimeLabels } from './use-time-labels.ts';
import { toInstant, toWallClock } from './wall-clock.ts';
import type { WallClock } from './wall-clock.ts';

interface Props {
  readonly label: string;
  readonly value: WallClock;
  readonly fault: string | null;
  readonly choices: readonly QuickTime[];
  readonly zones: readonly ClientZone[];
  readonly disabled?: boolean;
  readonly onChange: (value: WallClock) => void;
}

export function ClockPicker({ label, value, fault, choices, zones, disabled = false, onChange }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const isWide = useIsWide();
  const labels = useTimeLabels();
  const calendar = useCalendar();
  const { at, oddity } = toInstant(value, operatorZone);
  return (
    <Stack gap={4}>
      <DateTimePicker
        label={label}
        value={value}
        error={fault}
        disabled={disabled}
        maw={340}
        valueFormat="D MMM YYYY, HH:mm"
        dropdownType={isWide ? 'popover' : 'modal'}
        modalProps={{ title: label, closeButtonProps: { 'aria-label': t('period.close') } }}
        {...calendar}
        timePickerProps={labels(label)}
        submitButtonProps={{ 'aria-label': t('period.close') }}
        onChange={(chosen) => {
          if (typeof chosen === 'string') onChange(chosen);
        }}
      />
      {!disabled && choices.length > 0 && (
        <Group gap={6} role="group" aria-label={t('period.quick.label', { field: label })}>
          {choices.map(({ name, clock }) => (
            <Button key={name} size="compact-xs" variant="default" onClick={() => onChange(clock)}>
              {t(`period.quick.${name}`)}
            </Button>
          ))}
        </Group>
      )}
      {oddity !== null && (
        <Text size="sm" c="var(--mantine-color-text)" data-oddity={oddity}>
          {t(`period.oddity.${oddity}`, { time: toWallClock(at, operatorZone).slice(11, 16) })}
        </Text>
      )}
      <ClientClocks zones={zones} at={at} />
    </Stack>
  );
}
