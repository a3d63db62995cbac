// What the list is narrowed by. Everything stands in the address; what is typed goes there once the typing rests.
import { Button, Group, SegmentedControl, Select, SimpleGrid, TagsInput, TextInput } from '@mantine/core';
import type { TagsInputProps } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconFilterOff, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isOperatorCode } from '../../../src/domain/phone-number.ts';
import { toTimeZone } from '../../../src/domain/time-zone.ts';
import type { ClientOrder } from '../api/generated/graphql.ts';
import { useNow } from '../components/use-now.ts';
import { isFiltered, noFilters } from './clients-address.ts';
import type { ClientFilters } from './clients-address.ts';
import { toPhonePrefix } from '../components/phones.ts';
import { knowsTimeZones, searchTimeZones, timeZoneNames } from './time-zones.ts';

const TYPING_MS = 300;
const MOST_ZONES = 30;

type Display = NonNullable<TagsInputProps['display']>;

interface Props {
  readonly filters: ClientFilters;
  readonly order: ClientOrder;
  readonly onFilters: (filters: ClientFilters) => void;
  readonly onOrder: (order: ClientOrder) => void;
}

export function ClientsFilters({ filters, order, onFilters, onOrder }: Props): ReactNode {
  const { t } = useTranslation('clients');
  // On a phone's width the list comes first: the rarer filters open by a button.
  const [opened, setOpened] = useState(false);
  const rarer = filters.operatorCodes.length + filters.tags.length + filters.timeZones.length;
  const display = { base: opened ? 'block' : 'none', sm: 'block' };
  const change = (part: Partial<ClientFilters>): void => onFilters({ ...filters, ...part });
  return (
    <Group component="search" role="search" aria-label={t('filter.label')} align="flex-end" gap="sm">
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} spacing="sm" flex="1 1 100%">
        <PhoneSearch phone={filters.phone} onPhone={(phone) => change({ phone })} />
        <Button hiddenFrom="sm" size="xs" variant="default" aria-expanded={opened} onClick={() => setOpened(!opened)}>
          {rarer === 0 ? t('filter.more') : t('filter.moreSet', { formatted: String(rarer) })}
        </Button>
        <OperatorCodes display={display} codes={filters.operatorCodes} onCodes={(operatorCodes) => change({ operatorCodes })} />
        <TagsInput
          display={display}
          label={t('filter.tags')}
          placeholder={filters.tags.length === 0 ? t('filter.tagPlaceholder') : ''}
          value={[...filters.tags]}
          onChange={(tags) => change({ tags })}
          splitChars={[]}
          acceptValueOnBlur
          clearable
          clearButtonProps={{ 'aria-label': t('filter.remove') }}
        />
        <TimeZones display={display} zones={filters.timeZones} onZones={(timeZones) => change({ timeZones })} />
      </SimpleGrid>
      <SegmentedControl
        aria-label={t('filter.optedOut')}
        size="xs"
        value={String(filters.optedOut)}
        onChange={(value) => change({ optedOut: value === 'null' ? null : value === 'true' })}
        data={[
          { value: 'null', label: t('filter.all') },
          { value: 'false', label: t('filter.reachable') },
          { value: 'true', label: t('filter.optedOutOnly') },
        ]}
      />
      <Select
        aria-label={t('filter.order')}
        size="xs"
        w={170}
        allowDeselect={false}
        value={order}
        onChange={(value) => onOrder(value ?? order)}
        data={[
          { value: 'CREATED_AT_DESC', label: t('filter.newest') },
          { value: 'CREATED_AT_ASC', label: t('filter.oldest') },
        ]}
      />
      {isFiltered(filters) && (
        <Button size="xs" variant="subtle" leftSection={<IconFilterOff size={16} />} onClick={() => onFilters(noFilters)}>
          {t('filter.clear')}
        </Button>
      )}
    </Group>
  );
}

function PhoneSearch({ phone, onPhone }: { readonly phone: string; readonly onPhone: (phone: string) => void }): ReactNode {
  const { t } = useTranslation('clients');
  const [typed, setTyped] = useState({ text: phone, from: phone });
  // The address changed by another way than typing here: the back button, a cleared filter.
  if (typed.from !== phone) setTyped({ text: phone, from: phone });
  const commit = useDebouncedCallback((text: string) => {
    setTyped({ text, from: text });
    onPhone(text);
  }, TYPING_MS);
  const isPhone = typed.text.trim() === '' || toPhonePrefix(typed.text) !== null;
  return (
    <TextInput
      type="search"
      inputMode="tel"
      autoComplete="off"
      label={t('filter.phone')}
      placeholder={t('filter.phonePlaceholder')}
      leftSection={<IconSearch size={16} aria-hidden />}
      value={typed.text}
      error={isPhone ? null : t('filter.phoneFault')}
      onChange={({ currentTarget }) => {
        setTyped({ text: currentTarget.value, from: phone });
        commit(currentTarget.value);
      }}
    />
  );
}

function OperatorCodes({
  display,
  codes,
  onCodes,
}: {
  readonly display: Display;
  readonly codes: readonly string[];
  readonly onCodes: (codes: readonly string[]) => void;
}): ReactNode {
  const { t } = useTranslation('clients');
  const common = useTranslation().t;
  const [refused, setRefused] = useState(false);
  return (
    <TagsInput
      display={display}
      label={t('filter.operatorCodes')}
      placeholder={codes.length === 0 ? t('filter.codePlaceholder') : ''}
      inputMode="numeric"
      value={[...codes]}
      error={refused ? common('userError.INVALID_OPERATOR_CODE') : null}
      splitChars={[',', ' ', ';']}
      acceptValueOnBlur
      onSearchChange={() => setRefused(false)}
      onChange={(next) => {
        const good = next.filter(isOperatorCode);
        setRefused(good.length < next.length);
        onCodes(good);
      }}
      clearable
      clearButtonProps={{ 'aria-label': t('filter.remove') }}
    />
  );
}

function TimeZones({
  display,
  zones,
  onZones,
}: {
  readonly display: Display;
  readonly zones: readonly string[];
  readonly onZones: (zones: readonly string[]) => void;
}): ReactNode {
  const { t, i18n } = useTranslation('clients');
  const common = useTranslation().t;
  const now = useNow(60_000);
  const [search, setSearch] = useState('');
  const [refused, setRefused] = useState(false);
  const change = (next: readonly string[]): void => {
    const named = next.map((zone) => toTimeZone(zone) ?? bestMatch(zone, i18n.language, now));
    setRefused(named.includes(null));
    onZones([...new Set(named.filter((zone) => zone !== null))]);
  };
  return (
    <TagsInput
      display={display}
      label={t('filter.timeZones')}
      placeholder={zones.length === 0 ? t('filter.zonePlaceholder') : ''}
      value={[...zones]}
      error={refused ? common('userError.INVALID_TIME_ZONE') : null}
      data={[...searchTimeZones(search, i18n.language, now, MOST_ZONES)]}
      // Found by more than the letters of their names.
      filter={({ options }) => options}
      searchValue={search}
      onSearchChange={(text) => {
        setSearch(text);
        setRefused(false);
      }}
      onChange={change}
      withScrollArea={false}
      styles={{ options: { maxHeight: 280, overflowY: 'auto' } }}
      acceptValueOnBlur
      clearable
      clearButtonProps={{ 'aria-label': t('filter.remove') }}
    />
  );
}

/** What was typed but not chosen: the only zone that it can mean. */
function bestMatch(text: string, language: string, at: number): string | null {
  if (!knowsTimeZones() && timeZoneNames().includes(text)) return text;
  const [first, second] = searchTimeZones(text, language, at, 2);
  return second === undefined ? (first ?? null) : null;
}
