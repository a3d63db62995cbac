// One time zone of all there are, with what its clocks show now.
import { Group, Select, Text } from '@mantine/core';
import type { SelectProps } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useNow } from '../components/use-now.ts';
import { LocalTime } from './local-time.tsx';
import { placeOf, rememberPlaces, searchTimeZones } from './time-zones.ts';

const MOST_SHOWN = 40;

interface Props {
  readonly value: string;
  readonly onChange: (timeZone: string) => void;
  readonly onBlur?: () => void;
  readonly error: ReactNode;
}

export function TimeZoneSelect({ value, onChange, error, ...rest }: Props): ReactNode {
  const { t, i18n } = useTranslation('clients');
  const now = useNow(10_000);
  const [search, setSearch] = useState(value);
  useEffect(() => {
    if (i18n.language !== 'en') void rememberPlaces(i18n.language, Date.now());
  }, [i18n.language]);
  const shown = search === value ? '' : search;
  const found = searchTimeZones(shown, i18n.language, now, MOST_SHOWN);
  const data = value === '' || found.includes(value) ? found : [value, ...found];
  return (
    <Select
      {...rest}
      label={t('field.timeZone')}
      description={t('form.zoneHint')}
      placeholder={t('form.zonePlaceholder')}
      withAsterisk
      searchable
      allowDeselect={false}
      selectFirstOptionOnChange
      nothingFoundMessage={t('form.zoneNone')}
      // The list scrolls itself, so that it needs no stop of its own on the way of the keyboard.
      withScrollArea={false}
      styles={{ options: { maxHeight: 260, overflowY: 'auto' } }}
      data={[...data]}
      // Found by more than the letters of their names.
      filter={({ options }) => options}
      value={value === '' ? null : value}
      searchValue={search}
      onSearchChange={setSearch}
      onChange={(next) => onChange(next ?? '')}
      error={error}
      renderOption={renderOption(now, i18n.language)}
    />
  );
}

function renderOption(now: number, language: string): NonNullable<SelectProps['renderOption']> {
  return function option({ option: { value } }) {
    const place = language === 'en' ? '' : placeOf(value, language, now);
    return (
      <Group justify="space-between" wrap="nowrap" w="100%" gap="xs">
        <Text span size="sm" truncate>
          {value}
          {place !== '' && (
            <Text span size="xs" ml={6}>
              {place}
            </Text>
          )}
        </Text>
        <LocalTime timeZone={value} now={now} />
      </Group>
    );
  };
}
