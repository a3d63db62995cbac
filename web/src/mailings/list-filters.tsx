// Which mailings the list shows, and on a phone in which order: wider screens sort by the headings of the table.
import { Chip, Group, Select, VisuallyHidden } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { MailingOrder } from '../api/generated/graphql.ts';
import { DatesLocale } from './dates-locale.tsx';
import { mailingStatuses } from './list-address.ts';
import type { ListView } from './list-address.ts';
import { useCalendar } from './use-calendar.ts';
import { useIsWide } from './use-is-wide.ts';
import { useShowList } from './use-show-list.ts';

const orders = ['CREATED_AT_DESC', 'CREATED_AT_ASC', 'STARTS_AT_DESC', 'STARTS_AT_ASC'] as const satisfies readonly MailingOrder[];

export function ListFilters({ view }: { readonly view: ListView }): ReactNode {
  const { t } = useTranslation('mailings');
  const { t: tCommon } = useTranslation();
  const show = useShowList(view);
  const isWide = useIsWide();
  return (
    <Group gap="md" align="center">
      <Group gap={6} role="group" aria-label={t('list.filter.status')}>
        <Chip.Group
          multiple
          value={[...view.statuses]}
          onChange={(chosen) => show({ statuses: mailingStatuses.filter((status) => chosen.includes(status)) })}
        >
          {mailingStatuses.map((status) => (
            <Chip key={status} value={status} size="sm" variant="outline">
              {tCommon(`mailingStatus.${status}`)}
            </Chip>
          ))}
        </Chip.Group>
      </Group>
      <PeriodFilter key={`${view.from} ${view.to}`} view={view} />
      {!isWide && (
        <Select
          aria-label={t('list.order.label')}
          w={220}
          allowDeselect={false}
          value={view.order}
          data={orders.map((order) => ({ value: order, label: t(`list.order.${order}`) }))}
          onChange={(value) => show({ order: orders.find((order) => order === value) ?? view.order })}
        />
      )}
    </Group>
  );
}

/** Half a choice is nobody's business but the picker's. */
function PeriodFilter({ view }: { readonly view: ListView }): ReactNode {
  const { t } = useTranslation('mailings');
  const show = useShowList(view);
  const calendar = useCalendar();
  const [days, setDays] = useState<[string | null, string | null]>([view.from, view.to]);
  const choose = ([from, to]: [string | null, string | null]): void => {
    setDays([from, to]);
    if ((from === null) === (to === null)) show({ from, to });
  };
  return (
    <DatesLocale>
      <DatePickerInput
        type="range"
        label={<VisuallyHidden>{t('list.filter.period')}</VisuallyHidden>}
        // What only readers of the screen need takes no room.
        labelProps={{ style: { position: 'absolute' } }}
        placeholder={t('list.filter.anyTime')}
        w={260}
        allowSingleDateInRange
        clearable
        {...calendar}
        clearButtonProps={{ 'aria-label': t('list.filter.clearPeriod') }}
        valueFormat="D MMM YYYY"
        value={days}
        onChange={choose}
      />
    </DatesLocale>
  );
}
