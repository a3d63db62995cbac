// At which hours of their own day clients may be sent to, and when that is on the operator's clock.
import { Group, Input, Switch, Text } from '@mantine/core';
import { TimePicker } from '@mantine/dates';
import { memo, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SendWindow } from '../../../src/domain/send-window.ts';
import { extremeClocks, windowHere } from './client-zones.ts';
import type { ClientZone } from './client-zones.ts';
import { usualWindow } from './form-values.ts';
import { operatorZone } from './operator-zone.ts';
import type { SetField } from './use-mailing-form.ts';
import { usePlace } from './use-place.ts';
import { useTimeLabels } from './use-time-labels.ts';
import { toInstant } from './wall-clock.ts';
import type { WallClock } from './wall-clock.ts';

interface Props {
  readonly sendWindow: SendWindow | null;
  readonly endsAt: WallClock;
  readonly fault: string | null;
  readonly zones: readonly ClientZone[];
  readonly set: SetField;
}

export const WindowField = memo(function WindowField({ sendWindow, endsAt, fault, zones, set }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  /** What comes back when the switch is turned on again. */
  const [last, setLast] = useState(sendWindow ?? usualWindow);
  const change = (changes: Partial<SendWindow>): void => {
    const changed = { ...(sendWindow ?? last), ...changes };
    setLast(changed);
    set('sendWindow', changed);
  };
  const labels = useTimeLabels();
  return (
    <>
      <Switch
        label={t('window.label')}
        description={t('window.description')}
        checked={sendWindow !== null}
        onChange={({ currentTarget }) => set('sendWindow', currentTarget.checked ? last : null)}
      />
      {sendWindow !== null && (
        <>
          <Group gap="sm" align="flex-end">
            <TimePicker
              label={t('window.from')}
              value={sendWindow.from}
              error={fault !== null}
              onChange={(from) => change({ from })}
              {...labels(t('window.from'))}
            />
            <TimePicker
              label={t('window.to')}
              value={sendWindow.to}
              error={fault !== null}
              onChange={(to) => change({ to })}
              {...labels(t('window.to'))}
            />
          </Group>
          {fault !== null && <Input.Error>{fault}</Input.Error>}
          {fault === null && <WindowsHere window={sendWindow} zones={zones} at={toInstant(endsAt, operatorZone).at} />}
        </>
      )}
    </>
  );
});

/** At both ends of the map; the audience has all zones. */
function WindowsHere({
  window,
  zones,
  at,
}: {
  readonly window: SendWindow;
  readonly zones: readonly ClientZone[];
  readonly at: number;
}): ReactNode {
  const { t } = useTranslation('mailings');
  const place = usePlace();
  if (window.from === '' || window.to === '') return null;
  return (
    <div>
      {extremeClocks(zones, at, operatorZone).map(({ timeZone }) => {
        const here = windowHere(window, timeZone, operatorZone, at);
        return (
          <Text key={timeZone} size="sm" c="dimmed" className="tabular" data-window-here={timeZone}>
            {t('window.here', { place: place(timeZone), ...window, hereFrom: here.from, hereTo: here.to })}
          </Text>
        );
      })}
    </div>
  );
}
