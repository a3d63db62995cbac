// What is stored of a client, in words.
import { SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { operatorCodeOf } from '../../../src/domain/phone-number.ts';
import type { ClientFieldsFragment } from '../api/generated/graphql.ts';
import { useNow } from '../components/use-now.ts';
import { useFormat } from '../i18n/use-format.ts';
import { offsetAt } from './time-zones.ts';

export function ClientDetails({ client }: { readonly client: ClientFieldsFragment }): ReactNode {
  const { t } = useTranslation('clients');
  const { dateTime, time } = useFormat();
  const now = useNow(5_000);
  const { phone, operatorCode, tag, timeZone, optedOutAt, createdAt, updatedAt, id } = client;
  const ownCode = operatorCodeOf(phone);
  const isPorted = operatorCode !== ownCode;
  return (
    <SimpleGrid component="dl" cols={{ base: 2, md: 4 }} spacing="lg" verticalSpacing="md" m={0}>
      <Detail name={t('field.phone')}>{phone}</Detail>
      <Detail
        name={t('field.operatorCode')}
        note={isPorted ? t('client.operatorCodePorted', { code: ownCode }) : t('client.operatorCodeOwn')}
      >
        {operatorCode}
      </Detail>
      <Detail name={t('field.tag')}>{tag ?? <Text c="dimmed">{t('noTag')}</Text>}</Detail>
      <Detail name={t('field.timeZone')} note={t('client.localTime', { time: time(now, timeZone), offset: offsetAt(timeZone, now) })}>
        {timeZone}
      </Detail>
      <Detail name={t('client.state')}>
        {optedOutAt === null || optedOutAt === undefined ? t('reachable') : t('optedOutSince', { date: dateTime(optedOutAt) })}
      </Detail>
      <Detail name={t('client.createdAt')}>{dateTime(createdAt)}</Detail>
      <Detail name={t('client.updatedAt')}>{dateTime(updatedAt)}</Detail>
      <Detail name={t('client.number')}>{id}</Detail>
    </SimpleGrid>
  );
}

function Detail({ name, note, children }: { readonly name: string; readonly note?: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <Text component="dt" size="sm" c="dimmed">
        {name}
      </Text>
      <Text component="dd" m={0} className="tabular" style={{ overflowWrap: 'anywhere' }}>
        {children}
        {note !== undefined && (
          <Text span display="block" size="xs" c="dimmed">
            {note}
          </Text>
        )}
      </Text>
    </div>
  );
}
